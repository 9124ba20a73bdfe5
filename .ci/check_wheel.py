"""Hold a wheel to what it promises: the packages whole, nothing else, and an install that imports.

    python .ci/check_wheel.py dist/glassgrad-0.1.0-py3-none-any.whl

The install goes into an empty environment outside the checkout, so that nothing but the wheel
and the dependencies it names can serve the imports.
"""

import re
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from zipfile import ZipFile

CHECKOUT = Path(__file__).resolve().parent.parent
PACKAGES = ("autograd", "init", "nn")

IMPORT_ALL = """
import importlib.metadata, sys
import autograd, init, nn
for package in (autograd, init, nn):
    assert package.__file__.startswith(sys.prefix), f"{package} is not the one from the wheel"
print(importlib.metadata.version("glassgrad"), autograd.__version__)
"""


def files_in_checkout() -> set[str]:
    """Every file of the packages, as a path from the top of the checkout."""
    paths = (path for package in PACKAGES for path in (CHECKOUT / package).rglob("*"))
    return {
        path.relative_to(CHECKOUT).as_posix()
        for path in paths
        if path.is_file() and "__pycache__" not in path.parts
    }


def files_in_wheel(wheel: Path) -> set[str]:
    """Every file of a wheel but its metadata."""
    with ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


def broken_links(wheel: Path) -> list[str]:
    """Links of the wheel's README that lead to files, which are not there where it is shown."""
    with ZipFile(wheel) as archive:
        (file,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        readme = archive.read(file).decode()
    if "# Glassgrad" not in readme:
        sys.exit(f"{wheel.name} must have the README as its description, got {readme[-80:]!r}")
    return re.findall(r"\]\((?!https?:|#)([^)]+)\)", readme)


def versions_when_installed(wheel: Path) -> set[str]:
    """The versions that an install of the wheel says it has, asked from an empty environment."""
    with tempfile.TemporaryDirectory() as directory:
        venv.create(directory, with_pip=True)
        python = Path(directory, "bin", "python")
        pip = [python, "-m", "pip", "--disable-pip-version-check"]
        subprocess.run([*pip, "install", "--quiet", wheel.resolve()], check=True, cwd=directory)
        answer = subprocess.run(
            [python, "-I", "-c", IMPORT_ALL], check=True, stdout=subprocess.PIPE, text=True
        )
    return set(answer.stdout.split())


def main(wheel: Path) -> None:
    expected, got = files_in_checkout(), files_in_wheel(wheel)
    if expected != got:
        sys.exit(
            f"{wheel.name} must hold the packages whole and nothing else: "
            f"missing {sorted(expected - got)}, unexpected {sorted(got - expected)}"
        )
    if untyped := {f"{package}/py.typed" for package in PACKAGES} - got:
        sys.exit(f"{wheel.name} must tell type checkers that it is typed: missing {untyped}")
    if broken := broken_links(wheel):
        sys.exit(f"{wheel.name} must have a README that can stand alone: links lead to {broken}")
    version = wheel.name.split("-")[1]
    if (versions := versions_when_installed(wheel)) != {version}:
        sys.exit(f"{wheel.name} must say it is {version} once installed, got {versions}")
    print(f"{wheel.name}: {len(got)} files, installs and imports as {version}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
