"""The public door for people who extend the engine: nodes, the walk and the registry of ops.

Whoever uses the engine needs ``autograd`` alone. Whoever builds on it, with layers, optimisers,
exporters or tools that read graphs, finds here the engine's parts that stay: ``nn`` is built on
``autograd`` and on these names, and on nothing private.

=========================  ========================================================================
Node, Note                 a number or an array in a graph, and the label and region that it has
Numeric                    what cotangents can do, as a type: add up and be multiplied
raw                        the plain number or array behind a node
replace_data               give a leaf new data, as an optimiser does
topological_order          the results in a graph, each after its operands, and the root last
leaves                     the leaves of a graph
cotangents                 the reverse walk: every node's gradient, stored nowhere
Op, Elementwise,           the record of an operation, and its two kinds; ``autograd.elementwise``
Structural, Recorded       and ``autograd.structural`` make one. Recorded is another engine's
cross_entropy              −log softmax(x) at each row's label, beneath ``nn.cross_entropy``
get_op, ops                the registry: an op by name, and all of them
recorded, unknown          a node as another engine recorded it; numbers that it didn't tell
source_outside             the user's line, for a node's ``source``: outside of another engine too
inside_vmap                whether a function that ``vmap`` maps is running
plain_array                ``numpy.array``, but for what is one array for each sample of ``vmap``
of_all_samples             that array of all samples, for a check
printable                  a class decorator: what an object says can be printed on any console
quiet                      a function whose overflows give inf without a warning
replacing                  a file that is written whole or not at all
record_loop, gradients,    a training loop's step as compiled instructions; the gradients in it; and
is_sealed, SealedRead,     whether numbers can't be read in it, the error of who reads them, and a
eagerly, uniform           function that may; numbers that every replay draws from a generator anew
watched                    an array that is read while recording: to be noticed if it is changed
outside_objects            what the names stand for that a function takes from outside
warn                       a warning that names the user's line, not the library's
with_article               the kind of an object for an error's message: "an int", "a str"
=========================  ========================================================================

Examples
--------
A tool that lists what a graph is made of, with the gradient of each node:

>>> from autograd import Value
>>> from autograd.extend import cotangents, leaves, topological_order
>>> x, y = Value(2.0, label="x"), Value(3.0, label="y")
>>> root = x * y + x
>>> found = cotangents(root)
>>> for node in [*leaves(root), *topological_order(root)]:
...     print(node.op.name if node.op else node.label, node.data, found[node])
x 2.0 4.0
y 3.0 2.0
mul 6.0 1.0
add 8.0 1.0
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.files.console import printable
from autograd.files.replacing import replacing
from autograd.files.users_line import warn
from autograd.node.mode import Note, current_mode
from autograd.node.node import Node, raw
from autograd.numbers.kinds import quiet
from autograd.numbers.per_sample import of_all_samples, plain_array
from autograd.numbers.protocols import Numeric
from autograd.numbers.sealed import Sealed, SealedRead
from autograd.numbers.unknown import unknown
from autograd.numbers.words import with_article
from autograd.ops.softmax import cross_entropy
from autograd.reading.sources import source_outside
from autograd.rules.op import Elementwise, Op, Structural
from autograd.rules.op_registry import get as get_op
from autograd.rules.op_registry import is_built_in, ops
from autograd.rules.recorded_op import Recorded
from autograd.values.batched import sizes_in_force
from autograd.values.recorded_node import recorded
from autograd.walk import reverse
from autograd.walk.order import leaves, topological_order

if TYPE_CHECKING:
    from autograd.replay.tensors.tensor_loop import TensorLoop

__all__ = [
    "Elementwise",
    "Node",
    "Note",
    "Numeric",
    "Op",
    "Recorded",
    "SealedRead",
    "Structural",
    "cotangents",
    "cross_entropy",
    "eagerly",
    "get_op",
    "gradients",
    "inside_vmap",
    "is_built_in",
    "is_sealed",
    "leaves",
    "of_all_samples",
    "ops",
    "outside_objects",
    "plain_array",
    "printable",
    "quiet",
    "raw",
    "record_loop",
    "recorded",
    "replace_data",
    "replacing",
    "source_outside",
    "topological_order",
    "uniform",
    "unknown",
    "warn",
    "watched",
    "with_article",
]


def __dir__() -> list[str]:
    return sorted(__all__)


def inside_vmap() -> bool:
    """Whether a function that ``vmap`` maps is being called: what is drawn is for all samples.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import vmap
    >>> from autograd.extend import inside_vmap
    >>> told = []
    >>> f = vmap(lambda x: told.append(inside_vmap()) or x)
    >>> f(np.array([1.0, 2.0])), told, inside_vmap()
    (array([1., 2.]), [True], False)
    """
    return bool(sizes_in_force())


Observer = Callable[[Node, int, Node, Any, Any], None]


def cotangents(
    root: Node,
    cotangent: Any = None,
    *,
    observe: Observer | None = None,
) -> dict[Node, Any]:
    """Return d(root)/d(node) for the nodes that a gradient reaches; no ``.grad`` is touched.

    Parameters
    ----------
    root : Node
        Where the walk starts.
    cotangent : number or array of the root's shape, optional
        The cotangent of the root; 1 by default, for a root that is one number.
    observe : callable, optional
        Called as ``observe(node, slot, parent, cotangent, contribution)`` for every contribution.

    Returns
    -------
    dict of Node to number or array
        In the order of the walk, from the root to the leaves.

    Raises
    ------
    ValueError
        If the cotangent isn't of the root's shape, or a leaf's data changed after the forward pass.

    Examples
    --------
    >>> from autograd import Value
    >>> from autograd.extend import cotangents
    >>> x = Value(3.0)
    >>> y = x * x
    >>> z = 2 * y
    >>> found = cotangents(z)
    >>> found[z], found[y], found[x], x.grad
    (1.0, 2.0, 12.0, None)
    """
    return reverse.cotangents(root, root._check_cotangent(cotangent), observe=observe)


def replace_data(leaf: Node, data: Any) -> None:
    """Give a leaf new data, which nobody else holds: an array isn't copied if it fits.

    Parameters
    ----------
    leaf : Value or Tensor
        One that no operation made.
    data : number or array
        Of the leaf's own shape.

    Raises
    ------
    TypeError, ValueError
        If it is no leaf, or the data is of another kind or shape.

    Examples
    --------
    >>> from autograd import Value
    >>> x = Value(1.0)
    >>> replace_data(x, 2.5)
    >>> x
    Value(2.5)
    """
    leaf._replace_data(data)


def record_loop(
    step: Callable[..., Any],
    variables: Sequence[Any],
    memory: Any,
    rows: Sequence[Any],
    size: int,
    numbers: int = 0,
) -> TensorLoop:
    """Record a training loop's step once, to replay it over many batches in one call.

    See ``autograd.replay.tensors.tensor_loop.TensorLoop`` for the arguments.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import Tensor
    >>> w = Tensor([0.0])
    >>> def step(memory, rows, numbers):
    ...     (x,) = rows
    ...     loss = ((w - x) * (w - x)).mean()
    ...     (slope,) = gradients(loss, [w])
    ...     return [w - 0.5 * slope], memory, loss, [loss], []
    >>> loop = record_loop(step, [w], [], [np.array([[1.0], [3.0]])], size=1)
    >>> done = loop.run([w.data], [], np.array([[0], [1]]))  # to 1, and from there to 3
    >>> done.steps, done.outputs[0].tolist(), loop.state()[0]
    (2, [1.0, 4.0], [array([3.])])
    """
    from autograd.replay.tensors.tensor_loop import TensorLoop

    return TensorLoop(step, variables, memory, rows, size, numbers)


def is_sealed(x: Any) -> bool:
    """Return whether the numbers of an array or a Tensor can't be read.

    So it is with all that depends on arguments, while a function of Tensors is recorded for replay:
    a replay has other numbers. Code that checks numbers, or goes different ways for them, leaves
    that out there.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import jit
    >>> told = []
    >>> f = jit(lambda x: told.append(is_sealed(x)) or x.sum(), tensors=True)
    >>> f(np.array([1.0, 2.0])), all(told), is_sealed(np.ones(2))
    (3.0, True, False)
    """
    return type(raw(x)) is Sealed


def watched(x: Any) -> Any:
    """Return ``x``, an array or a list from outside that a function reads while it is recorded.

    If it is changed in place, a replay of Tensors notices, and the function is recorded again.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import jit
    >>> weights = np.array([1.0, 2.0])
    >>> f = jit(lambda v: (v * (watched(weights) / weights.sum())).sum(), tensors=True)
    >>> f(np.array([3.0, 6.0]))
    5.0
    >>> weights[0] = 0.0
    >>> f(np.array([3.0, 6.0]))
    6.0
    """
    tracer = current_mode().tracer
    if tracer is not None and isinstance(x, (np.ndarray, list)):
        tracer.keep(x, np.array(x))
    return x


def outside_objects(function: Callable[..., Any]) -> list[Any]:
    """Return what the names stand for that a function takes from its closure and its module.

    Functions of that module are followed, and of a list or a dict the elements are added. Where
    these are others than before, the function may compute something else.

    Examples
    --------
    >>> scale, widths = 2.0, [1.0, 3.0]
    >>> outside_objects(lambda x: scale * x * widths[0])
    [2.0, [1.0, 3.0], 1.0, 3.0]
    """
    from autograd.replay.outside_names import OutsideNames  # jit is loaded where it is used

    names = OutsideNames(function)
    names.look()
    return names.objects()


def eagerly(function: Callable[..., Any], x: Any, *others: Any) -> Any:
    """Return ``function(x, *others)`` as one instruction of a recording, by the eager engine.

    That is for a function that reads numbers: each replay calls it, on a Tensor and plain arrays.

    Parameters
    ----------
    function : callable
    x : Tensor
        What it is differentiated in.
    *others : Tensor or sealed array
        What it isn't differentiated in.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import jit
    >>> def largest(x):  # reads numbers
    ...     return x[int(np.argmax(x.data))]
    >>> f = jit(lambda x: 2 * eagerly(largest, x), tensors=True)
    >>> f.value_and_grad(np.array([1.0, 5.0, 3.0]))
    (10.0, array([0., 2., 0.]))
    """
    from autograd.replay.tensors.eager_call import eagerly

    return eagerly(function, x, *others)


def uniform(generator: np.random.Generator, shape: tuple[int, ...]) -> Any:
    """Return ``generator.random(shape)``: numbers from 0 to below 1.

    While a function of Tensors is recorded, it is a Tensor that every replay draws anew, from the
    same stream. What a function draws without it would be the same in every replay.

    Examples
    --------
    >>> import numpy as np
    >>> uniform(np.random.default_rng(0), (2,))
    array([0.63696169, 0.26978671])
    """
    if current_mode().tracer is None:
        return generator.random(shape)
    from autograd.replay.tensors.tensor_tracing import uniform

    return uniform(generator, shape)


def gradients(root: Node, variables: Sequence[Node]) -> list[Any]:
    """Return the gradients of one number, inside a function that is being recorded on Tensors.

    Parameters
    ----------
    root : Tensor or Value
        Of one element.
    variables : sequence of Node

    Returns
    -------
    list of Tensor, Value or None
        A part of the recording; None for a variable on which the root doesn't depend.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import jit
    >>> def descended(x):
    ...     (slope,) = gradients((x * x).sum(), [x])
    ...     return x - 0.25 * slope
    >>> jit(descended, tensors=True)(np.array([2.0, 4.0]))
    array([1., 2.])
    """
    from autograd.replay.tensors.gradient_graph import gradient_graph

    return gradient_graph(root, variables)
