"""``check``: is the gradient of a recorded torch program right, and which operation's isn't?"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from autograd.bridges.torch.check_report import UNCHECKED, CheckReport, Finding
from autograd.bridges.torch.node_check import DIFFERENCES, RULE, NodeCheck
from autograd.bridges.torch.torch_pullback import Pullback
from autograd.bridges.torch.walk_check import compare_walk
from autograd.node.node import Node
from autograd.numbers.unknown import is_unknown
from autograd.numbers.words import with_article
from autograd.walk.order import leaves, topological_order
from autograd.walk.reverse import cotangents


def check(root: Node) -> CheckReport:
    """Check the gradient of a PyTorch program that was recorded and opened.

    The walk over the graph is compared with ``torch.autograd.grad``. Then every operation is looked
    at by itself: what torch passes back, for a random cotangent and for the program's own, beside
    what our rule for it passes back in extended precision. It may be off by what a last bit of the
    operands does to it, and no more; there is no fixed tolerance. What has no rule of ours, such
    as an ``autograd.Function``, is compared with differences of its own forward, which is run again
    beside its operands. Hooks on tensors run, as in any backward pass.

    Parameters
    ----------
    root : Tensor
        ``rec[loss]``, before ``backward()``, which frees what torch's pullbacks need.

    Returns
    -------
    CheckReport
        True if nothing is wrong. It says what is, with the operation, the module and the line;
        where torch's own formula loses digits; where a convention differs; what wasn't compared.

    Raises
    ------
    TypeError
        If ``root`` isn't a node of a recorded torch program.

    Examples
    --------
    >>> import torch
    >>> from autograd.bridges import torch as bridge
    >>> x = torch.tensor([0.0, 1.0], dtype=torch.float64, requires_grad=True)
    >>> with bridge.record() as rec:
    ...     loss = torch.tanh(x).sum()
    >>> print(bridge.check(rec[loss]))
    check: PASS
    the walk gives torch's own gradients of 1 leaf, to the last bit
    2 of 2 operations compared with rules of ours
    """
    order = recorded_order(root)
    with np.errstate(all="ignore"), torch.random.fork_rng(devices=[]):
        return _report(root, order)


def _report(root: Node, order: list[Node]) -> CheckReport:
    found = cotangents(root, np.ones_like(root._data))
    walk = compare_walk(root, order, leaves(root), found)
    checks = [_checked_node(node, found.get(node)) for node in order]
    return CheckReport(
        walk,
        len(order),
        sum(one.reference == RULE for one in checks),
        sum(one.reference == DIFFERENCES for one in checks),
        tuple(finding for one in checks for finding in one.findings),
    )


def recorded_order(root: Any) -> list[Node]:
    """Return the operations of a recorded program, each after its operands.

    Raises
    ------
    TypeError
        If ``root`` isn't a node of one.
    """
    order = topological_order(root) if isinstance(root, Node) else []
    of: Any = order[-1].op if order else None
    if not isinstance(getattr(of, "pullback", None), Pullback):
        raise TypeError(
            "expected what a recorded torch program computed, as rec[loss] gives it, got "
            f"{with_article(root)}: record again what was pickled, and check functions by "
            "gradcheck"
        )
    return order


def _checked_node(node: Node, cotangent: Any) -> NodeCheck:
    of: Any = node.op
    one = NodeCheck(node, None if cotangent is None else np.asarray(cotangent))
    if not isinstance(of.pullback, Pullback):
        return one  # changed in place: it passes all on
    unknown = [x for x in (node, *node.parents) if is_unknown(x._data)]
    if unknown:
        one.findings.append(Finding(UNCHECKED, node, why="not all of its numbers are known"))
        return one
    return one.run()
