"""What the array of 32 MB at import does on Linux: pages and time of a step, with and without it.

    python benchmarks/memory.py

Pages given anew in a step, by ``getrusage``, and the fastest step: each the least of processes of
their own, in turn, on one thread. *Without*: the C library keeps to its own threshold, by
``MALLOC_TRIM_THRESHOLD_=131072``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROUNDS = 5
STEPS = 30
ROOT = Path(__file__).resolve().parents[1]
DIGITS = "step = digits_tensors(tensors_eager, [64, 32], {batch})"
WORK = {
    "Figure 7.4's net": "step = deep_net(tensors_eager)",
    **{f"digits MLP, batch {batch}": DIGITS.format(batch=batch) for batch in (1797, 256, 1)},
}
PROGRAM = """
import json, time
from with_glassgrad import deep_net, digits_tensors, tensors_eager
from resource import RUSAGE_SELF, getrusage
{make}
for _ in range(5):
    step()
before, times = getrusage(RUSAGE_SELF).ru_minflt, []
for _ in range({steps}):
    start = time.perf_counter()
    step()
    times.append(time.perf_counter() - start)
print(json.dumps([(getrusage(RUSAGE_SELF).ru_minflt - before) / {steps}, min(times) * 1e3]))
"""


def measured(make: str, **variables: str) -> list[float]:
    """Return the pages that a step is given anew, and the ms of the fastest step."""
    single = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(make=make, steps=STEPS)],
        env=os.environ | single | {"PYTHONPATH": str(ROOT)} | variables,
        cwd=ROOT / "benchmarks" / "peers",
        capture_output=True,
        text=True,
        check=True,
    )
    found: list[float] = json.loads(done.stdout)
    return found


def main() -> None:
    print("| | pages a step | a step |\n|---|---:|---:|")
    ways: dict[str, dict[str, str]] = {"with": {}, "without": {"MALLOC_TRIM_THRESHOLD_": "131072"}}
    for what, make in WORK.items():
        found: dict[str, list[list[float]]] = {way: [] for way in ways}
        for _ in range(ROUNDS):
            for way, given in ways.items():
                found[way].append(measured(make, **given))
        for way, rounds in found.items():
            pages, fastest = map(min, zip(*rounds, strict=True))
            print(f"| {what}, {way} | {pages:,.1f} | {fastest:.3g} ms |")


if __name__ == "__main__":
    main()
