"""The graph of an ONNX file: whether it is sound, and which of its nodes its results need."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from nn.interchange.onnx_import_step import place, shown

DECISIONS = ("ArgMax", "ArgMin", "TopK", "ZipMap")
"""What makes a label, or a dictionary, of a classifier's numbers: a classifier is cut before it."""

_FLOATS = (1, 10, 11, 16)  # the numbers that ONNX has for dtypes of floats


def domain_of(node: Any) -> str:
    """Return a node's domain: that of ONNX's own operators is the empty one."""
    return "" if node.domain == "ai.onnx" else str(node.domain)


def makers(graph: Any, known: set[str]) -> dict[str, Any]:
    """Return the node that makes each result; ``known`` are the names of inputs and arrays.

    Raises
    ------
    ValueError
        For a name that is taken before it is made, as in a circle, never made, or made twice.
    """
    found: dict[str, Any] = {}
    for node in graph.node:
        for name in node.input:
            if name and name not in known and name not in found:
                raise ValueError(
                    f"{named(node)} takes {shown(name)!r}, which nothing before it gives"
                )
        for name in node.output:
            if name and (name in known or name in found):
                raise ValueError(f"{named(node)} gives {shown(name)!r}, which is there already")
            if name:
                found[name] = node
    return found


def outputs(graph: Any, made: dict[str, Any], known: set[str]) -> list[str]:
    """Return the names of the results: of a classifier, its scores and not its labels.

    A dictionary of scores by label is the scores that it is made of. A label is left out beside
    floats; alone, it is the scores from which it was chosen.
    """
    names = [each.name for each in graph.output]
    for name in names:
        if name not in made and name not in known:
            raise ValueError(f"nothing gives the output {shown(name)!r}")
    if not names:
        raise ValueError("it has no output")
    floats = [_before_dictionary(each, made) for each in graph.output if not _is_label(each)]
    if floats:
        return list(dict.fromkeys(floats))
    return list(dict.fromkeys(_scores(name, made) for name in names))


def _before_dictionary(output: Any, made: dict[str, Any]) -> str:
    node = made.get(output.name)
    if node is None or node.op_type != "ZipMap" or not node.input:
        return str(output.name)
    return str(node.input[0])


def _is_label(output: Any) -> bool:
    """Whether an output is declared as something else than floats, or their dictionary."""
    if not output.type.HasField("tensor_type"):
        return False
    kind = output.type.tensor_type.elem_type
    return bool(kind) and kind not in _FLOATS


def _scores(name: str, made: dict[str, Any]) -> str:
    """Return the scores that a label was chosen from; the label itself if no operation says so."""
    seen, stack = set(), [name]
    while stack:
        node = made.get(stack.pop())
        if node is None or id(node) in seen:
            continue
        if node.op_type in DECISIONS and node.input:
            return str(node.input[0])
        seen.add(id(node))
        stack.extend(node.input)
    return name


def needed(graph: Any, made: dict[str, Any], wanted: Iterable[str]) -> list[Any]:
    """Return the nodes that the wanted results need, in the order of the file."""
    seen: set[int] = set()
    stack = list(wanted)
    while stack:
        node = made.get(stack.pop())
        if node is not None and id(node) not in seen:
            seen.add(id(node))
            stack.extend(node.input)
    return [node for node in made_in_order(graph, made) if id(node) in seen]


def made_in_order(graph: Any, made: dict[str, Any]) -> list[Any]:
    """Return the nodes that make something, each once: the objects that ``made`` holds."""
    return list(
        {id(made[name]): made[name] for node in graph.node for name in node.output if name}.values()
    )


def named(node: Any) -> str:
    """Return the name of a node in messages."""
    return place(node.op_type, node.name, node.output)
