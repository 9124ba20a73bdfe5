"""Install the wheel of a folder into an empty environment, and use it there: on any system.

    python .ci/smoke.py dist

The environment and its folder are outside of the checkout, so that nothing but the wheel and the
dependencies that it names can serve the imports.
"""

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

PROGRAM = Path(__file__).with_name("smoke_program.py")
EXTRAS = ("", "show,check,jit")  # first none, then these besides


def main(folder: Path) -> None:
    """Install and use the one wheel of a folder."""
    (wheel,) = folder.resolve().glob("*.whl")
    version = wheel.name.split("-")[1]
    # On Windows a file of a library that was loaded may still be held when the folder is removed.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory:
        environment, work = Path(directory, "environment"), Path(directory, "a folder, größer")
        venv.create(environment, with_pip=True)
        work.mkdir()
        python = environment / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
        for extras in EXTRAS:
            named = f"glassgrad[{extras}] @ {wheel.as_uri()}"
            pip = [python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", named]
            subprocess.run(pip, check=True, cwd=work)
            program = [python, "-I", PROGRAM, version, *filter(None, extras.split(","))]
            subprocess.run(program, check=True, cwd=work)
    print(f"{wheel.name} works on Python {sys.version.split()[0]}, {sys.platform}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
