"""Parameter sweeps: one function run for many configurations and seeds, and resumable.

What a run does is the caller's matter; it returns plain data. Where the runs happen is the
executor's: this process, threads, processes, or a cluster (a ``Client`` of Dask).
"""

from __future__ import annotations

import json
import operator
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor, Future, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol, TypeAlias, cast

import numpy as np

from autograd.extend import replacing
from init.argument_checks import positive_integer
from nn.support.progress import progress_bar
from nn.support.text_table import Table

__all__ = ["SweepError", "Trial", "sweep"]

Run: TypeAlias = Callable[[Any, int], object]
Jobs: TypeAlias = Mapping[str, tuple[object, int]]

_FORMAT = "glassgrad sweep 1"


@dataclass(frozen=True)
class Trial:
    """One run that has finished.

    Attributes
    ----------
    config, result
        What went in and what came out, as plain data (see :func:`sweep`).
    seed : int
        What else went in.
    seconds : float
        How long it took, where it ran.
    """

    config: Any
    seed: int
    result: Any
    seconds: float

    def cells(self) -> dict[str, object]:
        """Return a column for each entry of a config or result that is a mapping."""
        config = self.config if isinstance(self.config, dict) else {"config": self.config}
        result = self.result if isinstance(self.result, dict) else {"result": self.result}
        return {**config, "seed": self.seed, **result, "seconds": self.seconds}


class DaskClient(Protocol):
    """The part of ``dask.distributed.Client`` that a sweep uses."""

    def get_executor(self) -> Any: ...


class SweepError(RuntimeError):
    """A sweep that could not be finished.

    Attributes
    ----------
    table : Table of Trial
        The runs that did finish: they are not lost.

    Examples
    --------
    >>> def run(config, seed):
    ...     return {"y": 1 / config["x"]}
    >>> try:
    ...     sweep(run, [{"x": 4}, {"x": 0}], seeds=1, progress=False)
    ... except SweepError as error:
    ...     print(error.table.column("y"))
    [0.25]
    """

    def __init__(self, message: str, table: Table[Trial]) -> None:
        super().__init__(message)
        self.table = table


def sweep(
    run: Run,
    configs: Iterable[object],
    *,
    seeds: int | Iterable[int] = 1,
    executor: Executor | DaskClient | None = None,
    path: str | os.PathLike[str] | None = None,
    progress: bool = True,
) -> Table[Trial]:
    """Run a function for every configuration and every seed.

    Parameters
    ----------
    run : callable
        ``run(config, seed)``; its result must be plain data: numbers, strings, booleans, None,
        lists and dicts of them (arrays and NumPy's numbers are converted). For processes and
        clusters it must be importable there: a function of a module, not a lambda.
    configs : iterable
        What to run it on: plain data, no two alike.
    seeds : int or iterable of int
        How many seeds (0, 1, ...), or which.
    executor : concurrent.futures.Executor or Dask Client, optional
        Where to run. By default here, one after the other. It is not shut down.
    path : path, optional
        A file of finished results (JSON). It is replaced atomically after every run; what is in it
        already is not run again.
    progress : bool
        Whether to show a bar (needs tqdm).

    Returns
    -------
    Table of Trial
        In the order of configs and seeds, whichever finished first.

    Raises
    ------
    SweepError
        If a run raised, a worker died or the executor refused, after all other runs have ended.
        Finished runs are in its ``table`` and in the file: call again to run the others.
    TypeError, ValueError, FileNotFoundError
        For configs that aren't plain data or aren't different, a file that isn't of this sweep,
        or a folder that isn't there. Nothing has been run or changed then.

    Examples
    --------
    >>> def run(config, seed):
    ...     noise = np.random.default_rng(seed).normal(0, config["scale"])
    ...     return {"y": round(float(noise), 3)}
    >>> table = sweep(run, [{"scale": 1}, {"scale": 10}], seeds=2, progress=False)
    >>> table.column("y")
    [0.126, 0.346, 1.257, 3.456]
    """
    if not callable(run):
        raise TypeError(f"run must be a function of a config and a seed, got {run!r}")
    jobs = _jobs(configs, seeds)
    executor = _executor(executor)
    show = progress_bar(progress)
    store = _Store(run, None if path is None else Path(path))
    todo = {key: job for key, job in jobs.items() if key not in store.finished}
    outcomes = _here(run, todo) if executor is None else _there(executor, run, todo)
    failed: list[tuple[str, BaseException]] = []
    with show(total=len(jobs), initial=len(jobs) - len(todo), unit="run") as bar:
        for key, future in outcomes:
            error = future.exception()
            if error is None:
                result, seconds = future.result()
                config, seed = jobs[key]
                store.add(key, Trial(_plain(config, "a config"), seed, result, seconds))
            else:
                failed.append((key, error))
            if bar is not None:
                bar.update()
    table = Table(
        (store.finished[key] for key in jobs if key in store.finished),
        caption=f"{store.name}: {len(jobs)} runs",
    )
    if failed:
        raise SweepError(_failure(failed, jobs, table, path), table) from failed[0][1]
    return table


