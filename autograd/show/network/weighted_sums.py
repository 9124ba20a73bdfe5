"""Finds the weighted sums in a graph: the preactivations of neurons, and of layers of tensors.

A sum may be one node (``neuron``, ``dot``, ``affine``, ``x @ W``), or a chain of additions of
products, as a class of one's own writes it: ``sum((w * x for w, x in zip(ws, xs)), b)``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from autograd.node.node import Node
from autograd.reading.numbered_graph import NumberedGraph

ADDITIONS = frozenset({"add", "total"})


class Product(NamedTuple):
    """The node that multiplies an input by its weight, and the slots of the two."""

    node: int
    x: int
    w: int


@dataclass(frozen=True, slots=True)
class WeightedSum:
    """The operands of Σ w·x + b, by the numbers of their nodes.

    Attributes
    ----------
    x, w, b : tuple of int
        Of scalars, one for each input; of tensors, one for each matrix. There may be any number
        of biases.
    turned : tuple of bool
        For each of ``w``, whether it is a matrix of shape (in, out), and not (out, in) or (in,).
    products : tuple of Product
        For each of ``w``, where it is multiplied.
    nodes : tuple of int
        What computes the sum: its additions and products, and the zero that it starts with.
    """

    x: tuple[int, ...]
    w: tuple[int, ...]
    b: tuple[int, ...] = ()
    turned: tuple[bool, ...] = ()
    products: tuple[Product, ...] = ()
    nodes: tuple[int, ...] = ()


def weighted_sums(graph: NumberedGraph) -> dict[int, WeightedSum]:
    """Return the weighted sums in a graph by the number of the node that has the result."""
    return dict(sorted(_Search(graph).found()))


class _Search:
    def __init__(self, graph: NumberedGraph) -> None:
        self.nodes, self.parents = graph.nodes, graph.parents
        self.consumers = graph.only_consumers()
        self.single: dict[int, WeightedSum] = {}  # sums that are one node
        self.products: dict[int, WeightedSum] = {}  # they count only inside a chain
        self.chains: set[int] = set()
        for k, node in enumerate(self.nodes):
            self._classify(k, node)

    def found(self) -> Iterator[tuple[int, WeightedSum]]:
        """Yield the largest sums, and those inside a chain of additions that is none."""
        inside: set[int] = set()
        for k in range(len(self.nodes) - 1, -1, -1):
            if k in inside:
                continue
            if k in self.single:
                yield k, self.single[k]
            elif k in self.chains:
                links, terms, biases, zeros = self._terms(k)
                whole = _joined(terms, biases, (*sorted(links), *zeros))
                inside |= links
                if whole is not None:
                    inside.update(term for term, _ in terms)
                    yield k, whole

    # What a node is by itself -------------------------------------------------------------------

    def _classify(self, k: int, node: Node) -> None:
        name = node.op.name if node.op is not None else ""
        operands = self.parents[k]
        if name == "neuron":
            half = len(operands) // 2
            self._pairs(k, range(half), range(half, 2 * half), operands[2 * half :])
        elif name == "dot" and operands:
            self._row_by_row(k)
        elif name == "affine":
            x, w, *b = operands
            self._matrix_sum(k, Product(k, 0, 1), x, w, tuple(b), turned=False)
        elif name == "matmul":
            self._matrix_product(k, *operands)
        elif name == "mul" and not node._rank:
            self._product(k, *operands)
        elif name in ADDITIONS and self._is_chain(k):
            self.chains.add(k)

    def _pairs(self, k: int, x: range, w: range, b: tuple[int, ...] = ()) -> None:
        """Take a node for the sum of the products of operands in some slots."""
        operands = self.parents[k]
        products = tuple(Product(k, *slots) for slots in zip(x, w, strict=True))
        self.single[k] = WeightedSum(
            tuple(operands[slot] for slot in x),
            tuple(operands[slot] for slot in w),
            b,
            products=products,
            nodes=(k,),
        )

    def _row_by_row(self, k: int) -> None:
        operands = self.parents[k]
        left, right = range(len(operands) // 2), range(len(operands) // 2, len(operands))
        if all(self._is_parameter(operands[slot]) for slot in right):
            self._pairs(k, left, right)
        elif all(self._is_parameter(operands[slot]) for slot in left):
            self._pairs(k, right, left)

    def _matrix_sum(
        self, k: int, product: Product, x: int, w: int, b: tuple[int, ...] = (), *, turned: bool
    ) -> None:
        self.single[k] = WeightedSum((x,), (w,), b, (turned,), (product,), (k,))

    def _matrix_product(self, k: int, left: int, right: int) -> None:
        """Take one operand for weights: W of x @ W, w of x @ w, W of W @ x."""
        flat = self.nodes[right]._data.ndim == 1
        if self._is_matrix(right) and self.nodes[left]._rank:
            w, turned = self._matrix(right)
            self._matrix_sum(k, Product(k, 0, 1), left, w, turned=not turned)
        elif flat and self._is_matrix(left):
            w, turned = self._matrix(left)
            self._matrix_sum(k, Product(k, 1, 0), right, w, turned=turned)
        elif flat and self._is_parameter(right):
            self._matrix_sum(k, Product(k, 0, 1), left, right, turned=False)

    def _is_matrix(self, k: int) -> bool:
        w, _ = self._matrix(k)
        return self._is_parameter(w) and self.nodes[w]._data.ndim == 2

    def _matrix(self, k: int) -> tuple[int, bool]:
        """Return the parameter that a matrix is, and whether it is transposed."""
        op = self.nodes[k].op
        turned = op is not None and op.name == "transpose"
        return (self.parents[k][0], True) if turned else (k, False)

    def _product(self, k: int, left: int, right: int) -> None:
        """Take one factor for a weight: of two parameters the first, as in w·x."""
        if left == right:
            return
        slots = [Product(k, 1, 0), Product(k, 0, 1)]
        if self._says(left, "x") or self._says(right, "w"):
            slots.reverse()
        for product in slots:
            w, x = self.parents[k][product.w], self.parents[k][product.x]
            if self._is_parameter(w):
                found = WeightedSum((x,), (w,), products=(product,), nodes=(k,))
                self.products[k] = found
                return

    def _says(self, k: int, letter: str) -> bool:
        return self.nodes[k].label.lower().startswith(letter)

    def _is_parameter(self, k: int) -> bool:
        return not self.parents[k] and self.nodes[k].requires_grad

    # Chains of additions ------------------------------------------------------------------------

    def _is_chain(self, k: int) -> bool:
        """Whether each operand is a weighted sum for this node alone, a bias, or a zero."""
        linear = [p for p in self.parents[k] if self._is_linear(p)]
        rest = [p for p in self.parents[k] if not self._is_linear(p)]
        alone = all(self.consumers[p] == k for p in linear)
        return bool(linear) and alone and all(self._is_bias(p) or self._is_zero(p) for p in rest)

    def _is_bias(self, k: int) -> bool:
        return self._is_parameter(k) and np.ndim(self.nodes[k]._data) <= 1

    def _is_zero(self, k: int) -> bool:
        """Whether it is what Python's ``sum`` starts with."""
        node = self.nodes[k]
        return not (self.parents[k] or node.requires_grad or node._rank) and node._data == 0

    def _is_linear(self, k: int) -> bool:
        return k in self.single or k in self.products or k in self.chains

    def _terms(
        self, k: int
    ) -> tuple[set[int], list[tuple[int, WeightedSum]], list[int], list[int]]:
        """Return the additions of a chain, its terms in order, its biases, and its zeros."""
        links: set[int] = set()
        terms: list[tuple[int, WeightedSum]] = []
        biases: list[int] = []
        zeros: list[int] = []
        waiting = [k]
        while waiting:
            at = waiting.pop()
            if at in self.chains:
                links.add(at)
                waiting += reversed(self.parents[at])
            elif self._is_linear(at):
                terms.append((at, self.single.get(at) or self.products[at]))
            elif self._is_bias(at):
                biases.append(at)
            else:
                zeros.append(at)
        return links, terms, biases, zeros


def _joined(
    terms: list[tuple[int, WeightedSum]], biases: list[int], links: tuple[int, ...]
) -> WeightedSum | None:
    """Return the sum of all; None if a leaf has two places in it, as in a sum of two neurons."""
    found = [term for _, term in terms]
    whole = WeightedSum(
        tuple(k for term in found for k in term.x),
        tuple(k for term in found for k in term.w),
        (*(k for term in found for k in term.b), *biases),
        tuple(t for term in found for t in term.turned),
        tuple(product for term in found for product in term.products),
        (*(k for term in found for k in term.nodes), *links),
    )
    places = (*whole.x, *whole.w, *whole.b)
    return whole if len(set(places)) == len(places) else None
