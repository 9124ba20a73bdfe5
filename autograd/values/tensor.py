"""The array node: what scalars have too is in ``operators.py``, the rest of its methods that are
named after ops in ``array_methods.py``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from fractions import Fraction
from operator import add
from typing import Any, NoReturn, cast

import numpy as np
from numpy.linalg import LinAlgError

from autograd.node.mode import current_mode
from autograd.node.node import Node, as_flag, data_of, raw
from autograd.numbers.kinds import Array, DTypeLike, end_silence, quietly, silence, too_large
from autograd.numbers.per_sample import PerSample
from autograd.numbers.protocols import Numeric
from autograd.numbers.readonly import of_plain_kind, read_only
from autograd.numbers.words import with_article
from autograd.ops import scalars, shape
from autograd.ops.scalars import Scattered
from autograd.rules.op import Elementwise, Op
from autograd.rules.pullback import GAVE_NONE
from autograd.values.array_methods import ArrayMethods
from autograd.values.float_arrays import as_floats, lost_in_an_array, unreal
from autograd.values.plain_numbers import as_float
from autograd.values.unbroadcasting import undo_broadcasting
from autograd.values.value import Value, linked, record

_new = object.__new__

# Almost 32 MB, never written to and freed at once. The C library of Linux gives freed memory back
# to the system if it is more than twice the largest block that was ever freed, up to 32 MB; at
# first 128 kB. A graph is freed as a whole, and each page would be asked for anew in the next
# training step, which nearly doubles its time: docs/speed.md. Elsewhere there is no such threshold,
# and WebAssembly would keep the 32 MB. Where MALLOC_TRIM_THRESHOLD_ is set, that holds.
if sys.platform == "linux":
    np.empty(2**22 - 2**10)


class Tensor(ArrayMethods):
    """An array that remembers how it was computed.

    Parameters
    ----------
    data : array_like of real numbers
        Copied. float16, float32 and float64 are kept; integers and booleans become float64.
    requires_grad : bool
        Whether it is a variable, as by default, or a constant.
    dtype : dtype, optional
        The floating dtype to convert to.
    label : str
        A name for pictures and messages.

    Raises
    ------
    TypeError
        If ``data`` isn't made of real numbers, ``dtype`` isn't float16, float32 or float64, or
        ``requires_grad`` isn't a bool.

    Examples
    --------
    >>> from autograd import Tensor
    >>> x = Tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> (x * x).sum().backward()
    >>> x.grad
    array([[2., 4.],
           [6., 8.]])
    >>> x.shape, x.ndim, x.size, x.dtype, x.tolist()
    ((2, 2), 2, 4, dtype('float64'), [[1.0, 2.0], [3.0, 4.0]])
    >>> x.data = x.data - 0.5 * x.grad  # a step of gradient descent
    >>> x.sum().item(), (x * x.detach()).sum().requires_grad
    (0.0, True)
    """

    __slots__ = ()
    _rank = 1

    def __init__(
        self,
        data: Any,
        *,
        requires_grad: bool = True,
        dtype: DTypeLike | None = None,
        label: str = "",
    ) -> None:
        self._data = as_floats(data, dtype)
        self.op = self.params = self.grad = self.note = None
        self._a = self._b = self._x = self._y = None
        self.requires_grad = as_flag(requires_grad)
        if label:
            self.label = label

    @property
    def data(self) -> Array:
        """The array, read-only. A leaf's can be replaced: ``w.data = w.data - 0.1 * w.grad``."""
        return read_only(self._read())

    @data.setter
    def data(self, data: Any) -> None:
        self._refuse_interior()
        array = as_floats(data, self._data.dtype)
        if array.shape != self._data.shape:
            raise ValueError(
                f"a leaf keeps its shape: expected data of shape {self._data.shape}, "
                f"got {array.shape}"
            )
        self._data = array

    @property
    def shape(self) -> tuple[int, ...]:
        """The lengths of the axes."""
        found: tuple[int, ...] = self._data.shape
        return found

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return int(self._data.ndim)

    @property
    def size(self) -> int:
        """The number of elements."""
        return int(self._data.size)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The precision: float16, float32 or float64."""
        found: np.dtype[Any] = self._data.dtype
        return found

    # Plain numbers ---------------------------------------------------------------------------

    def detach(self) -> Tensor:
        """Return a constant with the same data: what is computed from it gets no gradient."""
        return Tensor(self._read(), requires_grad=False)

    def item(self) -> float:
        """Return the only element as a plain float: it carries no gradient."""
        if self._data.size != 1:
            raise ValueError(f"item() needs one element, got shape {self.shape}: use tolist()")
        found: float = self._read().item()
        return found

    def tolist(self) -> Any:
        """Return the elements as nested lists of plain floats: they carry no gradient."""
        return self._read().tolist()

    def _read(self) -> Array:
        """Return the numbers for what is no op: while a function is recorded, this is noted."""
        if (tracer := current_mode().tracer) is not None:
            tracer.read(self)
        numbers: Array = self._data
        return numbers

    def _plain(self, to: str) -> Any:
        return super()._plain(to) if self.requires_grad else self.item()

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> Array:
        if self.requires_grad:
            raise TypeError(lost_in_an_array())
        array = np.array(self._read(), dtype, copy=copy)
        if array is self._data:
            array = array.view()
            array.flags.writeable = False
        return array

    # Python's protocols ----------------------------------------------------------------------

    def __len__(self) -> int:
        if not self._data.ndim:
            raise TypeError("a 0-d tensor has no length")
        return len(self._data)

    def __iter__(self) -> Iterator[Tensor]:
        return (self[k] for k in range(len(self)))

    def __contains__(self, x: Any) -> bool:
        return bool(np.any(self == x))

    def __bool__(self) -> bool:
        if self._data.size != 1:
            raise ValueError(
                f"the truth of a tensor of shape {self.shape} is ambiguous: use (t > 0).any() or "
                "(t > 0).all()"
            )
        return bool(self._data.item())

    def __setitem__(self, index: Any, value: Any) -> NoReturn:
        raise TypeError(
            "a Tensor isn't changed in place: t = autograd.set_at(t, index, value) or "
            "t = autograd.where(condition, value, t) makes a new one, and records it"
        )

    def __repr__(self) -> str:
        parts = [_text(self._data)]
        if self.dtype != np.float64:
            parts.append(f"dtype={self.dtype}")
        if self.grad is not None:
            parts.append("grad=" + _text(raw(self.grad), indent=5))
        if not self.requires_grad:
            parts.append("requires_grad=False")
        if self.label:
            parts.append(f"label={self.label!r}")
        separator = ",\n       " if any("\n" in part for part in parts) else ", "
        return f"Tensor({separator.join(parts)})"

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if spec else repr(self)

    # To scalars and back ---------------------------------------------------------------------

    def scalars(self) -> Array:
        """Return an array of Values, the elements of this tensor: gradients flow back into it.

        Returns
        -------
        array of Value, of the shape of this tensor

        Examples
        --------
        >>> from autograd import Tensor
        >>> t = Tensor([2.0, 3.0])
        >>> a, b = t.scalars()
        >>> (a * b).backward()
        >>> t.grad
        array([3., 2.])
        """
        mode = current_mode()
        numbers = self._data.ravel().tolist()
        made: list[Value]
        if self.requires_grad and mode.recording:
            source = cast(Node, scalars.unstack(self))
            x, op = source._data, scalars.element
            made = [
                linked(op, z, source, None, x, None, {"index": k}, mode.note)
                for k, z in enumerate(numbers)
            ]
            if mode.watcher is not None:
                for node in made:
                    mode.watcher(node)
        else:
            made = [Value(z, requires_grad=False) for z in numbers]
        return np.fromiter(made, object, len(made)).reshape(self.shape)

    @staticmethod
    def from_scalars(values: Any) -> Tensor:
        """Return a tensor made of Values: gradients flow back into them.

        Parameters
        ----------
        values : array_like of Value and float
            An object array, or nested lists of one shape.

        Returns
        -------
        Tensor, float64, of the shape of ``values``

        Raises
        ------
        TypeError
            If something in it isn't a real number.

        Examples
        --------
        >>> from autograd import Tensor, Value
        >>> a, b = Value(2.0), Value(3.0)
        >>> Tensor.from_scalars([a, b]).prod().backward()
        >>> a.grad, b.grad
        (3.0, 2.0)
        """
        array = np.asarray(of_plain_kind(values), object)
        for x in array.flat:
            if isinstance(raw(x), str | complex | np.ndarray):
                raise TypeError(
                    "from_scalars takes an array of Values and plain real numbers, got "
                    f"{with_article(x)} in it"
                )
        made = scalars.from_scalars(tuple(array.flat), shape=array.shape)
        if isinstance(made, Tensor):
            return made
        return Tensor(made, requires_grad=False)  # there was no Value

    # What the walk and the ops ask of a node -------------------------------------------------

    def _replace_data(self, data: Any) -> None:
        old = self._data
        if type(data) is np.ndarray and data.dtype is old.dtype and data.shape == old.shape:
            self._data = data
        else:
            self.data = data

    def _check_cotangent(self, cotangent: Any, word: str = "cotangent") -> Numeric | Node:
        if cotangent is None:
            if self._data.size != 1:
                raise ValueError(
                    f"backward() of a tensor of shape {self.shape} needs a cotangent of that "
                    "shape: call backward(np.ones(...)), or reduce to a scalar first (.sum())"
                )
            return np.ones(self._data.shape, self._data.dtype)
        given: Tensor | Array = scalars.operand(cotangent)
        if not isinstance(given, Node):
            given = as_floats(given, self._data.dtype)
        if given.shape != self.shape:
            raise ValueError(f"expected a {word} of shape {self.shape}, got {given.shape}")
        return given

    def _unbroadcast(self, contribution: Any) -> Numeric | Node | Scattered:
        data = self._data
        if type(contribution) is not np.ndarray:
            if type(contribution) is scalars.Scattered:
                return contribution
            if contribution is None:
                raise TypeError(GAVE_NONE)
            contribution = scalars.operand(contribution)
        own: Tensor | Array = contribution
        if own.shape != data.shape:
            own = undo_broadcasting(own, data.shape)
        if own.dtype != data.dtype:
            own = shape.astype(own, data.dtype)
        return own

    def _accumulate(self, cotangent: Numeric | Node) -> Numeric | Node:
        if self.grad is not None:
            total: Numeric | Node = quietly(add, self.grad, cotangent)
            # A sum of arrays without axes is a NumPy number.
            return total if isinstance(total, Node) else np.asarray(total)
        # A copy of its own, for contributions are shared: both operands of a sum get the same.
        return cotangent if isinstance(cotangent, Node) else np.array(cotangent)

    def _apply(self, op: Op, operands: tuple[Any, ...], settings: dict[str, Any]) -> Node:
        parents = operands
        for x in operands:
            if not isinstance(x, Node):
                dtype = self._data.dtype
                parents = tuple(
                    [p if isinstance(p, Node) else constant_beside(p, dtype) for p in operands]
                )
                for p in parents:
                    if p._rank > self._rank:  # numbers of samples, inside of vmap
                        return cast(Node, p._apply(op, parents, settings))
                break
        numbers = tuple(map(data_of, parents))
        before = silence()  # ``quietly`` would be one more call
        try:
            z = op.on_array(*numbers, **settings)
        except ValueError as error:
            raise _explained(error, op, numbers) from None
        except OverflowError as error:
            raise too_large(error, f"{op.name}: a number") from None
        except AttributeError:
            z = quietly(op.on_array, *numbers, **settings)  # which explains it
        finally:
            end_silence(before)
        if op.scalar:
            return record(_new(Value), op, z, parents, numbers, settings)
        if type(z) is not np.ndarray:
            z = np.asarray(z)
        if z.dtype.kind != "f":
            raise unreal(z, op, numbers)
        return record(_new(Tensor), op, z, parents, numbers, settings)


def _text(array: Any, indent: int = 0) -> str:
    return np.array2string(array, separator=", ", prefix=" " * (7 + indent))


def constant_beside(x: Any, dtype: np.dtype[Any]) -> Node:
    """Return a constant for what a Tensor meets: a copy, which later changes of ``x`` don't reach.

    A plain number is no array, and so it doesn't widen float32; nor does an array of booleans.
    """
    if isinstance(x, PerSample):
        made: Node = x.constant()
        return made
    if isinstance(x, np.ndarray | np.generic) or not isinstance(x, (int, float, complex, Fraction)):
        array = np.asanyarray(x)
        if array.dtype.kind in "iub":
            array = array.astype(np.result_type(array.dtype, dtype))
        return Tensor(array, requires_grad=False)
    return Value(as_float(x) if isinstance(x, Fraction) else x, requires_grad=False)


def _explained(error: ValueError, op: Op, numbers: tuple[Any, ...]) -> ValueError:
    shapes = " and ".join(str(np.shape(n)) for n in numbers)
    if isinstance(op, Elementwise):
        return ValueError(
            f"{op.name}: operands of shapes {shapes} don't broadcast together: lengths must be "
            "equal or 1, counted from the last axis"
        )
    kind = LinAlgError if isinstance(error, LinAlgError) else ValueError
    return kind(f"{op.name} of shape{'s' * (len(numbers) > 1)} {shapes}: {error}")
