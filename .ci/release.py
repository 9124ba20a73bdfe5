"""Hold a tag to what is released by it, and print the release's notes.

    python .ci/release.py v0.1.0 dist > notes.md

The tag, the version of what was built in ``dist``, the newest section of CHANGELOG.md and
CITATION.cff must agree, and nothing may be left under ``[Unreleased]``. pyproject.toml must name
the repository, where the links of the README lead. The notes are the section of the changelog.
"""

import re
import sys
import tomllib
from collections.abc import Collection
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(CHECKOUT))

from hatch_build import standing_alone  # noqa: E402  (it is beside pyproject.toml)

TAG = re.compile(r"v(\d+\.\d+\.\d+)")
SECTION = re.compile(
    r"^## \[(?P<name>[^\]]+)\](?: - (?P<date>\S+))?\n(?P<text>.*?)(?=^## |\Z)", re.M | re.S
)


def sections(changelog: str) -> list[tuple[str, str, str]]:
    """Return the name, date and text of each section of a changelog, the newest first."""
    return [(m["name"], m["date"] or "", m["text"].strip()) for m in SECTION.finditer(changelog)]


def said(citation: str, key: str) -> str:
    """Return what a CITATION.cff has for a key."""
    return "".join(re.findall(rf"^{key}: (.+)$", citation, re.M))


def disagreements(
    tag: str, *, built: Collection[str], changelog: str, citation: str, repository: str
) -> list[str]:
    """Return a sentence for each thing that doesn't agree with a tag.

    Parameters
    ----------
    tag : str
        The tag of the commit that is released.
    built : collection of str
        The names of the files that were built.
    changelog, citation : str
        The texts of CHANGELOG.md and CITATION.cff.
    repository : str
        The address that pyproject.toml has for the repository.
    """
    named = TAG.fullmatch(tag)
    if not named:
        return [f"the tag must be of the form v1.2.3, got {tag!r}"]
    version = named[1]
    (_, _, left), (newest, day, _) = sections(changelog)[:2]
    files = {f"glassgrad-{version}-py3-none-any.whl", f"glassgrad-{version}.tar.gz"}
    agrees = {
        f"dist must have {sorted(files)}, got {sorted(built)}: build the tag's commit as it is": (
            set(built) == files
        ),
        "[Unreleased] in CHANGELOG.md must be empty: move its lines to the release": not left,
        f"the newest section of CHANGELOG.md must be [{version}], got [{newest}]": (
            newest == version
        ),
        f"CITATION.cff must have version {version}, got {said(citation, 'version')!r}": (
            said(citation, "version") == version
        ),
        f"CITATION.cff must have the day of CHANGELOG.md, {day!r}, as date-released": (
            said(citation, "date-released") == day != ""
        ),
        "pyproject.toml must have a Repository under [project.urls]: without it the README has "
        "no picture and no link on the index, and can't be changed there": bool(repository),
    }
    return [sentence for sentence, holds in agrees.items() if not holds]


def main(tag: str, folder: Path) -> None:
    """Print the notes of a release, or exit with what is wrong."""
    changelog, citation, pyproject = (
        (CHECKOUT / name).read_text(encoding="utf-8")
        for name in ("CHANGELOG.md", "CITATION.cff", "pyproject.toml")
    )
    repository = tomllib.loads(pyproject)["project"].get("urls", {}).get("Repository", "")
    built = [file.name for file in folder.iterdir()]
    wrong = disagreements(
        tag, built=built, changelog=changelog, citation=citation, repository=repository
    )
    if wrong:
        sys.exit("\n".join(wrong))
    print(standing_alone(sections(changelog)[1][2], repository, tag))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
