"""Builds the picture of a graph: the text of each box and of each line."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np

from autograd.node.node import Node
from autograd.numbers.unknown import is_unknown
from autograd.reading import formatting
from autograd.reading.operand_names import slot_names
from autograd.rules.op import Elementwise
from autograd.show.array_images import images
from autograd.show.array_rows import grid_shape, rows
from autograd.show.copies import count_copies
from autograd.show.flow import View, flows, heat
from autograd.show.fold import Group
from autograd.show.picture import Box, Kind, Line, Picture, Row

LONGEST = 28  # characters of a name in a box; the tooltip has all of it
SPARSE = 60  # lines: above it, saying how many operands each stands for is clutter
ROOMY = 16  # folded boxes: above it, they say less each
MANY = 9  # operands: above it they are too many for a slot each
TOLD = 100  # numbers of an array that a tooltip tells; of more, those at the ends


def picture_of(view: View, groups: list[Group], how: str) -> Picture:
    """Return the picture of the nodes that are in ``groups``; ``how`` says how they were folded."""
    brief = sum(len(group.members) > 1 for group in groups) > ROOMY
    boxes = [_box(view, group, brief) for group in groups]
    lines = _lines(view, groups, boxes)
    return Picture(tuple(boxes), tuple(lines), _caption(view, boxes, how))


def _caption(view: View, boxes: list[Box], how: str) -> str:
    said = []
    hidden = sum(box.nodes for box in boxes if box.nodes > 1)
    if hidden:
        total, shown = (
            formatting.count(len(view.nodes), "node"),
            formatting.count(len(boxes), "box"),
        )
        said.append(f"{total} in {shown}, folded {how}: {hidden:,} have no box of their own")
    elif how:
        said.append(how)
    stale = sum(has_changed(node) for node in view.nodes)
    if stale:
        said.append(f"{formatting.count(stale, 'operation')} computed from data changed since")
    return "; ".join(said)


def has_changed(node: Node) -> bool:
    """Whether an operand's data is no longer what the node was computed from."""
    for parent, then in zip(node.parents, node.operands, strict=True):
        now = parent._data
        if now is not then and (isinstance(now, np.ndarray) or now != then):
            return True
    return False


# Boxes ------------------------------------------------------------------------------------------


def _box(view: View, group: Group, brief: bool) -> Box:
    last = group.members[-1]
    root = not view.roots.isdisjoint(group.members)
    if len(group.members) > 1:
        return _folded(view, group, root=root, brief=brief)
    return single_box(view, last, group.region, root)


def single_box(view: View, k: int, region: str, root: bool) -> Box:
    """Return the box of a node by itself."""
    node, grad = view.nodes[k], view.grads[k]
    op = node.op
    in_full = grid_shape(np.shape(node._data)) is not None
    pictures = () if in_full else images(node._data)
    return Box(
        id=f"n{k}",
        kind=kind(node),
        symbol=formatting.clean(formatting.symbol(op, node.params), LONGEST),
        name=formatting.clean(view.label(k), LONGEST),
        remark=formatting.clean(_remark(node), LONGEST),
        rows=numbers(node, grad),
        slots=_slots(node),
        region=region,
        members=(k,),
        heat=() if pictures or in_full else heat(node._data),
        images=pictures,
        root=root,
        tooltip=_tooltip(node, view.label(k), grad),
        shows=k,
    )


def kind(node: Node) -> Kind:
    """Return the look of a node's box."""
    if node.op is not None:
        return Kind.OPERATION
    return Kind.VARIABLE if node.requires_grad else Kind.CONSTANT


def _slots(node: Node) -> tuple[str, ...]:
    """Return a name for each operand slot where order shows, and there is room for it."""
    count = len(node.parents)
    return slot_names(node.op, count) if node.op is not None and 2 <= count <= MANY else ()


def _remark(node: Node) -> str:
    parts = [formatting.settings(node.params)]
    if node._rank:
        parts += [formatting.shape(node._data.shape), str(node._data.dtype)]
    whole = " ".join(filter(None, parts))
    return whole if len(whole) <= LONGEST else " ".join(filter(None, parts[:-1]))


def numbers(node: Node, grad: Any) -> tuple[Row, ...]:
    """Return the rows of a node's data and gradient."""
    return rows(node._data, grad, variable=node.requires_grad)


def _tooltip(node: Node, label: str, grad: Any) -> str:
    op = node.op
    what = f"{op.name}: {op.doc}" if op and op.doc else op.name if op else kind(node).value
    parts = [formatting.clean(label), what, formatting.settings(node.params), node.region]
    parts.append(formatting.clean(f"data {_exact(node._data)}", 200))
    if node.requires_grad:
        parts.append(formatting.clean(f"grad {_exact(grad)}", 200))
    return "\n".join(formatting.clean(part) for part in parts if part)


def _exact(x: Any) -> str:
    if is_unknown(x):
        return formatting.UNKNOWN
    if isinstance(x, np.ndarray):
        return np.array2string(x, threshold=TOLD)
    return formatting.NONE if x is None else str(x)


