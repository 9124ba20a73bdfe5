"""Who takes part, and the processes they run in. A peer is added here, and as a file in peers/."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent

# A file of peers/, and what its environment needs besides COMMON, which work.py needs.
OURS = [f"glassgrad[check,jit,show,sklearn] @ {ROOT.as_uri()}", "matplotlib"]
PEERS = {
    "with_glassgrad": OURS,
    "with_micrograd": ["micrograd==0.1.0"],
    "with_casadi": ["casadi==3.8.2"],
    "with_xad": ["xad==1.5.2"],
    "with_torch": ["torch==2.13.0"],
    "with_jax": ["jax==0.10.2"],
    "with_tinygrad": ["tinygrad==0.14.0"],
    "with_hips": ["autograd==1.9.1"],  # whose import name is ours
    "with_numpy": [],
    "alone": OURS,
}
COMMON = ["numpy", "scikit-learn"]


class Contestants:
    """The processes: each is started once, in an environment of its own, with empty caches."""

    def __init__(self, folder: Path) -> None:
        self._caches = TemporaryDirectory()
        self._pythons: dict[str, Path | str] = {}
        self._running: dict[str, subprocess.Popen[str]] = {}
        self.tasks: dict[str, dict[str, list[str]]] = {}  # of a contestant: task -> its ways
        self.about: dict[str, str] = {}
        for contestant, packages in PEERS.items():
            try:
                self._start(contestant, packages, folder)
            except RuntimeError as error:
                self.tasks[contestant], self.about[contestant] = {}, f"**left out**: {error}"
                sys.stderr.write(f"{contestant}: {error}\n")

    def python(self, contestant: str) -> str:
        return str(self._pythons[contestant])

    def ways(self, task: str) -> Iterator[tuple[str, str]]:
        """Give each contestant that does a task, with the name of each of its ways to do it."""
        for contestant, tasks in self.tasks.items():
            for way in tasks.get(task, ()):
                yield contestant, way

    def ask(self, contestant: str, *question: Any) -> dict[str, Any]:
        """Have something done: see ``peers/worker.py``."""
        process = self._running[contestant]
        if process.stdin is None:
            raise RuntimeError("a worker has pipes")
        process.stdin.write(json.dumps(question) + "\n")
        process.stdin.flush()
        return self._answer(contestant)

    def stop(self) -> None:
        for process in self._running.values():
            process.communicate()  # at the end of its input it ends
        self._caches.cleanup()

    def _answer(self, contestant: str) -> dict[str, Any]:
        output = self._running[contestant].stdout
        line = output.readline() if output else ""
        if not line:
            raise RuntimeError(f"the process of {contestant} ended")
        return dict(json.loads(line))

    def _start(self, contestant: str, packages: list[str], folder: Path) -> None:
        # What two contestants need alike is one environment.
        name = next(other for other, needed in PEERS.items() if needed == packages)
        python = environment(folder / name, [*packages, *COMMON])
        self._pythons[contestant] = python
        cache = Path(self._caches.name)
        variables = {
            "GLASSGRAD_CACHE_DIR": str(cache / "glassgrad"),
            "TORCHINDUCTOR_CACHE_DIR": str(cache / "torch"),
            "XDG_CACHE_HOME": str(cache),
        }
        variables["PYTHONPATH"] = str(ROOT) if packages == OURS else ""
        self._running[contestant] = subprocess.Popen(
            [python, "worker.py", contestant],
            cwd=HERE / "peers",
            env=os.environ | variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        answer = self._answer(contestant)
        self.tasks[contestant], self.about[contestant] = answer["tasks"], answer["about"]


def environment(folder: Path, packages: list[str]) -> str:
    """Return the Python of an environment with packages, made if it isn't there."""
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    done = folder / "packages.txt"  # written when all are installed
    if done.exists() and done.read_text(encoding="utf-8") == "\n".join(packages):
        return str(python)
    venv.create(folder, clear=True)
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
    # PyPI's PyTorch comes with gigabytes of CUDA. It will do where this index can't be reached.
    for torch in (name for name in packages if name.startswith("torch")):
        index = "--index-url=https://download.pytorch.org/whl/cpu"
        subprocess.run([*pip, "--retries=0", index, torch], stderr=subprocess.DEVNULL, check=False)
    installed = subprocess.run([*pip, *packages], stderr=subprocess.PIPE, text=True, check=False)
    if installed.returncode:
        raise RuntimeError(f"can't be installed here: {installed.stderr.strip().splitlines()[-1]}")
    done.write_text("\n".join(packages), encoding="utf-8")
    return str(python)
