"""Print the lowest version that pyproject.toml declares of each dependency, as pip's constraints.

`make oldest` installs by them: a bound that nothing is run with is a guess.
"""

import re
import tomllib
from pathlib import Path

PYPROJECT = Path(__file__).resolve().parent.parent / "pyproject.toml"
BOUND = re.compile(r"(?P<name>[\w.-]+)(?:\[[^]]*\])?>=(?P<lowest>[\w.]+)")


def lowest(text: str) -> list[str]:
    """Return ``name==version`` for every requirement of a pyproject.toml that has a lower bound."""
    parsed = tomllib.loads(text)
    project = parsed["project"]
    lists = [
        project["dependencies"],
        *project["optional-dependencies"].values(),
        *parsed["dependency-groups"].values(),
    ]
    requirements = [r for requirements in lists for r in requirements if isinstance(r, str)]
    bounds = filter(None, map(BOUND.fullmatch, requirements))
    return sorted(f"{bound['name']}=={bound['lowest']}" for bound in bounds)


if __name__ == "__main__":
    print(*lowest(PYPROJECT.read_text(encoding="utf-8")), sep="\n")
