"""Servers of notebooks, for tests that look at live ones."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from urllib.request import urlopen

import pytest

import autograd

PATIENCE = 180  # seconds: a busy machine takes long to start a server
ATTEMPTS = 3


@contextmanager
def serving(
    folder: Path, *command: str, answers: str = "/", environment: dict[str, str]
) -> Iterator[str]:
    """Run a server of Python on a free port; yield its address once it answers.

    Between the choice of the port and the start another process may take it: the server ends then,
    and is given another one.
    """
    log = folder / "server.log"
    checkout = str(Path(autograd.__file__).parents[1])
    for _ in range(ATTEMPTS):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        with log.open("w", encoding="utf-8") as out:
            server = subprocess.Popen(
                [sys.executable, "-m", *command, f"--port={port}"],
                env=os.environ | {"HOME": str(folder), "PYTHONPATH": checkout} | environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        address = f"http://127.0.0.1:{port}"
        try:
            if _comes_to_answer(server, address + answers):
                yield address
                return
        finally:
            server.kill()  # asked to stop, Jupyter waits for its kernels: a minute if it's busy
            server.wait()
    pytest.fail(f"the server did not start:\n{log.read_text('utf-8')}")


def _comes_to_answer(server: subprocess.Popen[bytes], address: str) -> bool:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and server.poll() is None:
        try:
            urlopen(address, timeout=PATIENCE).close()
            return server.poll() is None
        except (OSError, HTTPException):
            time.sleep(0.1)
    return False
