"""What an ONNX file says of the program that made it: scopes, lines of code, kinds of weights.

All of it is text from a stranger. It is shown, and nothing that it names is opened.
"""

from __future__ import annotations

import re
from typing import Any

from nn.interchange.onnx_import_step import shown

_SCOPES = "pkg.torch.onnx.name_scopes"  # ['', 'enc', 'enc.layers.0', 'relu']: the last is the node
_TRACE = "pkg.torch.onnx.stack_trace"
_SIGNATURE = "pkg.torch.export.ExportedProgram.graph_signature"

_FRAME = re.compile(r'File "([^"\n]*)", line (\d{1,9}), in [^\n]*(?:\n([^\n]*))?')
_KIND = re.compile(r": (PARAMETER|BUFFER|CONSTANT_TENSOR) target='([^'\n]*)'")
_LIBRARIES = re.compile(r"[/\\](site-packages|dist-packages|lib[/\\]python[\d.]+)[/\\]")

_MOST_LEVELS = 16
_LONGEST = 10_000  # characters that are looked at, but for the list of a large model's weights


def region_of(node: Any) -> str:
    """Return the part of the model that a node is in, as a path; empty if the file doesn't say."""
    said = _said(node)
    if _SCOPES in said:
        steps = _relative([each for each in said[_SCOPES].split("'")[1::2][:-1] if each])
    else:  # "/enc/layers.0/MatMul" of torch's earlier exporter, "layer0/Gemm:0" of ours
        steps = node.name[:_LONGEST].split("/")[:-1]
    names = [name for step in steps for name in step.replace("/", ".").split(".") if name]
    return "/".join(map(shown, names[:_MOST_LEVELS]))


def _relative(scopes: list[str]) -> list[str]:
    """Return each scope's name inside the one before: ``layers.0`` for ``enc.layers.0``."""
    outer = ["", *scopes]
    return [
        scope.removeprefix(f"{before}.") if before else scope
        for before, scope in zip(outer, scopes, strict=False)
    ]


def source_of(node: Any) -> tuple[str, str]:
    """Return the line that made a node, ``file.py:12``, and its code: the innermost of the user's.

    That is the last frame that isn't of an installed package; of its frames, if there are no
    others, the last.
    """
    frames = _FRAME.findall(_said(node, 10 * _LONGEST).get(_TRACE, ""))
    if not frames:
        return "", ""
    own = [frame for frame in frames if not _LIBRARIES.search(frame[0])]
    file, line, code = (own or frames)[-1]
    return f"{shown(file)}:{line}", shown(code.strip())


def kinds_of_weights(graph: Any) -> dict[str, str]:
    """Return each weight's kind by torch's exporter: PARAMETER, BUFFER or CONSTANT_TENSOR."""
    signature = _said(graph, 1000 * _LONGEST).get(_SIGNATURE, "")
    return {name: kind for kind, name in _KIND.findall(signature)}


def _said(of: Any, longest: int = _LONGEST) -> dict[str, str]:
    """Return the metadata of a part of a file; the format has had it since 2024."""
    entries = getattr(of, "metadata_props", ())
    return {entry.key: entry.value[:longest] for entry in entries}
