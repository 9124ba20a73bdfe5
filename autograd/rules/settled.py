"""A rule's text for given settings: as a tree, with the settings put in and branches decided.

What is made from the text of rules, replay kernels and pages, begins here.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any


def settled(rule: ast.expr, literals: Mapping[str, Any]) -> ast.expr:
    """Return an expression with settings as literals, without the branches they decide against.

    Examples
    --------
    >>> import ast
    >>> from autograd.rules.settled import settled
    >>> rule = ast.parse("x > 0 if slope == 0 else slope * x", mode="eval").body
    >>> ast.unparse(settled(rule, {"slope": 2.0}))
    '2.0 * x'
    """
    found: ast.expr = _Settings(literals).visit(rule)
    return found


class _Settings(ast.NodeTransformer):
    """Puts settings in as literals, and decides the branches that depend on nothing else."""

    def __init__(self, literals: Mapping[str, Any]) -> None:
        self.literals = literals

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id in self.literals:
            return ast.parse(repr(self.literals[node.id]), mode="eval").body
        return node

    def visit_IfExp(self, node: ast.IfExp) -> Any:
        test = self.visit(node.test)
        if not any(isinstance(part, ast.Name) for part in ast.walk(test)):
            decided = eval(compile(ast.Expression(test), "<rule>", "eval"), {})
            return self.visit(node.body if decided else node.orelse)
        found = ast.IfExp(test, self.visit(node.body), self.visit(node.orelse))
        return ast.copy_location(found, node)
