"""Names of the nodes of a graph: labels, and the paths of parameters, ``mlp.layer0.weight``."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from itertools import takewhile

from autograd.node.node import Node


class Names:
    """The labelled nodes of a graph by the ends of their paths.

    A path is a region with dots, and the label. A leaf's region is where it is used: the part
    that the regions of all its consumers have in common.
    """

    def __init__(self, root: Node, order: Iterable[Node]) -> None:
        used_in: dict[Node, list[list[str]]] = {root: []}
        for node in order:
            used_in.setdefault(node, [])
            for parent in node.parents:
                if parent.op is None:
                    used_in.setdefault(parent, []).append(node.region.split("/"))
        self._paths: dict[Node, str] = {}
        for node, regions in used_in.items():
            if node.label:
                region = _common(regions) if node.op is None else node.region.split("/")
                self._paths[node] = ".".join([*filter(None, region), node.label])

    def __getitem__(self, name: str) -> Node:
        """Return the one node whose path is, or ends with, a name; KeyError for none or many."""
        whole = [node for node, path in self._paths.items() if path == name]
        found = whole or [node for node, path in self._paths.items() if path.endswith(f".{name}")]
        if len(found) == 1:
            return found[0]
        paths = sorted({self._paths[node] for node in found})
        if len(paths) > 1:
            raise KeyError(f"{name!r} is the name of {len(found)} nodes: say {' or '.join(paths)}")
        if found:
            raise KeyError(f"{len(found)} nodes have the name {name!r}: say s[node] of the node")
        known = sorted(set(self._paths.values()))
        close = difflib.get_close_matches(name, known, n=8, cutoff=0.3) or known[:8]
        has = f"it has {', '.join(close)}" if known else "nothing in it has a label"
        raise KeyError(f"nothing in the graph is named {name!r}; {has}")


def _common(regions: list[list[str]]) -> list[str]:
    """Return the names that all regions begin with."""
    each_depth = zip(*regions, strict=False)
    return [names[0] for names in takewhile(lambda names: len(set(names)) == 1, each_depth)]
