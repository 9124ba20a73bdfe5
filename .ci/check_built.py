"""Hold what `make wheel` built, an sdist and a wheel, to what they promise.

    python .ci/check_built.py dist

- The sdist has every file that Git tracks and no other: what a packager needs is there, and what
  lay about is not. No file is large.
- The wheel has the packages whole and nothing else. Built from the checkout, it has the same bytes.
- Both say the same of the project. An index shows the README alone: its links lead to the web.
"""

import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Collection
from html.parser import HTMLParser
from pathlib import Path
from zipfile import ZipFile

from readme_renderer import markdown

CHECKOUT = Path(__file__).resolve().parent.parent
PACKAGES = ("autograd", "init", "nn")
MOST_BYTES = 2_000_000  # of a file: all who build the package load it
ADDED = "PKG-INFO"  # by the build: the metadata
# What a wheel has besides its packages. pytest finds the plugin by the entry points.
BESIDES = {"METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE"}


class Links(HTMLParser):
    """Where the links and pictures of a page lead, and the places of the page itself."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.places: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [to or "" for name, to in attrs if name in ("href", "src")]
        self.places |= {f"#{place}" for name, place in attrs if name == "id"}


def tracked() -> set[str]:
    """Every file of the checkout that Git knows, as a path from its top."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], check=True, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True
    )
    return set(listed.stdout.rstrip("\0").split("\0"))


def of_sdist(sdist: Path) -> tuple[dict[str, int], str]:
    """The files of an sdist with their sizes, and its metadata."""
    with tarfile.open(sdist) as archive:
        sizes = {
            member.name.partition("/")[2]: member.size for member in archive if member.isfile()
        }
        metadata = archive.extractfile(f"{sdist.name.removesuffix('.tar.gz')}/{ADDED}")
        return sizes, metadata.read().decode()


def of_wheel(wheel: Path) -> tuple[set[str], set[str], str]:
    """The files of a wheel, those of its dist-info apart, and its metadata."""
    folder = f"{'-'.join(wheel.name.split('-')[:2])}.dist-info/"
    with ZipFile(wheel) as archive:
        names = set(archive.namelist())
        besides = {name.removeprefix(folder) for name in names if name.startswith(folder)}
        files = {name for name in names if not name.startswith(folder)}
        return files, besides, archive.read(f"{folder}METADATA").decode()


def broken_links(metadata: str) -> list[str]:
    """Links of a README that lead nowhere in the page that an index makes of it."""
    page = markdown.render(metadata.partition("\n\n")[2])
    if page is None or ">Glassgrad<" not in page:
        sys.exit(f"the README must be the description of the package, got {metadata[-80:]!r}")
    links = Links(page)
    return [to for to in links.found if not to.startswith("https://") and to not in links.places]


def same(what: str, got: Collection[str], expected: Collection[str]) -> None:
    """Exit unless two collections of names are the same."""
    if more_or_less := set(got) ^ set(expected):
        more, less = more_or_less - set(expected), more_or_less - set(got)
        sys.exit(f"{what}: missing {sorted(less)}, unexpected {sorted(more)}")


def main(folder: Path) -> None:
    """Check the one sdist and the one wheel of a folder."""
    (sdist,), (wheel,) = folder.glob("*.tar.gz"), folder.glob("*.whl")
    known = tracked()

    sizes, said_by_sdist = of_sdist(sdist)
    same(f"{sdist.name} must have what Git tracks", sizes, known | {ADDED})
    if large := {name: size for name, size in sizes.items() if size > MOST_BYTES}:
        sys.exit(f"{sdist.name}: no file may have more than {MOST_BYTES:,} bytes, got {large}")

    files, besides, said_by_wheel = of_wheel(wheel)
    of_packages = {name for name in known if name.partition("/")[0] in PACKAGES}
    same(f"{wheel.name} must have the packages whole and nothing else", files, of_packages)
    same(f"{wheel.name} must have in its dist-info", besides, BESIDES)
    typed = [name for name in files if name.endswith("/py.typed")]
    same("type checkers look for", typed, [f"{package}/py.typed" for package in PACKAGES])
    with tempfile.TemporaryDirectory() as directory:
        build = [sys.executable, "-m", "build", "--wheel", "--outdir", directory, CHECKOUT]
        subprocess.run(build, check=True, stdout=subprocess.DEVNULL)
        (again,) = Path(directory).glob("*.whl")
        if (again.name, again.read_bytes()) != (wheel.name, wheel.read_bytes()):
            sys.exit(f"the checkout as it is now gives another {again.name}: run make wheel again")

    if said_by_sdist != said_by_wheel:
        sys.exit(f"{sdist.name} and {wheel.name} must have the same metadata")
    if broken := broken_links(said_by_wheel):
        sys.exit(f"the README must have links that work where it is shown alone, got {broken}")
    print(f"{sdist.name}: {len(sizes)} files; {wheel.name}: {len(files)} files")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