def _folded(view: View, group: Group, *, root: bool, brief: bool) -> Box:
    nodes = [view.nodes[k] for k in group.members]
    ops = Counter(node.op for node in nodes if node.op is not None)
    kinds = Counter(kind(node) for node in nodes)
    rows: list[Row] = []
    tally = [f"{n:,} {formatting.clean(op.symbol, 12)}" for op, n in ops.most_common()]
    if ops and not brief:
        rows.append(Row("ops", (", ".join(tally[:3]) + (", …" if len(tally) > 3 else ""),)))
        rows.append(Row("variables", (f"{kinds[Kind.VARIABLE]:,}",)))
    if len(nodes) > kinds[Kind.CONSTANT]:
        gradients = [view.grads[k] for k in group.members]
        rows.append(Row("largest |grad|", (largest_gradient(gradients),)))
    only = next(iter(ops)) if len(ops) == 1 else None
    symbol = formatting.clean(only.symbol, LONGEST) if only is not None else ""
    symbol, name, remark = _titles(view, group, symbol, _root_label(view, group))
    tooltip = [group.title, formatting.count(len(nodes), "node"), *tally]
    return Box(
        id=f"n{group.members[-1]}",
        kind=Kind.FOLD,
        symbol=symbol,
        name=formatting.clean(name, LONGEST),
        remark=remark,
        rows=tuple(rows),
        region=group.region,
        members=tuple(group.members),
        root=root,
        tooltip="\n".join(formatting.clean(line) for line in tooltip if line),
    )


def _titles(view: View, group: Group, symbol: str, label: str) -> tuple[str, str, str]:
    """Return a folded box's symbol, name and remark: what is folded and how often.

    The root has its label for a name. An op that is a word is said once: "2 × relu".
    """
    title, extent = group.title.rpartition("/")[2], _extent(view, group)
    if title.startswith(f"{len(group.members):,} "):  # as in "500 variables"
        return symbol, title, ""
    if symbol.isascii() and symbol.isidentifier() and title in ("", symbol, f"a run of {symbol}"):
        operations = sum(bool(view.parents[k]) for k in group.members)
        symbol, title = "", f"{operations:,} × {symbol}"
        extent = extent if operations < len(group.members) else ""
    elif symbol in title.split():
        symbol = ""
    names = [label, title] if label else [title, ""]
    return symbol, names[0], " · ".join(filter(None, (names[1], extent)))


def _root_label(view: View, group: Group) -> str:
    """Return the label of the last root in a group; empty if there is none."""
    roots = view.roots.intersection(group.members)
    return view.nodes[max(roots)].label if roots else ""


def _extent(view: View, group: Group) -> str:
    """Return how many nodes are folded; of a part that was run for each of a batch, how often."""
    times = count_copies(view, group.members)
    total = formatting.count(len(group.members), "node")
    if times == len(group.members):
        return f"×{times:,}"
    return f"×{times:,} · {total}" if times > 1 else total


def largest_gradient(gradients: list[Any]) -> str:
    """Return the largest absolute value in some gradients as text: nan, if there is one."""
    sizes = [_size(gradient) for gradient in gradients if gradient is not None]
    wrong = [size for size in sizes if size != size]
    return formatting.number((wrong or [max(sizes)])[0] if sizes else None)


def _size(gradient: Any) -> Any:
    size = abs(gradient)
    return size.max(initial=0.0) if hasattr(size, "max") else size


# Lines ------------------------------------------------------------------------------------------


def _lines(view: View, groups: list[Group], boxes: list[Box]) -> list[Line]:
    box_of: dict[int, Box] = {}
    for group, box in zip(groups, boxes, strict=True):
        for k in group.members:
            box_of[k] = box
    together: dict[tuple[str, str, int], list[tuple[int, int]]] = {}
    for k, operands in enumerate(view.parents):
        end = box_of.get(k)
        for slot, p in enumerate(operands):
            start = box_of.get(p)
            if start and end and start is not end:
                alone = start.nodes == end.nodes == 1
                key = (start.id, end.id, slot if alone else -1)
                together.setdefault(key, []).append((k, slot))
    sparse = len(together) <= SPARSE
    found: list[Line] = []
    shares = flows(view, list(together.values()))
    for ((tail, head, slot), uses), share in zip(together.items(), shares, strict=True):
        ends = f"e{len(found)}", tail, head
        line = joint_line(view, uses, *ends)
        if len(uses) == 1:
            ((k, use),) = uses
            line = single_line(view, k, use, *ends)
        text = line.text if sparse or slot >= 0 else ""
        found.append(replace(line, text=text, flow=share))
    return found


def joint_line(view: View, uses: list[tuple[int, int]], name: str, tail: str, head: str) -> Line:
    """Return the line for many operands, each given as a node and a slot."""
    return Line(
        name,
        tail,
        head,
        operands=len(uses),
        text=f"×{len(uses):,}",
        variable=any(view.nodes[k].parents[slot].requires_grad for k, slot in uses),
        tooltip=f"{len(uses):,} operands",
    )


def single_line(view: View, k: int, slot: int, name: str, tail: str, head: str) -> Line:
    """Return the line for one operand."""
    node = view.nodes[k]
    parent = node.parents[slot]
    text, tooltip = "", ""
    if parent._rank:
        text = formatting.shape(parent._data.shape)
    elif view.grads[k] is not None and parent.requires_grad:
        derivative = view.derivative(k, slot)
        text = formatting.number(derivative) if derivative is not None else ""
        tooltip = _derivation(node, slot, derivative) if text else ""
    return Line(
        name,
        tail,
        head,
        slot=slot,
        text=text,
        derivative=bool(tooltip),
        variable=parent.requires_grad,
        tooltip=tooltip,
    )


def _derivation(node: Node, slot: int, derivative: Any) -> str:
    """Return a local derivative as an equation, with the op's own rule in the middle."""
    above = formatting.clean(node.label) or "z"
    names = slot_names(node.op, len(node.parents)) if node.op is not None else ()
    below = formatting.clean(node.parents[slot].label) or names[slot]
    rule = node.op.partials[slot] if isinstance(node.op, Elementwise) else None
    middle = f"{rule} = " if isinstance(rule, str) else ""
    return f"∂{above}/∂{below} = {middle}{formatting.number(derivative)}"
