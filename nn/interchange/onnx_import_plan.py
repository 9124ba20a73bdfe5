"""The plan of an ONNX file: its operations in order, its weights and constants, checked.

Nothing is computed here, and what the results don't need is left out.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from autograd import Tensor
from nn.interchange.onnx_import_arrays import Array, array_of, dtype_of
from nn.interchange.onnx_import_attributes import attributes_of
from nn.interchange.onnx_import_graph import domain_of, makers, named, needed, outputs
from nn.interchange.onnx_import_metadata import kinds_of_weights, region_of, source_of
from nn.interchange.onnx_import_operators import (
    DATA_DEPENDENT,
    OF_ATTRIBUTES,
    OPERATORS,
    SETTINGS,
    WITH_WEIGHTS,
)
from nn.interchange.onnx_import_step import Step, shown

SETS = {"": (7, 28), "ai.onnx.ml": (1, 5)}
"""The oldest and the newest set of operators that is read, of each domain."""

_CONSTANT = re.compile(
    r"[A-Z][a-z]_\w*cst\d*"
)  # of skl2onnx: Su_Subcst, the mean that is taken off
_MADE_BY_A_MACHINE = re.compile(r"val_\d+|onnx::.*|.*_output_\d+|\d*", re.DOTALL)


@dataclass(frozen=True)
class Input:
    """An input: its name, its dtype, and its lengths, where a text stands for any length."""

    name: str
    dtype: np.dtype[Any]
    shape: tuple[int | str, ...] | None


@dataclass(frozen=True)
class Plan:
    """What an ONNX file computes: ``weights`` has parameters, and constants that aren't trained."""

    inputs: tuple[Input, ...]
    outputs: tuple[str, ...]
    steps: tuple[Step, ...]
    weights: dict[str, Tensor]
    constants: dict[str, Array]


def plan_of(model: Any, folder: Path | None) -> Plan:
    """Return the plan of a ModelProto; ValueError, with the node, for what it can't be one of."""
    graph = model.graph
    _check_parts(model)
    held = _once((each.name, each) for each in graph.initializer)
    given = _once((each.name, each) for each in graph.input if each.name not in held)
    known = held.keys() | given.keys()
    made = makers(graph, known)
    results = outputs(graph, made, known)
    steps, constants = _steps(needed(graph, made, results), _versions(model), folder)
    used = {name for step in steps for name in step.inputs}.union(results)
    arrays = _arrays([each for each in graph.initializer if each.name in used], folder)
    steps = [_with_arrays(step, arrays, known | made.keys()) for step in steps]
    weights = _weights(arrays, steps, _kinds(model))
    constants |= {name: array for name, array in arrays.items() if name not in weights}
    inputs = tuple(_input(each) for each in given.values())
    return Plan(inputs, tuple(results), tuple(steps), weights, constants)


def _check_parts(model: Any) -> None:
    """Raise ValueError for parts of a file that would be left out in silence."""
    if model.functions:
        names = ", ".join(shown(each.name) for each in model.functions[:5])
        raise ValueError(f"functions of the file's own aren't read: it has {names}")
    if model.graph.sparse_initializer:
        raise ValueError("sparse arrays aren't read")


def _steps(
    nodes: Iterable[Any], versions: dict[str, int], folder: Path | None
) -> tuple[list[Step], dict[str, Array]]:
    """Return the operations, and what those are that only stand for a constant."""
    steps, constants = [], {}
    for node in nodes:
        with naming(named(node)):
            step = _step(node, versions, folder)
            if (step.domain, step.kind) == ("", "Constant"):
                constants[step.outputs[0]] = _constant(step)
            else:
                steps.append(step)
    return steps, constants


def _arrays(tensors: Iterable[Any], folder: Path | None) -> dict[str, Array]:
    found = {}
    for tensor in tensors:
        with naming(f"the array {shown(tensor.name)!r}"):
            found[tensor.name] = array_of(tensor, folder)
    return found


@contextmanager
def naming(part: str) -> Iterator[None]:
    """Put the name of a part of a file before what is wrong with it."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{part}: {error}") from error


def _once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return a dictionary; ValueError for a name that is there twice, or for none."""
    found: dict[str, Any] = {}
    for name, each in pairs:
        if not name or name in found:
            raise ValueError(f"the name {shown(name)!r} is there twice, or empty")
        found[name] = each
    return found


def _versions(model: Any) -> dict[str, int]:
    """Return the set of operators that a file uses of each domain."""
    from onnx.defs import onnx_opset_version

    versions: dict[str, int] = {}
    for each in model.opset_import:
        if versions.setdefault(domain_of(each), each.version) != each.version:
            raise ValueError(f"two sets of operators of {shown(each.domain) or 'ai.onnx'} are said")
    for domain, (oldest, newest) in SETS.items():
        last = newest if domain else min(newest, onnx_opset_version())
        if domain in versions and not oldest <= versions[domain] <= last:
            raise ValueError(
                f"the set of operators {versions[domain]} of {domain or 'ai.onnx'} isn't read: "
                f"{oldest} to {last} are"
            )
    return versions


