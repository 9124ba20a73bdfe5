"""Calls of every differentiable function of NumPy, as texts: run by NumPy, here and by JAX alike.

``np`` in them is NumPy or ``jax.numpy``; x, y and the others are the arrays below.
"""

from __future__ import annotations

import numpy as np

from autograd.rules.numpy_advice import dispatched
from autograd.rules.op_registry import is_plain, numpy_functions

rng = np.random.default_rng(20250611)


def distinct(*shape: int, low: float = -2.0, high: float = 2.0) -> np.ndarray:
    """Numbers of which no two are near one another, nor any near 0."""
    size = int(np.prod(shape))
    return rng.permutation(np.linspace(low, high, size + 1)[:-1] + 0.6 / (size + 1)).reshape(shape)


ARRAYS = {
    "x": distinct(3, 4),
    "y": distinct(3, 4),
    "v": distinct(5),
    "w": distinct(5, low=-1.8, high=2.3),
    "u": distinct(3),
    "p": distinct(3, 4, low=0.2, high=0.9),
    "q": distinct(3, 4, low=0.3, high=1.1),
    "c": distinct(2, 3, 4),
    "a": distinct(2, 3),
    "b": distinct(3, 2),
    "up": np.array([0.45, 1.27, 2.13, 3.5, 4.1]),
}
# Settings, which are plain.
PLAIN = {
    "MASK": np.array([[True, False, True, True], [False] * 4, [True, True, False, True]]),
    "PLACES": np.array([2, 0, 2]),
    "NANS": np.array([[0, np.nan, 0, 0], [0, 0, np.nan, np.nan], [0, 0, 0, 0]]),
}

