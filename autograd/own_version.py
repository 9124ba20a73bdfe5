"""``__version__``: of the code that runs, from the metadata that were installed with it.

Loaded when ``autograd.__version__`` is first asked for: the search takes as long as a fifth of
NumPy's import. The version is stated once, as a tag of the repository, and the build writes it
into the metadata.
"""

import json
from importlib import metadata
from pathlib import Path

_UNKNOWN = "0.0+unknown"


def installed_version(home: Path) -> str:
    """Return the version that was installed with the packages in the folder ``home``.

    Code of an editable install may have changed since: its version ends in ``editable``. A checkout
    that isn't installed has the version ``0.0+unknown``, also where another copy is installed.
    """
    for found in metadata.distributions(name="glassgrad"):
        if Path(str(found.locate_file(""))).resolve() == home.resolve():
            return found.version
        if _editable_from(found) in (home.as_uri(), home.resolve().as_uri()):
            return f"{found.version}{'.' if '+' in found.version else '+'}editable"
    return _UNKNOWN


def _editable_from(found: metadata.Distribution) -> str | None:
    """Return the URL of the checkout of an editable install (PEP 610)."""
    origin = json.loads(found.read_text("direct_url.json") or "{}")
    return origin.get("url") if origin.get("dir_info", {}).get("editable") else None


__version__ = installed_version(Path(__file__).absolute().parents[1])
