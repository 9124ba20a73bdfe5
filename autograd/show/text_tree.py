"""A picture as a tree of text, for terminals and for notebooks where nothing can be drawn."""

from __future__ import annotations

from autograd.show.picture import Box, Kind, Picture

LINES = 60
DEPTH = 24


def tree(picture: Picture) -> str:
    """Return the boxes as a tree from each root down; ``↑`` marks one that is shown above."""
    boxes = {box.id: box for box in picture.boxes}
    feeds: dict[str, list[str]] = {}
    for line in picture.lines:
        feeds.setdefault(line.head, []).append(line.tail)
    roots = [box.id for box in picture.boxes if box.root] or [picture.boxes[-1].id]
    lines: list[str] = []
    shown: set[str] = set()
    todo = [(root, "", "", 0) for root in roots]  # the last is shown first: others may be in it
    while todo and len(lines) < LINES:
        name, before, after, depth = todo.pop()
        if name in shown and depth == 0:
            continue
        if name in shown:
            lines.append(f"{before}{_name(boxes[name])} ↑")
            continue
        shown.add(name)
        lines.append(before + _describe(boxes[name]))
        below = feeds.get(name, [])
        if below and depth == DEPTH:
            lines.append(f"{after}└─ …")
            continue
        branches = [("├─ ", "│  ")] * (len(below) - 1) + [("└─ ", "   ")]
        for child, (fork, stem) in reversed(list(zip(below, branches, strict=False))):
            todo.append((child, after + fork, after + stem, depth + 1))
    if todo:
        lines.append(f"… {len(boxes) - len(shown):,} more")
    return "\n".join([*lines, *filter(None, [picture.caption])])


def _name(box: Box) -> str:
    return " ".join(filter(None, (box.symbol, box.name))) or box.kind.value


def _describe(box: Box) -> str:
    names = [box.symbol, box.name, box.remark]
    if not any(names[:2]) and box.kind is not Kind.FOLD:
        names = [box.kind.value if box.kind is Kind.VARIABLE else "", box.remark]
    numbers = [
        " ".join((row.tag, *([row.text] if row.text else row.cells))) for row in box.rows if row.tag
    ]
    head, *rest = [n.removeprefix("data ") for n in numbers] or [""]
    return "  ".join(filter(None, (" ".join(filter(None, [*names, head])), *rest)))