# By the name in numpy: one call or more.
CALLS: dict[str, tuple[str, ...]] = {
    # sums and products of elements
    "sum": ("np.sum(x)", "np.sum(c, axis=(0, 2), keepdims=True)", "np.sum(x, where=MASK)",
            "np.sum(x, 0, initial=3.0)"),
    "prod": ("np.prod(x)", "np.prod(c, axis=1)", "np.prod(x, axis=1, where=MASK, initial=2.0)"),
    "mean": ("np.mean(x)", "np.mean(x, axis=-1)", "np.mean(x, axis=0, where=MASK)"),
    "var": ("np.var(x, ddof=1)", "np.var(x, axis=0)", "np.var(x, axis=0, where=MASK)"),
    "std": ("np.std(x)", "np.std(x, axis=1, ddof=1)", "np.std(x, where=MASK)",
            "np.std(c, axis=(0, 2), where=c > -1)"),
    "average": ("np.average(x)", "np.average(x, weights=p)", "np.average(x, 0, weights=u * u)",
                "np.average(x, axis=1, weights=p, returned=True)"),
    "nansum": ("np.nansum(x + NANS)", "np.nansum(x + NANS, axis=1)"),
    "nanprod": ("np.nanprod(x + NANS)", "np.nanprod(x + NANS, axis=0)"),
    "nanmean": ("np.nanmean(x + NANS)", "np.nanmean(x + NANS, axis=1)"),
    "nanvar": ("np.nanvar(x + NANS)", "np.nanvar(x + NANS, axis=1, ddof=1)"),
    "nanstd": ("np.nanstd(x + NANS)", "np.nanstd(x + NANS, axis=1)"),
    "cumsum": ("np.cumsum(x)", "np.cumsum(c, axis=1)"),
    "cumprod": ("np.cumprod(x)", "np.cumprod(c, axis=1)"),
    "nancumsum": ("np.nancumsum(x + NANS)", "np.nancumsum(x + NANS, axis=0)"),
    "nancumprod": ("np.nancumprod(x + NANS)", "np.nancumprod(x + NANS, axis=1)"),
    "cumulative_sum": ("np.cumulative_sum(v)",
                       "np.cumulative_sum(x, axis=1, include_initial=True)"),
    "cumulative_prod": ("np.cumulative_prod(v, include_initial=True)",),
    "trace": ("np.trace(x)", "np.trace(c, offset=1, axis1=2, axis2=0)"),
    # extremes and order
    "max": ("np.max(x)", "np.max(x, axis=1)", "np.max(x, axis=0, where=MASK, initial=-9.0)"),
    "min": ("np.min(x)", "np.min(c, axis=(0, 2))", "np.min(x, where=MASK, initial=9.0)"),
    "amax": ("np.amax(x, axis=0)",),
    "amin": ("np.amin(x, axis=0)",),
    "nanmax": ("np.nanmax(x + NANS)", "np.nanmax(x + NANS, axis=1)"),
    "nanmin": ("np.nanmin(x + NANS)", "np.nanmin(x + NANS, axis=0)"),
    "ptp": ("np.ptp(x)", "np.ptp(x, axis=1, keepdims=True)"),
    "sort": ("np.sort(x)", "np.sort(x, axis=0)", "np.sort(x, axis=None)"),
    "partition": ("np.sort(np.partition(x, 2)[:, :2])", "np.partition(v, [1, 3])[1::2]"),
    "median": ("np.median(x)", "np.median(v)", "np.median(c, axis=(0, 2), keepdims=True)"),
    "quantile": ("np.quantile(x, 0.3)", "np.quantile(x, [0.1, 0.9], axis=1)",
                 "np.quantile(c, 0.7, axis=(0, 1))", "np.quantile(v, 0.4, method='lower')",
                 "np.quantile(v, 0.6, method='midpoint')", "np.quantile(v, 0.4, method='hazen')"),
    "percentile": ("np.percentile(x, 30)", "np.percentile(x, [10, 50, 90], axis=0)"),
    "nanmedian": ("np.nanmedian(x + NANS)", "np.nanmedian(x + NANS, axis=1)"),
    "nanquantile": ("np.nanquantile(x + NANS, 0.3)",
                    "np.nanquantile(x + NANS, [0.2, 0.9], axis=0)"),
    "nanpercentile": ("np.nanpercentile(x + NANS, 30, axis=1)",),
    "unique": ("np.unique(x)", "np.unique(np.round(x))"),
    "unique_values": ("np.unique_values(x)",),
    "union1d": ("np.union1d(v, w)",),
    "intersect1d": ("np.intersect1d(v, np.concatenate([w, v[:2]]))",),
    "setdiff1d": ("np.setdiff1d(v, v[1:3])",),
    "setxor1d": ("np.setxor1d(v, np.concatenate([w, v[:2]]))",),
    # element by element
    "where": ("np.where(MASK, x, y)",),
    "clip": ("np.clip(x, -1.0, 1.0)", "np.clip(x, None, 0.5)"),
    "round": ("np.round(x)", "np.round(x, 1)"),
    "around": ("np.around(x, 1)",),
    "fix": ("np.fix(x)",),
    "sinc": ("np.sinc(x)",),
    "i0": ("np.i0(4 * x)",),
    "real": ("np.real(x)",),
    "imag": ("np.imag(x)",),
    "angle": ("np.angle(x)", "np.angle(x, deg=True)"),
    "real_if_close": ("np.real_if_close(x)",),
    "nan_to_num": ("np.nan_to_num(x + NANS, nan=1.0)",),
    "unwrap": ("np.unwrap(4 * x)", "np.unwrap(9 * v, period=4)"),
    "select": ("np.select([x > 1, x > 0], [x * x, y], 2.5)", "np.select([x > 1], [y])"),
    "choose": ("np.choose(PLACES, [u, u * u, u[::-1]])",),
    "piecewise": ("np.piecewise(x, [x < 0, x >= 1], [lambda t: t * t, 3.0, lambda t: t ** 3])",),
    "interp": ("np.interp(v, up, w)", "np.interp(v + 2, up, w, left=1.0, right=2.0)",
               "np.interp(4 * v, up, w, period=5.0)"),
    # products
    "dot": ("np.dot(a, b)", "np.dot(v, w)", "np.dot(x, c[0, 0])"),
    "inner": ("np.inner(x, y)",),
    "outer": ("np.outer(v, w)",),
    "linalg.outer": ("np.linalg.outer(v, w)",),
    "vdot": ("np.vdot(x, y)",),
    "linalg.vecdot": ("np.linalg.vecdot(x, y)",),
    "tensordot": ("np.tensordot(x, y)", "np.tensordot(c, x, axes=([1, 2], [0, 1]))"),
    "einsum": ("np.einsum('ij,kj->ik', x, y)", "np.einsum(x, [0, 1], y, [2, 1], [0, 2])",
               "np.einsum(x, [0, 1])"),
    "kron": ("np.kron(a, b)", "np.kron(v, a)", "np.kron(a, c)"),
    "cross": ("np.cross(a, c[:, :, 0])", "np.cross(x, y, axis=0)",
              "np.cross(x, b[:, 0], axisa=0, axisb=0, axisc=0)"),
    "linalg.cross": ("np.linalg.cross(a, a[::-1])",),
    "linalg.matmul": ("np.linalg.matmul(a, b)",),
    "linalg.tensordot": ("np.linalg.tensordot(a, b, axes=1)",),
    "linalg.diagonal": ("np.linalg.diagonal(c, offset=1)",),
    "linalg.trace": ("np.linalg.trace(c, offset=1)",),
    "linalg.norm": ("np.linalg.norm(x)", "np.linalg.norm(c, axis=-1)"),
    "convolve": ("np.convolve(v, u)", "np.convolve(u, v, 'same')", "np.convolve(v, u, 'valid')"),
    "correlate": ("np.correlate(v, u)", "np.correlate(v, u, 'full')", "np.correlate(v, u, 'same')",
                  "np.correlate(u, v, 'full')", "np.correlate(u[:2], v, 'same')"),
    "cov": ("np.cov(x)", "np.cov(v, w)", "np.cov(x, rowvar=False, bias=True)",
            "np.cov(x, fweights=[1, 2, 1, 3], aweights=[0.5, 1, 2, 1])"),
    "corrcoef": ("np.corrcoef(x)", "np.corrcoef(v, w)"),
    # polynomials
    "polyval": ("np.polyval(v, x)", "np.polyval([1.0, 2.0], x)", "np.polyval(v, 2.0)"),
    "polyadd": ("np.polyadd(v, u)",),
    "polysub": ("np.polysub(u, v)",),
    "polymul": ("np.polymul(v, u)",),
    "polydiv": ("np.polydiv(v, np.append(1.0, u))",),
    "polyder": ("np.polyder(v)", "np.polyder(v, 2)"),
    "polyint": ("np.polyint(v)", "np.polyint(v, 2, k=3.0)", "np.polyint(v, 2, k=u[:2])"),
    "poly": ("np.poly(v)",),
    "polyfit": ("np.polyfit(up, v, 2)", "np.polyfit(up, v, 1, w=w * w)",
                "np.polyfit(up, np.stack([v, w], 1), 2)"),
    "vander": ("np.vander(v)", "np.vander(v, 3, increasing=True)"),
    # differences and integrals
    "diff": ("np.diff(x)", "np.diff(x, 2, axis=0)", "np.diff(v, prepend=0.0)",
             "np.diff(x, axis=0, prepend=y[:1], append=1.0)"),
    "ediff1d": ("np.ediff1d(x)", "np.ediff1d(v, to_begin=u, to_end=[3.0])"),
    "gradient": ("np.gradient(v)", "np.gradient(v, up)", "np.gradient(x, 0.5, axis=1)",
                 "np.gradient(v, 2.0, edge_order=2)", "np.gradient(v, up, edge_order=2)",
                 "np.gradient(x)"),
    "trapezoid": ("np.trapezoid(x)", "np.trapezoid(v, up)", "np.trapezoid(x, dx=0.5, axis=0)",
                  "np.trapezoid(x, np.cumsum(p, axis=1))"),
    "linspace": ("np.linspace(u[0], u[1], 7)", "np.linspace(u, 2.0, 4, endpoint=False)",
                 "np.linspace(u, -u, 5, axis=1)"),
    "logspace": ("np.logspace(u[0], u[1], 4)", "np.logspace(0.0, u, 3, base=2.0)"),
    "geomspace": ("np.geomspace(p[0, 0], 3.0, 5)", "np.geomspace(p[0], q[0], 4)"),
    "bincount": ("np.bincount([0, 2, 2, 1, 0], weights=v)",
                 "np.bincount([0, 1, 1], weights=u, minlength=5)"),
    # shapes
    "reshape": ("np.reshape(x, (2, 6))", "np.reshape(x, -1, order='F')",
                "np.reshape(c, (6, 4), order='F')"),
    "ravel": ("np.ravel(x)", "np.ravel(c, order='F')"),
    "squeeze": ("np.squeeze(x[None])",),
    "expand_dims": ("np.expand_dims(x, (0, 2))",),
    "broadcast_to": ("np.broadcast_to(u, (2, 3))",),
    "broadcast_arrays": ("np.broadcast_arrays(x, v[:4], x[:, :1])",),
    "astype": ("np.astype(x, 'f8')",),
    "copy": ("np.copy(x, order='F')",),
    "full_like": ("np.full_like(x, u[0])",),
    "atleast_1d": ("np.atleast_1d(u[0])",),
    "atleast_2d": ("np.atleast_2d(u)",),
    "atleast_3d": ("np.atleast_3d(x)",),
    "transpose": ("np.transpose(c, (2, 0, 1))", "np.transpose(x)"),
    "permute_dims": ("np.permute_dims(c, (1, 0, 2))",),
    "moveaxis": ("np.moveaxis(c, 0, -1)",),
    "rollaxis": ("np.rollaxis(c, 2)", "np.rollaxis(c, 0, 2)", "np.rollaxis(c, 1, 3)"),
    "swapaxes": ("np.swapaxes(c, 0, 2)",),
    "matrix_transpose": ("np.matrix_transpose(c)",),
    "linalg.matrix_transpose": ("np.linalg.matrix_transpose(c)",),
    "flip": ("np.flip(x)", "np.flip(c, (0, 2))"),
    "flipud": ("np.flipud(x)",),
    "fliplr": ("np.fliplr(x)",),
    "rot90": ("np.rot90(x)", "np.rot90(x, 2)", "np.rot90(c, 3, axes=(1, 2))", "np.rot90(x, 4)"),
    "roll": ("np.roll(x, 2)", "np.roll(c, (1, -1), (0, 2))"),
    "fft.fftshift": ("np.fft.fftshift(x)", "np.fft.fftshift(v)", "np.fft.fftshift(c, axes=1)"),
    "fft.ifftshift": ("np.fft.ifftshift(x)", "np.fft.ifftshift(v)"),
    "tile": ("np.tile(u, (2, 2))",),
    "repeat": ("np.repeat(x, 2, axis=1)",),
    "resize": ("np.resize(x, (3, 5))", "np.resize(v, (2, 2))"),
    "pad": ("np.pad(x, 1)", "np.pad(x, ((1, 2), (0, 1)), constant_values=2.0)",
            "np.pad(x, 2, mode='reflect')", "np.pad(v, (1, 3), 'edge')",
            "np.pad(x, ((0, 1), (2, 0)), 'wrap')", "np.pad(v, 2, mode='symmetric')"),
    # joining and cutting
    "concatenate": ("np.concatenate([x, y], axis=1)", "np.concatenate((x, v), axis=None)"),
    "stack": ("np.stack([x, y], axis=-1)",),
    "unstack": ("np.unstack(x, axis=1)",),
    "vstack": ("np.vstack([x, v[:4]])",),
    "hstack": ("np.hstack([x, y])", "np.hstack([u, v])"),
    "dstack": ("np.dstack([x, y])", "np.dstack([u, u])"),
    "column_stack": ("np.column_stack([u, x])",),
    "block": ("np.block([[x, y], [y, x]])", "np.block([u, v, 1.0])", "np.block([[u], [u]])"),
    "append": ("np.append(x, v)", "np.append(x, y[:1], axis=0)"),
    "insert": ("np.insert(v, 2, 5.0)", "np.insert(v, [1, 3], u[:2])",
               "np.insert(x, 1, u, axis=1)", "np.insert(x, slice(0, 2), 0.0, axis=1)"),
    "delete": ("np.delete(v, 1)", "np.delete(x, [0, 2], axis=1)"),
    "split": ("np.split(x, 2, axis=1)",),
    "array_split": ("np.array_split(v, 3)",),
    "hsplit": ("np.hsplit(x, 2)", "np.hsplit(v, [2])"),
    "vsplit": ("np.vsplit(x, 3)",),
    "dsplit": ("np.dsplit(c, 2)",),
    "trim_zeros": ("np.trim_zeros(np.pad(v, 2))", "np.trim_zeros(np.pad(v, 2), 'f')"),
    # elements
    "take": ("np.take(x, PLACES)", "np.take(x, PLACES, axis=1)"),
    "take_along_axis": ("np.take_along_axis(x, np.argsort(ARGUMENT, axis=1), axis=1)",),
    "compress": ("np.compress([True, False, True], x, axis=0)", "np.compress([False, True], x)"),
    "extract": ("np.extract(MASK, x)",),
    "diag": ("np.diag(x)", "np.diag(v, 1)"),
    "diagflat": ("np.diagflat(a)", "np.diagflat(v, -1)"),
    "diagonal": ("np.diagonal(c, 1, 2, 0)",),
    "tril": ("np.tril(x)",),
    "triu": ("np.triu(x, 1)",),
    "meshgrid": ("np.meshgrid(u, v)", "np.meshgrid(u, v, indexing='ij', sparse=True)",
                 "np.meshgrid(u, v, u[:2])"),
    "ix_": ("np.ix_(u, v)",),
    "lib.stride_tricks.sliding_window_view": (
        "np.lib.stride_tricks.sliding_window_view(v, 3)",
        "np.lib.stride_tricks.sliding_window_view(x, (2, 2))"),
    "apply_along_axis": ("np.apply_along_axis(lambda r: r * r[0], 1, x)",
                         "np.apply_along_axis(lambda r: (r * r).sum(), 0, c)"),
    "apply_over_axes": ("np.apply_over_axes(np.sum, c, [0, 2])",),
    # ufuncs that need arguments of their own
    "ldexp": ("np.ldexp(x, PLACES[:, None])",),
    "heaviside": ("np.heaviside(x, 0.5)",),
    "matmul": ("np.matmul(a, b)", "np.matmul(c, v[:4])"),
    "vecdot": ("np.vecdot(x, y)",),
    "matvec": ("np.matvec(c, v[:4])",),
    "vecmat": ("np.vecmat(u, c)",),
    "arccosh": ("np.arccosh(p + 1)",),
    "reciprocal": ("np.reciprocal(p)",),
}  # fmt: skip
PLAIN["ARGUMENT"] = ARRAYS["x"]


def calls() -> list[tuple[str, str]]:
    """Return every name with each of its calls: of a ufunc that has none here, on p and q."""
    found = []
    here = numpy_functions()
    for function, name in dispatched():
        if function not in here or is_plain(function):
            continue
        texts = CALLS.get(name)
        if texts is None and isinstance(function, np.ufunc):
            texts = (f"np.{name}({', '.join(['p', 'q'][: function.nin])})",)
        if texts is None and name.startswith("linalg."):  # test_linalg_calls.py has those
            continue
        found += [(name, text) for text in texts or ("",)]
    return found


def operands(text: str) -> dict[str, np.ndarray]:
    """Return the arrays that a call names."""
    names = set(compile(text, "<call>", "eval").co_names)
    nested = [c for c in compile(text, "<call>", "eval").co_consts if hasattr(c, "co_names")]
    names = names.union(*(set(c.co_names) for c in nested))
    return {name: x for name, x in ARRAYS.items() if name in names}


def run(text: str, xp: object, arrays: dict) -> list:
    """Return the results of a call in a list."""
    found = eval(text, {"np": xp, **PLAIN, **arrays})
    return list(found) if isinstance(found, (tuple, list)) else [found]
