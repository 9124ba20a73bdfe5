"""The bars: what was aimed at, beside what was measured."""

from __future__ import annotations

from collections.abc import Callable
from math import isnan

from results import Entry, Work, rounded

Works = dict[str, Work]
Value = Callable[[Works], float]

ANEW = "**Glassgrad recorded anew**"
LANES, TAPE = "**Glassgrad replay, lanes**", "**Glassgrad replay, tape**"
LOOP, EAGER = "**Glassgrad replay, steps in a loop**", "**Glassgrad eager Tensors**"
REPLAY = "**Glassgrad replay, step by step**"
PRODUCTS = "its products of matrices alone, NumPy"
SCAN = "JAX jit, steps in a scan"
MACHINE, C = "CasADi SX, virtual machine", "CasADi SX, C by gcc"


def ratio(key: str, of: str, to: str, stat: str = "median") -> Value:
    """How many times as long one way takes (in the median, or at least) as the other's median."""
    return lambda works: getattr(works[key].entry(of), stat) / works[key].entry(to).median


def program(size: int, value: Callable[[Entry], float], way: str = TAPE) -> Value:
    return lambda works: value(works[f"program {size}"].entry(way))


def alone(key: str, value: Callable[[Entry], float]) -> Value:
    return lambda works: value(works[key].entry("Glassgrad"))


def times(slow: str, fast: str) -> Value:
    return lambda works: alone(slow, seconds)(works) / alone(fast, seconds)(works)


def seconds(e: Entry) -> float:
    return e.median


def each(e: Entry) -> float:
    return e.median / e.nodes * 1e9 if e.nodes else float("nan")


def result(e: Entry) -> float:
    return e.result


AT_LEAST: list[tuple[str, float, Value]] = [
    *(
        (f"two moons, replayed, times as fast as {peer}", bar, ratio("moons", peer, LANES))
        for peer, bar in (("micrograd", 4000), (MACHINE, 5), ("PyTorch eager", 3), (C, 1))
    ),
    ("two moons, JAX's least time to ours", 1, ratio("moons", "JAX jit", LANES, "least")),
    *(
        (f"digits in tensors, batch {batch}, {what}", bar, ratio(f"digits {batch}", *of))
        for batch, jax in ((1, 3), (32, 2.5), (256, 1.5))
        for what, bar, of in (
            ("eager, times as fast as PyTorch eager", 1, ("PyTorch eager", EAGER)),
            ("replayed, times as fast as JAX", jax, ("JAX jit", LOOP)),
            ("JAX's least time to ours replayed", 1, ("JAX jit", LOOP, "least")),
            ("replayed, times as fast as JAX's scan", 1, (SCAN, LOOP)),
        )
    ),
    ("digits in tensors, batch 1, eager, times as fast as HIPS autograd", 6,
     ratio("digits 1", "HIPS autograd", EAGER)),
    ("Figure 7.4, replayed, times as fast as JAX", 1, ratio("deep", "JAX jit", REPLAY)),
    *(
        (f"a program of {size:,} operations, times as fast as C", 1,
         ratio(f"program {size}", C, TAPE))
        for size in (10**3, 10**4)
    ),
    ("digits in tensors, 60 epochs by nn.fit, times as fast as eager", 5,
     times("fit float64 False", "fit float64 True")),
    ("4,096 lanes, two threads, times as fast as one", 1.7, times("lanes 4096 1", "lanes 4096 2")),
]  # fmt: skip

AT_MOST: list[tuple[str, float, Value]] = [
    ("two moons, replayed, µs", 30, lambda works: 1e6 * works["moons"].entry(LANES).median),
    ("Figure 7.4, replayed, times its products of matrices", 1.3, ratio("deep", REPLAY, PRODUCTS)),
    ("replay of 200 nodes, µs", 4, program(100, lambda e: 1e6 * e.median)),
    ("scalar tape of 10⁵ operations, ns a node", 4.0, program(10**5, each)),
    ("scalar tape of 10⁶ operations, ns a node", 3.0, program(10**6, each)),
    ("256 lanes, ns a scalar operation", 0.8, alone("lanes 256 1", each)),
    ("4,096 lanes, ns a scalar operation", 0.8, alone("lanes 4096 1", each)),
    ("micrograd's demo, 100 steps of replay, s", 0.1, alone("micrograd_demo", seconds)),
    ("digits in scalars, 20 epochs by nn.fit, s", 10.0, alone("digits_training", seconds)),
    ("recording 10⁴ operations, to the first gradient, s", 0.05, program(10**4, seconds, ANEW)),
    ("recording 10⁵ operations, to the first gradient, s", 0.5, program(10**5, seconds, ANEW)),
    *(
        (f"{what}: first call {when}, s", bar, alone(f"first {task} {cached}", result))
        for what, task, *limits in (
            ("a program of 73,300 operations", "random_program", 5, 1.5),
            ("two moons", "two_moons", 5, 0.5),
            ("digits in tensors", "digits_tensors", 5, 0.5),
        )
        for cached, when, bar in zip((False, True), ("ever", "from disk"), limits, strict=True)
    ),
    ("memory of a recording, two moons, bytes a node", 48, alone("memory_moons", result)),
    ("memory of a recording, random program, bytes a node", 48, alone("memory_program", result)),
    *(
        (f"{op} of a Tensor, µs more than in NumPy", 3.0, alone(f"overhead {op}", result))
        for op in ("add", "sub", "mul", "relu", "tanh", "affine")
    ),
]


def bars(works: Works) -> str:
    """Both tables in Markdown."""
    lines = ["## Bars\n"]
    for heading, rows, sign in (("at least", AT_LEAST, 1), ("at most", AT_MOST, -1)):
        lines += [f"| bar | {heading} | measured | met? |", "|---|---|---|---|"]
        for what, bar, value in rows:
            found = value(works)
            met = "met" if sign * found >= sign * bar else "**not met**"
            shown = ("—", "not measured") if isnan(found) else (rounded(found), met)
            lines.append(f"| {what} | {bar:,} | {' | '.join(shown)} |")
        lines.append("")
    return "\n".join(lines)
