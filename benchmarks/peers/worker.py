"""One contestant in a process of its own: does the work when told to, and says how long it took.

    python worker.py with_torch

Each line on standard input is a JSON list [task, settings, repetitions]; the answer is a JSON
object: times in seconds, the loss, how many nodes the work has if ``step.nodes`` says so, and how
long it took to get ready.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import sys
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"


def main() -> None:
    contestant = importlib.import_module(sys.argv[1])
    ready: dict[str, tuple[object, float]] = {}
    for line in sys.stdin:
        task, settings, repetitions = json.loads(line)
        key = json.dumps([task, settings])
        if key not in ready:
            start = time.perf_counter()
            step = contestant.TASKS[task](**settings)
            step()
            ready[key] = step, time.perf_counter() - start
        step, preparation = ready[key]
        gc.collect()
        times = []
        for _ in range(repetitions):
            start = time.perf_counter()
            loss = step()
            times.append(time.perf_counter() - start)
        answer = {"times": times, "loss": float(loss), "preparation": preparation}
        answer["nodes"] = getattr(step, "nodes", 0)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
