"""One contestant in a process of its own: does the work when told to, and says how long it took.

    python worker.py with_torch

It first writes a line of JSON: what the contestant can do (``tasks``: for each task its ways), and
about it (versions, and which kernels of BLAS run). Then each line on standard input is a JSON list
[task, way, settings, repetitions], and the answer is a JSON object: times in seconds, the result,
how many nodes the work has if ``step.nodes`` says so, how long it took from the data to the end of
the first step, and a note to that. If the contestant can't do it, the object says why: ``failed``.
"""

from __future__ import annotations

import gc
import importlib
import importlib.metadata
import json
import os
import sys
import time
import traceback
from typing import Any

for name in [name for name in os.environ if name.startswith("OPENBLAS_")]:
    del os.environ[name]  # inherited, they may choose other kernels than the processor's own
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"


def main() -> None:
    contestant = importlib.import_module(sys.argv[1])
    import work
    from threadpoolctl import threadpool_info

    def prepared(task: str, way: str, settings: dict[str, Any]) -> tuple[Any, float, float]:
        start, work.ASIDE[0] = time.perf_counter(), 0.0
        step = contestant.TASKS[task][way](**settings)
        result = step()
        return step, time.perf_counter() - start - work.ASIDE[0], result

    def measured(task: str, way: str, settings: dict[str, Any], repetitions: int) -> dict[str, Any]:
        key = json.dumps([task, settings])
        if key not in ready:
            ready.clear()  # what is done with would have Python's collector go through it
        ways = ready.setdefault(key, {})
        try:
            if way not in ways:
                ways[way] = prepared(task, way, settings)
            step, first, result = ways[way]
            count = getattr(step, "count", 1)  # steps that a call does
            gc.collect()
            times = []
            for _ in range(repetitions):
                start = time.perf_counter()
                result = step()
                times.append((time.perf_counter() - start) / count)
        except work.NotDone as why:
            return {"failed": str(why)}
        except Exception as error:
            traceback.print_exc()
            return {"failed": f"failed: {type(error).__name__}"}
        answer = {"times": times, "result": float(result), "first": first}
        return answer | {"nodes": getattr(step, "nodes", 0), "note": getattr(step, "note", "")}

    ready: dict[str, dict[str, tuple[Any, float, float]]] = {}
    versions = [f"{n} {importlib.metadata.version(n)}" for n in contestant.PACKAGES]
    blas = {
        f"{lib['internal_api']} {lib['version']}, kernels of {lib['architecture']}"
        for lib in threadpool_info()
        if lib["user_api"] == "blas"
    }
    products = [contestant.PRODUCTS] if hasattr(contestant, "PRODUCTS") else sorted(blas)
    about = f"{', '.join(versions)}; products of matrices: {'; '.join(products)}"
    say({"tasks": {task: list(ways) for task, ways in contestant.TASKS.items()}, "about": about})
    for line in sys.stdin:
        say(measured(*json.loads(line)))


def say(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
