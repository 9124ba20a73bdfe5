"""How long figure 7.4 takes, in full: 5 variances × 50 layers × 100 units × 100 networks.

Every network goes forward and backward through the engine, one after the other.

    python benchmarks/weight_variances.py
"""

import time

import numpy as np

from init import theory
from nn.diagnostics import Propagation
from nn.lectures import weight_variance_experiment

SHOWN = (1, 10, 25, 50)
MEAN_LOG_CHI = -0.010033  # E[log(chi²_100 / 100)] = psi(50) - log 50: of |x|², and of f given h


def main() -> None:
    start = time.perf_counter()
    measured = weight_variance_experiment(seeds=100)
    seconds = time.perf_counter() - start
    print(f"{seconds:.1f} s for {sum(len(t.samples['forward']) for t in measured.values())} nets")
    print("log(measured/law) in standard errors; the mean logarithm of a layer allowed for")
    print(f"{'σ²':>6}" + "".join(f"{f'fwd {k}':>9}" for k in SHOWN) + f"{'bwd 1':>9}")
    for variance, table in measured.items():
        print(f"{variance:>6g}" + "".join(f"{z:>9.2f}" for z in errors(variance, table)))


def errors(variance: float, table: Propagation) -> list[float]:
    """The mean logarithms' distances from the law of a network's typical size."""
    law, ratio = theory.relu_network_law(variance), theory.relu_log_ratio(100)
    found = [("forward", k, (k - 1) * ratio.mean + 2 * MEAN_LOG_CHI) for k in SHOWN]
    scores = []
    for name, k, expected in [*found, ("backward", 1, 50 * ratio.mean)]:
        logs = np.log(table.samples[name][:, k - 1] / getattr(law, name)[k - 1])
        scores.append(float((logs.mean() - expected) / (logs.std(ddof=1) / np.sqrt(logs.size))))
    return scores


if __name__ == "__main__":
    main()