def _failure(
    failed: list[tuple[str, BaseException]],
    jobs: Jobs,
    table: Table[Trial],
    path: str | os.PathLike[str] | None,
) -> str:
    key, error = failed[0]
    where = "the first" if key in jobs else "the executor"
    config, seed = jobs.get(key, (None, None))
    which = f"config={config!r}, seed={seed!r}: " if key in jobs else ""
    kept = f"in {path}" if path is not None else "in this error's .table"
    return (
        f"{len(jobs) - len(table)} of {len(jobs)} runs did not finish; {where}: {which}"
        f"{type(error).__name__}: {error}. The {len(table)} finished results are kept {kept}; "
        "give a path and call sweep again to run only the others"
    )


def _executor(given: Any) -> Executor | None:
    """Return what has futures of the standard library, which those of a Dask Client aren't."""
    if callable(getattr(given, "get_executor", None)):
        found: Executor = given.get_executor()
        return found
    if given is None or callable(getattr(given, "submit", None)):
        return cast("Executor | None", given)
    raise TypeError(
        "executor must be a concurrent.futures.Executor, a Dask Client or None, "
        f"got {given!r}: try concurrent.futures.ProcessPoolExecutor()"
    )


# Jobs --------------------------------------------------------------------------------------------


def _jobs(configs: Iterable[object], seeds: int | Iterable[int]) -> Jobs:
    chosen = range(positive_integer("seeds", seeds)) if not isinstance(seeds, Iterable) else seeds
    numbers = [operator.index(seed) for seed in chosen]
    jobs: dict[str, tuple[object, int]] = {}
    for config in configs:
        plain = _plain(config, "a config")
        for seed in numbers:
            key = json.dumps([plain, seed], sort_keys=True)
            if key in jobs:
                raise ValueError(
                    f"configs and seeds must all be different, got config={config!r} with "
                    f"seed={seed} twice: take one out"
                )
            jobs[key] = (config, seed)
    return jobs


def _plain(value: Any, what: str) -> Any:
    """Return a value as JSON has it, or raise."""
    if isinstance(value, (np.generic, np.ndarray)):
        value = value.tolist()
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (list, tuple)):
        return [_plain(item, what) for item in value]
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {key: _plain(item, what) for key, item in value.items()}
    raise TypeError(
        f"{what} must be plain data (numbers, strings, booleans, None, lists, dicts with string "
        f"keys), got {value!r} of type {type(value).__name__} in it: it couldn't be kept in a file"
    )


def _timed(run: Run, config: object, seed: int) -> tuple[Any, float]:
    """Run one job, in a worker; return its result as plain data, and the seconds it took."""
    start = time.perf_counter()
    result = run(config, seed)
    seconds = time.perf_counter() - start
    return _plain(result, "the result of a run"), seconds


Outcomes: TypeAlias = Iterator[tuple[str, "Future[tuple[Any, float]]"]]


def _here(run: Run, todo: Jobs) -> Outcomes:
    for key, (config, seed) in todo.items():
        future: Future[tuple[Any, float]] = Future()
        try:
            future.set_result(_timed(run, config, seed))
        except Exception as error:
            future.set_exception(error)
        yield key, future


def _there(executor: Executor, run: Run, todo: Jobs) -> Outcomes:
    """Yield what comes back from an executor, as it comes; its refusal under the key ``""``."""
    futures: dict[Future[tuple[Any, float]], str] = {}
    refused: Future[tuple[Any, float]] = Future()
    try:
        for key, (config, seed) in todo.items():
            futures[executor.submit(_timed, run, config, seed)] = key
    except Exception as error:  # it may have finished some all the same
        refused.set_exception(error)
        futures = {future: key for future, key in futures.items() if not future.cancel()}
    try:
        for future in as_completed(futures):
            yield futures[future], future
        if refused.done():
            yield "", refused
    finally:
        for future in futures:
            future.cancel()


# The file of finished results --------------------------------------------------------------------


class _Store:
    """Finished trials by key, in memory and, if there is a path, in a file."""

    def __init__(self, run: Run, path: Path | None) -> None:
        owner = run if hasattr(run, "__qualname__") else type(run)
        self.name = f"{owner.__module__}.{owner.__qualname__}"
        self.path = path
        self.finished: dict[str, Trial] = {}
        if path is None:
            return
        if not path.parent.is_dir():
            raise FileNotFoundError(
                f"no folder {path.parent} to keep {path.name} in: make it first"
            )
        if path.exists():
            self.finished = self._read(path)

    def add(self, key: str, trial: Trial) -> None:
        self.finished[key] = trial
        if self.path is None:
            return
        content = {
            "format": _FORMAT,
            "run": self.name,
            "trials": [asdict(each) for each in self.finished.values()],
        }
        with replacing(self.path) as new, new.open("w", encoding="utf-8") as file:
            json.dump(content, file)
            file.flush()
            os.fsync(file.fileno())

    def _read(self, path: Path) -> dict[str, Trial]:
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            found, owner = content["format"], content["run"]
            trials = [Trial(**each) for each in content["trials"]]
            if not all(type(t.seed) is int and type(t.seconds) in (int, float) for t in trials):
                raise TypeError("a seed or the seconds of a trial are no numbers")
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise ValueError(
                f"{path} is not a file of a sweep's results ({type(error).__name__}: {error}): "
                "give another path; nothing was run and the file is as it was"
            ) from None
        if (found, owner) != (_FORMAT, self.name):
            raise ValueError(
                f"{path} has results of {owner} ({found}), expected {self.name} ({_FORMAT}): "
                "give another path; nothing was run and the file is as it was"
            )
        return {json.dumps([t.config, t.seed], sort_keys=True): t for t in trials}