def _step(node: Any, versions: dict[str, int], folder: Path | None) -> Step:
    """Return a node as plain data, checked against the schema of its operator."""
    from onnx.defs import OpSchema, SchemaError, get_schema

    domain, kind = domain_of(node), node.op_type
    if (domain, kind) not in OPERATORS:
        raise ValueError(_unread(domain, kind))
    if domain not in versions:
        raise ValueError(f"the file doesn't say which set of operators of {domain or 'ai.onnx'}")
    try:
        schema = get_schema(kind, versions[domain], domain)
    except SchemaError:
        raise ValueError(f"the set of operators {versions[domain]} hasn't got it") from None
    if schema.deprecated:
        raise ValueError(f"the set of operators {versions[domain]} has it no more")
    for what, names, least, most in (
        ("operands", node.input, schema.min_input, schema.max_input),
        ("results", node.output, schema.min_output, schema.max_output),
    ):
        if not least <= len(names) <= most:
            raise ValueError(f"it has {least} to {most} {what}, got {len(names)}")
    for each, name in zip(schema.inputs, node.input, strict=False):
        if not name and each.option == OpSchema.FormalParameterOption.Single:
            raise ValueError(f"its operand {each.name} is left out")
    source, code = source_of(node)
    return Step(
        kind,
        domain,
        schema.since_version,
        attributes_of(node, schema, folder),
        tuple(node.input),
        tuple(node.output),
        node.name,
        region_of(node),
        source,
        code,
    )


def _unread(domain: str, kind: str) -> str:
    if domain not in SETS:
        return f"the domain {shown(domain)!r} isn't read: it is no standard one"
    if kind in DATA_DEPENDENT:
        return (
            f"{kind} isn't read: {DATA_DEPENDENT[kind]} depends on the data, and a graph of "
            "operations is the same for all"
        )
    return f"{shown(kind)} isn't among the operators that are read (docs/onnx.md has a list)"


def _constant(step: Step) -> Array:
    """Return the value of a Constant, in whichever way it is stated."""
    said = {name: held for name, held in step.attributes.items() if name.startswith("value")}
    if len(said) != 1:
        raise ValueError(f"a Constant has one value, got {len(said)}")
    ((name, held),) = said.items()
    if name == "value":
        return np.asarray(held)
    if name in ("value_float", "value_floats"):
        return np.asarray(held, np.float32)
    if name in ("value_int", "value_ints"):
        return np.asarray(held, np.int64)
    raise ValueError(f"a Constant by {name} isn't read")


def _with_arrays(step: Step, arrays: dict[str, Array], taken: Iterable[str]) -> Step:
    """Return a step with those of its attributes that are arrays as operands, in ``arrays``."""
    names = []
    for attribute in OF_ATTRIBUTES.get((step.domain, step.kind), ()):
        name = f"{step.name or step.outputs[0]}.{attribute}"
        while name in arrays or name in taken:
            name += "_"
        arrays[name] = np.asarray(step.attributes.get(attribute, ()), np.float32)
        names.append(name)
    return replace(step, inputs=(*step.inputs, *names)) if names else step


# Weights ------------------------------------------------------------------------------------------


def _kinds(model: Any) -> dict[str, str]:
    if model.producer_name == "glassgrad":  # which writes constants as nodes of their own
        return {each.name: "PARAMETER" for each in model.graph.initializer}
    return kinds_of_weights(model.graph)


def _weights(
    arrays: dict[str, Array], steps: Iterable[Step], kinds: dict[str, str]
) -> dict[str, Tensor]:
    """Return the arrays of floats as Tensors, of which those that are trained are variables."""
    uses: dict[str, set[str]] = defaultdict(set)  # but those as a setting
    for step in steps:
        for slot, name in enumerate(step.inputs):
            if slot not in SETTINGS.get(step.kind, ()):
                uses[name].add(step.kind)
    return {
        name: Tensor(array, label=name, requires_grad=_is_trained(name, array, uses[name], kinds))
        for name, array in arrays.items()
        if array.dtype.kind == "f"
    }


def _is_trained(name: str, array: Array, uses: set[str], kinds: dict[str, str]) -> bool:
    """Whether an array of floats is a weight: the format itself doesn't say.

    It is not where the file says so, where it is only used as a setting such as a bound, or where
    it isn't finite, as a mask. A single number is one in a layer, or where somebody named it.
    """
    if name in kinds:
        return kinds[name] == "PARAMETER"
    if not uses or not np.isfinite(array).all() or _CONSTANT.fullmatch(name):
        return False
    named = array.ndim > 0 and not _MADE_BY_A_MACHINE.fullmatch(name)
    return array.size > 1 or named or bool(uses & WITH_WEIGHTS)


def _input(described: Any) -> Input:
    with naming(f"the input {shown(described.name)!r}"):
        if not described.type.HasField("tensor_type"):
            raise ValueError("only tensors are read")
        tensor = described.type.tensor_type
        dtype = dtype_of(tensor.elem_type)
    if not tensor.HasField("shape"):
        return Input(described.name, dtype, None)
    return Input(described.name, dtype, tuple(_length(each) for each in tensor.shape.dim))


def _length(dimension: Any) -> int | str:
    if dimension.HasField("dim_value") and dimension.dim_value >= 0:
        return int(dimension.dim_value)
    return shown(dimension.dim_param) or "?"
