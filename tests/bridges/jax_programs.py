"""Functions written in JAX, with arguments: what the bridge is held against ``jax.vjp`` on."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.scipy import linalg, ndimage, special, stats

_rng = np.random.default_rng(0)


def _normal(*shape: int) -> Any:
    return _rng.normal(size=shape).astype(np.float32)


V, W, SQUARE = _normal(3, 4), _normal(4, 3), _normal(3, 3)
POSITIVE = np.abs(V) + np.float32(0.3)
UNIT = np.tanh(V) * np.float32(0.9)
DEFINITE = SQUARE @ SQUARE.T + 3 * np.eye(3, dtype=np.float32)
IMAGES, KERNELS = _normal(2, 3, 6, 6), _normal(4, 3, 3, 3)


class Program(NamedTuple):
    """A function and its arguments."""

    f: Callable[..., Any]
    args: tuple[Any, ...]


def _of(module: Any, names: str, *args: Any) -> dict[str, Program]:
    prefix = module.__name__.rpartition(".")[2]
    return {f"{prefix}.{name}": Program(getattr(module, name), args) for name in names.split()}


def _rnn(W: Any, U: Any, x: Any) -> Any:
    def cell(h: Any, t: Any) -> Any:
        h = jnp.tanh(W @ h + U @ t)
        return h, h.sum()

    h, sums = lax.scan(cell, jnp.zeros(3), x)
    return h.sum() + (sums * sums).sum()


def _attention(q: Any, k: Any, v: Any, mask: Any = None) -> Any:
    scores = jnp.einsum("btd,bsd->bts", q, k) / jnp.sqrt(q.shape[-1])
    if mask is not None:
        scores = jnp.where(mask, scores, -jnp.inf)
    return jnp.einsum("bts,bsd->btd", jax.nn.softmax(scores), v)


def _cross_entropy(logits: Any, labels: Any) -> Any:
    return -jnp.take_along_axis(jax.nn.log_softmax(logits), labels[:, None], 1).mean()


def _window(reduce: Any, start: float) -> Callable[[Any], Any]:
    shape = (1, 1, 2, 2)
    return lambda x: lax.reduce_window(x, start, reduce, shape, shape, "VALID")


# Those of every push.
COMMON: dict[str, Program] = {
    **_of(jnp, "sin tanh exp abs square sinc floor std", V),
    **_of(jnp, "sort cumsum max mean ravel transpose trace", V),
    **_of(jnp, "log sqrt", POSITIVE),
    **_of(jnp, "multiply divide maximum arctan2 logaddexp power", POSITIVE, V),
    **_of(jax.nn, "relu sigmoid silu gelu softmax logsumexp", V),
    **_of(special, "erf digamma gammaln", POSITIVE),
    **_of(special, "logit ndtri", POSITIVE / 4),
    **_of(special, "erfinv log_ndtr", UNIT),
    "polygamma": Program(lambda x: special.polygamma(1, x), (POSITIVE,)),
    "concatenate": Program(lambda x, y: jnp.concatenate([x, y], 1), (V, POSITIVE)),
    "stack": Program(lambda x, y: jnp.stack([x, y]), (V, POSITIVE)),
    "split": Program(lambda x: jnp.multiply(*jnp.split(x, 2, 1)), (V,)),
    "pad": Program(lambda x: jnp.pad(x, ((1, 2), (0, 1)), constant_values=2.0), (V,)),
    "pad and cut": Program(lambda x: lax.pad(x, 0.5, ((-1, 2, 1), (1, -1, 0))), (V,)),
    "slice": Program(lambda x: x[1:, ::2], (V,)),
    "an element": Program(lambda x: x[::-1, -1], (V,)),
    "rows twice": Program(lambda x: x[jnp.array([0, 2, 0])], (V,)),
    "take with fill": Program(
        lambda x: jnp.take(x, jnp.array([0, 9]), 1, mode="fill", fill_value=7.0), (V,)
    ),
    "set": Program(lambda x, y: x.at[1, 2].set(y[0, 0]), (V, POSITIVE)),
    "add at": Program(lambda x, y: x.at[jnp.array([0, 0])].add(y[0]), (V, POSITIVE)),
    "dynamic slice": Program(lambda x: lax.dynamic_slice(x, (1, 1), (2, 2)), (V,)),
    "dynamic update": Program(
        lambda x, y: lax.dynamic_update_slice(x, y[:2, :2], (1, 1)), (V, POSITIVE)
    ),
    "where": Program(lambda x: jnp.where(x > 0, x, x**2), (V,)),
    "a nan that where hides": Program(lambda x: jnp.where(x > 0, jnp.sqrt(x), 0.0), (V,)),
    "clip": Program(lambda x: jnp.clip(x, -0.5, 0.5), (V,)),
    "matmul": Program(jnp.matmul, (V, W)),
    "batched product": Program(
        lambda x, y: jnp.einsum("bij,bjk->bik", x, y), (_normal(2, 3, 4), _normal(2, 4, 2))
    ),
    "convolution": Program(
        lambda x, k: lax.conv_general_dilated(x, k, (2, 2), "VALID", rhs_dilation=(2, 1)),
        (IMAGES, KERNELS),
    ),
    "max pool": Program(_window(lax.max, -np.inf), (IMAGES,)),
    "qr, both results": Program(lambda x: jnp.multiply(*jnp.linalg.qr(x)), (DEFINITE,)),
    "rnn": Program(_rnn, (SQUARE, V, _normal(5, 4))),
    "scan from the end": Program(
        lambda x: lax.scan(lambda c, t: (c * t[0], c + t), jnp.float32(1), x, reverse=True)[1],
        (V,),
    ),
    "fori_loop": Program(lambda x: lax.fori_loop(0, 3, lambda i, c: jnp.sin(c) * i, x), (V,)),
    "cond": Program(lambda x: lax.cond(x.sum() > 0, jnp.sin, jnp.cos, x), (V,)),
    "checkpoint": Program(jax.checkpoint(lambda x: jnp.sin(jnp.sin(x))), (V,)),
    "vmap": Program(jax.vmap(lambda row: jnp.sort(row) * row.sum()), (V,)),
    "grad inside": Program(jax.vmap(jax.grad(lambda x: jnp.sin(x[0]) * x[1] ** 2)), (V,)),
    "causal attention": Program(
        partial(_attention, mask=np.tri(5, dtype=bool)), tuple(_normal(2, 5, 4) for _ in range(3))
    ),
    "cross entropy": Program(_cross_entropy, (V, np.array([0, 3, 1]))),
    "no elements": Program(lambda x: x[:0].sum() + x.sum(), (V,)),
}

# And those of the night.
MATRICES: dict[str, Program] = {
    **_of(jnp.linalg, "inv det cholesky", DEFINITE),
    **_of(jnp.linalg, "pinv svdvals", V),
    "logabsdet": Program(lambda x: jnp.linalg.slogdet(x).logabsdet, (SQUARE,)),
    "det of five rows": Program(jnp.linalg.det, (_normal(5, 5),)),
    "largest singular value": Program(lambda x: jnp.linalg.norm(x, 2), (V,)),
    "solve": Program(jnp.linalg.solve, (DEFINITE, SQUARE)),
    "triangular solve": Program(
        lambda a, b: linalg.solve_triangular(a, b, lower=True, trans=1), (DEFINITE, SQUARE)
    ),
    "triangle of ones": Program(
        lambda a, b: linalg.solve_triangular(a, b, unit_diagonal=True), (SQUARE, V)
    ),
    "qr of a tall matrix": Program(lambda x: jnp.linalg.qr(x)[0], (W,)),
    "expm": Program(linalg.expm, (SQUARE,)),
}

OTHERS: dict[str, Program] = {
    "eigh": Program(lambda x: jnp.linalg.eigh(x).eigenvectors ** 2, (DEFINITE,)),
    "dropout": Program(
        lambda x: jnp.where(jax.random.bernoulli(jax.random.key(0), 0.5, x.shape), x * 2, 0), (V,)
    ),
    "switch": Program(lambda x: lax.switch(2, [jnp.sin, jnp.cos, jnp.tanh], x), (V,)),
    "tile": Program(lambda x: jnp.tile(x, (2, 1)), (V,)),
    "attention": Program(_attention, tuple(_normal(2, 5, 4) for _ in range(3))),
    **_of(jnp, "cos tan sinh cosh exp2 expm1 sign negative arcsinh arctan ceil rint trunc cbrt", V),
    **_of(jnp, "deg2rad fliplr var median diff tril nan_to_num", V),
    **_of(jnp, "prod cumprod flip min sum ptp nansum nanmax i0 triu average rot90", V),
    **_of(jnp, "log1p log2 log10 reciprocal", POSITIVE),
    **_of(jnp, "hypot fmod", POSITIVE, V),
    **_of(jnp, "arcsin arccos arctanh", UNIT),
    **_of(
        jnp, "add subtract minimum fmax logaddexp2 copysign mod remainder float_power kron", V, V
    ),
    **_of(
        jax.nn,
        "softplus elu log_softmax relu6 soft_sign log_sigmoid leaky_relu hard_sigmoid selu",
        V,
    ),
    **_of(jax.nn, "hard_tanh celu", V),
    **_of(jax.nn, "glu squareplus mish standardize", V),
    **_of(special, "ndtr entr erfc i0e i1 expit", POSITIVE),
    **_of(special, "xlogy xlog1py betaln rel_entr", POSITIVE, POSITIVE),
    "norm.logpdf": Program(stats.norm.logpdf, (V,)),
    "beta.logpdf": Program(lambda x: stats.beta.logpdf(x, 2.0, 3.0), (POSITIVE / 4,)),
    "gammainc": Program(lambda x: special.gammainc(2.0, x), (POSITIVE,)),
    "betainc": Program(lambda x: special.betainc(2.0, 3.0, x), (POSITIVE / 4,)),
    "zeta": Program(lambda x: special.zeta(x + 1.5, 2.0), (POSITIVE,)),
    "arccosh": Program(jnp.arccosh, (POSITIVE + 1,)),
    "pad by the edge": Program(lambda x: jnp.pad(x, 1, mode="edge"), (V,)),
    "pad by mirror": Program(lambda x: jnp.pad(x, 1, mode="reflect"), (V,)),
    "roll": Program(lambda x: jnp.roll(x, 1, 0), (V,)),
    "repeat": Program(lambda x: jnp.repeat(x, 2, 0), (V,)),
    "pairs of places": Program(lambda x: x[jnp.array([0, 2, 0]), jnp.array([1, 1, 3])], (V,)),
    "multiply at": Program(lambda x: x.at[1].multiply(2.0), (V,)),
    "max at": Program(lambda x: x.at[1].max(0.2), (V,)),
    "min at": Program(lambda x, y: x.at[jnp.array([0, 1])].min(y[:2]), (V, POSITIVE)),
    "select": Program(lambda x: jnp.select([x > 1, x > 0], [x, x * 2], x * 3), (V,)),
    "piecewise": Program(lambda x: jnp.piecewise(x, [x < 0, x >= 0], [jnp.square, jnp.sin]), (V,)),
    "outer": Program(jnp.outer, (V, W)),
    "cross": Program(lambda x: jnp.cross(x[0, :3], x[1, :3]), (V,)),
    "interp": Program(
        lambda x: jnp.interp(x, jnp.array([-1.0, 0.0, 1.0]), jnp.array([0.0, 2.0, 1.0])), (V,)
    ),
    "convolve": Program(lambda x, y: jnp.convolve(x[0], y[0]), (V, POSITIVE)),
    "quantile": Program(lambda x: jnp.quantile(x, 0.3), (V,)),
    "cov": Program(jnp.cov, (V,)),
    "grouped convolution": Program(
        lambda x, k: lax.conv_general_dilated(x, k[:3, :1], (1, 1), "SAME", feature_group_count=3),
        (IMAGES, KERNELS),
    ),
    "transposed convolution": Program(
        lambda x, k: lax.conv_transpose(
            x.transpose(0, 2, 3, 1), k.transpose(2, 3, 1, 0), (2, 2), "SAME"
        ),
        (IMAGES, KERNELS),
    ),
    "average pool": Program(_window(lax.add, 0.0), (IMAGES,)),
    "min pool": Program(_window(lax.min, np.inf), (IMAGES,)),
    "inv": Program(jnp.linalg.inv, (DEFINITE,)),
    "det": Program(jnp.linalg.det, (DEFINITE,)),
    "slogdet": Program(lambda x: jnp.linalg.slogdet(x).logabsdet, (DEFINITE,)),
    "svd": Program(lambda x: jnp.linalg.svd(x, compute_uv=False), (DEFINITE,)),
    "svd, all results": Program(
        lambda x: (lambda u, s, v: (u * s) @ v)(*jnp.linalg.svd(x, full_matrices=False)),
        (DEFINITE,),
    ),
    "pinv": Program(jnp.linalg.pinv, (DEFINITE,)),
    "norm": Program(partial(jnp.linalg.norm, axis=1), (V,)),
    "lu": Program(lambda x: linalg.lu(x)[2], (DEFINITE,)),
    "expm": Program(linalg.expm, (SQUARE,)),
    "triangular solve": Program(
        lambda x, y: linalg.solve_triangular(x, y, lower=True), (DEFINITE, SQUARE)
    ),
    "cummax": Program(lambda x: lax.cummax(x, 0), (V,)),
    "cumlogsumexp": Program(lambda x: lax.cumlogsumexp(x, 0), (V,)),
    "top_k": Program(lambda x: lax.top_k(x, 2)[0], (V,)),
    "sort by the first": Program(lambda x, y: lax.sort((x, y), num_keys=1)[1], (V, POSITIVE)),
    "segment_max": Program(lambda x: jax.ops.segment_max(x, jnp.array([0, 1, 0]), 2), (V,)),
    "associative_scan": Program(lambda x: lax.associative_scan(jnp.multiply, x), (V,)),
    "reduce_precision": Program(lambda x: lax.reduce_precision(x, 8, 7), (V,)),
    "rounded to bfloat16": Program(lambda x: x.astype(jnp.bfloat16).astype(jnp.float32) * 2, (V,)),
    "map": Program(lambda x: lax.map(jnp.cumsum, x), (V,)),
    "resize": Program(lambda x: jax.image.resize(x, (5, 6), "cubic"), (V,)),
    "map_coordinates": Program(
        lambda x: ndimage.map_coordinates(
            x, [jnp.array([0.5, 1.2]), jnp.array([1.5, 0.2])], order=1
        ),
        (V,),
    ),
    "flash-like attention": Program(
        partial(jax.nn.dot_product_attention, is_causal=True),
        tuple(_normal(2, 5, 2, 4) for _ in range(3)),
    ),
}
