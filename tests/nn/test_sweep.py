"""Sweeps: configurations × seeds on any executor; whatever dies, finished results are kept.

What workers run is written to a module of its own, because they have to import it.
"""

import json
import sys
import textwrap
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from importlib import import_module
from multiprocessing import get_context

import numpy as np
import pytest

from nn.diagnostics.sweep import SweepError, sweep

RUNS = """
    import os
    from pathlib import Path

    def square(config, seed):
        return {"y": config["x"] ** 2 + seed}

    def logged(config, seed):
        log = Path(config["log"]) / f"{config['x']}-{seed}"
        log.write_text(log.read_text() + "+" if log.exists() else "+")
        return config["x"] * 10 + seed

    def dies_once(config, seed):
        tomb = Path(config["log"]) / "tomb"
        if config["x"] == 3 and not tomb.exists():
            tomb.write_text("")
            os._exit(1)
        return logged(config, seed)
"""


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """A module that this process and its children can import."""
    (tmp_path / "sweep_runs.py").write_text(textwrap.dedent(RUNS), "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield import_module("sweep_runs")
    del sys.modules["sweep_runs"]


def processes(workers=2):
    return ProcessPoolExecutor(workers, mp_context=get_context("spawn"))


def configs(log, n=5):
    return [{"x": x, "log": str(log)} for x in range(n)]


def times_run(log, x, seed=0):
    return len((log / f"{x}-{seed}").read_text("utf-8"))


def slow_first(config, seed):
    import time

    time.sleep(0.05 if config == 0 else 0)
    return config


def fails_at_two(config, seed):
    if config == 2:
        raise ArithmeticError("two is too much")
    return config


def quiet(*args, **options):
    return sweep(*args, progress=False, **options)


def test_every_configuration_is_run_with_every_seed():
    table = quiet(lambda config, seed: config * 10 + seed, [1, 2], seeds=3)
    assert [(t.config, t.seed, t.result) for t in table] == [
        (1, 0, 10), (1, 1, 11), (1, 2, 12), (2, 0, 20), (2, 1, 21), (2, 2, 22),
    ]  # fmt: skip


def test_seeds_can_be_chosen():
    assert quiet(lambda config, seed: seed, [None], seeds=(7, 3)).column("result") == [7, 3]


def test_configs_and_results_that_are_mappings_become_columns():
    table = quiet(lambda config, seed: {"loss": config["lr"] / 2}, [{"lr": 1.0}, {"lr": 0.5}])
    assert table.columns == ("lr", "seed", "loss", "seconds")
    assert table.column("loss") == [0.5, 0.25]
    assert "0.25" in str(table)
    assert "<td>0.25</td>" in table._repr_html_()


def test_numpys_numbers_become_plain_ones():
    (trial,) = quiet(lambda config, seed: {"a": np.arange(2), "b": np.float32(0.5)}, [0])
    assert trial.result == {"a": [0, 1], "b": 0.5}


def test_threads_keep_the_order_of_the_configurations_whichever_ends_first():
    with ThreadPoolExecutor(2) as executor:
        table = quiet(slow_first, range(4), executor=executor)
    assert table.column("result") == [0, 1, 2, 3]


@pytest.mark.slow
def test_processes_run_all_configurations_and_seeds(runs):
    with processes() as executor:
        table = quiet(runs.square, [{"x": 2}, {"x": 3}], seeds=2, executor=executor)
    assert table.column("y") == [4, 5, 9, 10]


def test_a_sweep_that_is_called_again_runs_only_what_is_missing(runs, tmp_path):
    path = tmp_path / "results.json"
    quiet(runs.logged, configs(tmp_path, 2), path=path)
    table = quiet(runs.logged, configs(tmp_path, 3), path=path)
    assert table.column("result") == [0, 10, 20]
    assert [times_run(tmp_path, x) for x in range(3)] == [1, 1, 1]


def test_results_are_the_same_bits_after_a_round_trip_through_the_file(tmp_path):
    def run(config, seed):
        return [0.1 + 0.2, float("inf"), 5e-324]

    first = quiet(run, [0], path=tmp_path / "results.json")
    again = quiet(run, [0], path=tmp_path / "results.json")
    assert again[0] == first[0]


def test_the_file_is_replaced_after_every_run_and_never_written_in_place(tmp_path):
    """Who opened it earlier reads on in a whole file, of the runs so far."""
    path, readers = tmp_path / "results.json", []

    def run(config, seed):
        if path.exists():
            readers.append(path.open(encoding="utf-8"))

    quiet(run, range(4), path=path)
    assert [len(json.load(reader)["trials"]) for reader in readers] == [1, 2, 3]
    for reader in readers:
        reader.close()
    assert [p.name for p in tmp_path.iterdir()] == ["results.json"]


def test_a_run_that_raises_does_not_stop_the_others(tmp_path):
    path = tmp_path / "results.json"
    with pytest.raises(SweepError, match=r"1 of 4 runs did not finish.*two is too much") as error:
        quiet(fails_at_two, range(4), path=path)
    assert error.value.table.column("result") == [0, 1, 3]
    assert isinstance(error.value.__cause__, ArithmeticError)
    assert quiet(fails_at_two, [3, 1], path=path).column("result") == [3, 1]


@pytest.mark.slow
def test_a_dying_process_loses_no_finished_result(runs, tmp_path):
    """The pool breaks; a second call runs the rest, and nothing that had finished is run again."""
    path = tmp_path / "results.json"
    with processes(1) as executor, pytest.raises(SweepError, match="BrokenProcessPool") as error:
        quiet(runs.dies_once, configs(tmp_path), path=path, executor=executor)
    assert error.value.table.column("result") == [0, 10, 20]
    with processes(1) as executor:
        table = quiet(runs.dies_once, configs(tmp_path), path=path, executor=executor)
    assert table.column("result") == [0, 10, 20, 30, 40]
    assert [times_run(tmp_path, x) for x in range(5)] == [1, 1, 1, 1, 1]


@pytest.mark.slow
def test_a_dask_cluster_whose_worker_dies_finishes_the_sweep(runs, tmp_path):
    """Two worker processes; one kills itself in the middle of a run."""
    import distributed

    options = {"n_workers": 2, "threads_per_worker": 1, "processes": True}
    with (
        distributed.LocalCluster(**options, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        path = tmp_path / "results.json"
        table = quiet(runs.dies_once, configs(tmp_path), executor=client, path=path)
    assert table.column("result") == [0, 10, 20, 30, 40]
    assert (tmp_path / "tomb").exists()
    assert len(json.loads(path.read_text("utf-8"))["trials"]) == 5


@pytest.mark.slow
@pytest.mark.parametrize("as_executor", [False, True])
def test_a_dask_client_is_taken_and_so_is_its_executor(as_executor):
    import distributed

    with (
        distributed.LocalCluster(n_workers=1, processes=False, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        given = client.get_executor() if as_executor else client
        table = quiet(lambda config, seed: config * 10, range(3), executor=given)
    assert table.column("result") == [0, 10, 20]


class Refuses:
    """An executor that takes two jobs and then no more."""

    def __init__(self):
        self.taken = 0

    def submit(self, function, *args):
        self.taken += 1
        if self.taken > 2:
            raise RuntimeError("no more")
        future = Future()
        future.set_result(function(*args))
        return future


def test_an_executor_that_raises_keeps_what_it_had_finished(tmp_path):
    path = tmp_path / "results.json"
    with pytest.raises(SweepError, match=r"2 of 4 runs .*the executor: RuntimeError: no more"):
        quiet(fails_at_two, [0, 1, 3, 4], executor=Refuses(), path=path)
    assert len(json.loads(path.read_text("utf-8"))["trials"]) == 2


def test_an_executor_that_was_shut_down_is_a_clear_error_and_leaves_the_file(tmp_path):
    path = tmp_path / "results.json"
    quiet(fails_at_two, [0], path=path)
    before = path.read_bytes()
    executor = ThreadPoolExecutor(1)
    executor.shutdown()
    with pytest.raises(SweepError, match="cannot schedule new futures after shutdown"):
        quiet(fails_at_two, [0, 1], executor=executor, path=path)
    assert path.read_bytes() == before


def test_an_interrupted_sweep_has_its_finished_results_in_the_file(tmp_path):
    path = tmp_path / "results.json"

    def run(config, seed):
        if config == 2:
            raise KeyboardInterrupt
        return config

    with pytest.raises(KeyboardInterrupt):
        quiet(run, range(4), path=path)
    assert len(json.loads(path.read_text("utf-8"))["trials"]) == 2


@pytest.mark.parametrize("content", ["", '{"format": "glassgrad swe', "[1, 2]", '{"a": 1}'])
def test_a_torn_or_foreign_file_is_refused_and_left_alone(tmp_path, content):
    path = tmp_path / "results.json"
    path.write_text(content, "utf-8")
    with pytest.raises(ValueError, match=r"is not a file of a sweep's results"):
        quiet(fails_at_two, [0], path=path)
    assert path.read_text("utf-8") == content


def test_the_file_of_another_function_is_refused(tmp_path):
    quiet(slow_first, [1], path=tmp_path / "r.json")
    with pytest.raises(ValueError, match=r"has results of .*slow_first.*expected .*fails_at_two"):
        quiet(fails_at_two, [1], path=tmp_path / "r.json")


def test_the_same_configuration_twice_is_refused_before_anything_is_run():
    with pytest.raises(ValueError, match="must all be different, got config=1 with seed=0 twice"):
        quiet(lambda config, seed: 1 / 0, [1, 1])


@pytest.mark.parametrize("config", [{1: 2}, {"a": object()}, [{3}]])
def test_a_configuration_that_cannot_be_kept_in_a_file_is_refused(config):
    with pytest.raises(TypeError, match="a config must be plain data"):
        quiet(lambda config, seed: 0, [config])


def test_a_result_that_cannot_be_kept_in_a_file_is_an_error():
    with pytest.raises(SweepError, match="the result of a run must be plain data"):
        quiet(lambda config, seed: object(), [0])


@pytest.mark.parametrize("seeds", [0, -1])
def test_there_must_be_a_seed(seeds):
    with pytest.raises(ValueError, match="seeds must be a positive integer"):
        quiet(fails_at_two, [0], seeds=seeds)


def test_a_seed_is_an_integer():
    with pytest.raises(TypeError, match="cannot be interpreted as an integer"):
        quiet(fails_at_two, [0], seeds=[0.5])


def test_what_is_no_function_is_refused_before_anything_is_run():
    with pytest.raises(TypeError, match="run must be a function of a config and a seed, got 3"):
        sweep(3, [1])


def test_a_missing_folder_is_found_out_before_anything_is_run(tmp_path):
    """Else the first result would be computed, and lost."""
    with pytest.raises(FileNotFoundError, match=r"no folder .*nowhere to keep results\.json"):
        sweep(lambda config, seed: 1 / 0, [1], path=tmp_path / "nowhere" / "results.json")


def test_what_is_no_executor_is_refused():
    with pytest.raises(
        TypeError, match=r"executor must be a concurrent.futures.Executor, a Dask Client or"
    ):
        quiet(fails_at_two, [0], executor="threads")


def test_a_bar_counts_the_runs_and_those_that_had_finished(tmp_path, capsys):
    path = tmp_path / "results.json"
    quiet(slow_first, [1], path=path)
    sweep(slow_first, [1, 2, 3], path=path)
    assert "3/3" in capsys.readouterr().err


def test_without_tqdm_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    with pytest.raises(ImportError, match=r"pip install 'glassgrad\[notebook\]', or pass progress"):
        sweep(fails_at_two, [0])
