"""Progress bars: the first thing that a reader of a notebook sees is no warning."""

import subprocess
import sys

import pytest

NOTEBOOK = """
import sys, types, warnings
warnings.simplefilter("always")
fake = sys.modules["IPython"] = types.ModuleType("IPython")
fake.get_ipython = lambda: types.SimpleNamespace(config={"IPKernelApp": {}})
sys.modules["ipykernel.zmqshell"] = types.ModuleType("ipykernel.zmqshell")
sys.modules["ipywidgets"] = None
from nn.support.progress import progress_bar
with progress_bar(True)(total=2) as bar:
    bar.update()
print(type(bar).__module__)
"""


@pytest.mark.slow
def test_without_ipywidgets_a_notebook_has_a_bar_of_text_and_no_warning() -> None:
    command = [sys.executable, "-c", NOTEBOOK]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "tqdm.asyncio\n"), done.stderr
    assert "Warning" not in done.stderr
