"""A release: its version, the README on an index, and what holds a tag to all that names it.

What is built is checked as it is built: `make wheel`.
"""

import json
import os
import re
import runpy
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.version import Version
from readme_renderer import markdown

import autograd
from autograd.own_version import installed_version

CHECKOUT = Path(__file__).resolve().parent.parent
RELEASE = runpy.run_path(str(CHECKOUT / ".ci" / "release.py"))
standing_alone = RELEASE["standing_alone"]


def read(name: str) -> str:
    return (CHECKOUT / name).read_text(encoding="utf-8")


# The version that runs ----------------------------------------------------------------------------


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    return tmp_path / "a checkout"


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Put metadata of a version, as pip writes them, into a folder that is on the path."""

    def install(version: str, url: str = "", **more: Any) -> Path:
        folder = tmp_path / f"glassgrad-{version}.dist-info"
        folder.mkdir()
        text = f"Metadata-Version: 2.4\nName: glassgrad\nVersion: {version}\n"
        (folder / "METADATA").write_text(text, encoding="utf-8")
        if url:
            origin = json.dumps({"url": url, **more})
            (folder / "direct_url.json").write_text(origin, encoding="utf-8")
        monkeypatch.syspath_prepend(tmp_path)
        return tmp_path

    return install


def test_the_version_is_that_of_the_metadata_beside_the_packages(install: Any) -> None:
    assert installed_version(install("7.8.9")) == "7.8.9"


@pytest.mark.parametrize(
    ("version", "expected"),
    [("7.8.9", "7.8.9+editable"), ("7.8.dev9+gabc", "7.8.dev9+gabc.editable")],
)
def test_the_version_of_an_editable_install_says_that_its_code_may_have_changed(
    install: Any, checkout: Path, version: str, expected: str
) -> None:
    install(version, checkout.as_uri(), dir_info={"editable": True})
    assert installed_version(checkout) == expected
    assert str(Version(expected)) == expected


def test_a_checkout_has_no_version_of_an_index(install: Any, checkout: Path) -> None:
    install("7.8.9")
    assert installed_version(checkout) == "0.0+unknown"


def test_a_checkout_has_no_version_of_a_copy_that_was_made_of_it(
    install: Any, checkout: Path
) -> None:
    install("7.8.9", checkout.as_uri(), dir_info={})
    assert installed_version(checkout) == "0.0+unknown"


def test_a_checkout_has_no_version_of_another_one(install: Any, checkout: Path) -> None:
    install("7.8.9", checkout.with_name("another").as_uri(), dir_info={"editable": True})
    assert installed_version(checkout) == "0.0+unknown"


def test_the_version_is_read_when_it_is_asked_for() -> None:
    script = "import autograd, sys; before = set(sys.modules); autograd.__version__; print(*before)"
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    assert "autograd" in done.stdout.split()
    assert "importlib.metadata" not in done.stdout.split()


def test_a_release_that_runs_is_the_newest_of_the_changelog() -> None:
    """Of what isn't a release, such as a checkout, only the form is known."""
    version = Version(autograd.__version__)
    if not version.is_devrelease and not version.local:
        assert str(version) == RELEASE["sections"](read("CHANGELOG.md"))[1][0]


# The version that is built ------------------------------------------------------------------------

BUILT_FROM = (
    "pyproject.toml",
    "hatch_build.py",
    "README.md",
    ".gitattributes",
    ".git_archival.txt",
)


def git(folder: Path, *words: str) -> str:
    """Run Git in a folder, whatever its user has set."""
    command = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", *words]
    env = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    return subprocess.run(
        command, check=True, cwd=folder, env=env, capture_output=True, text=True
    ).stdout


def commit(folder: Path) -> None:
    (folder / "new").write_text(git(folder, "rev-parse", "HEAD"), encoding="utf-8")
    git(folder, "add", "new")
    git(folder, "commit", "--message", "More")


def version_built_in(folder: Path) -> str:
    """The version that the build would give to what is in a folder, if nobody says another one."""
    command = [sys.executable, "-W", "ignore", "-m", "hatchling", "version"]
    env = {name: value for name, value in os.environ.items() if "SETUPTOOLS_SCM" not in name}
    return subprocess.run(
        command, check=True, cwd=folder, env=env, stdout=subprocess.PIPE, text=True
    ).stdout.strip()


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A repository of one commit that is built as this one is."""
    folder = tmp_path / "clone"
    folder.mkdir()
    for name in BUILT_FROM:
        shutil.copy(CHECKOUT / name, folder)
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "commit", "--message", "All")
    return folder


def archive(folder: Path) -> Path:
    """What an unpacked archive of a repository's commit is."""
    unpacked = folder.parent / "unpacked"
    git(folder, "archive", "--format=tar", "--output", f"{unpacked}.tar", "HEAD")
    shutil.unpack_archive(f"{unpacked}.tar", unpacked)
    return unpacked


@pytest.mark.slow
def test_a_commit_without_any_tag_comes_before_the_first_release(clone: Path) -> None:
    assert Version("0") < Version(version_built_in(clone)) < Version("0.1.0")


@pytest.mark.slow
def test_a_tag_is_the_version(clone: Path) -> None:
    git(clone, "tag", "v3.4.5")
    assert version_built_in(clone) == "3.4.5"


@pytest.mark.slow
def test_a_commit_after_a_tag_comes_before_the_next_release(clone: Path) -> None:
    git(clone, "tag", "v3.4.5")
    commit(clone)
    assert Version("3.4.5") < Version(version_built_in(clone)) < Version("3.4.6")


@pytest.mark.slow
def test_a_change_that_is_not_committed_is_no_release(clone: Path) -> None:
    git(clone, "tag", "v3.4.5")
    (clone / "README.md").write_text("# Glassgrad\n", encoding="utf-8")
    assert Version(version_built_in(clone)).is_devrelease


@pytest.mark.slow
def test_an_archive_of_a_tag_has_its_version(clone: Path) -> None:
    git(clone, "tag", "v3.4.5")
    assert version_built_in(archive(clone)) == "3.4.5"


@pytest.mark.slow
def test_an_archive_that_knows_no_tag_can_be_built(clone: Path) -> None:
    assert version_built_in(archive(clone)) == "0.0"


@pytest.mark.slow
def test_a_copy_without_git_can_be_built(clone: Path) -> None:
    shutil.rmtree(clone / ".git")
    assert version_built_in(clone) == "0.0"


# The README where it is shown alone ---------------------------------------------------------------


class Page(HTMLParser):
    """The links and pictures of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.pictures: list[str] = []
        html = markdown.render(text)
        assert html is not None, "an index couldn't show it"
        self.feed(re.sub(r'<a href="#user-content-[^>]*>', "", html))  # a heading, of itself

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "a":
            self.links.append(given.get("href") or "")
        if tag == "img":
            self.pictures.append(given.get("src") or "")


def test_a_file_that_the_readme_links_to_is_there() -> None:
    found = re.findall(r"\]\((?!https?:|#)([^)#]+)", read("README.md"))
    assert len(found) > 20
    assert [file for file in found if not (CHECKOUT / file).exists()] == []


def test_on_an_index_all_links_of_the_readme_lead_to_the_repository() -> None:
    page = Page(standing_alone(read("README.md"), "https://example.org/us/it"))
    files = re.findall(r"\]\(([^)]+)\)", read("README.md"))
    assert len(page.links) + len(page.pictures) == len(files) > 20
    assert page.pictures == ["https://example.org/us/it/raw/HEAD/docs/pictures/film.gif"]
    blob = "https://example.org/us/it/blob/HEAD/"
    assert all((CHECKOUT / link.removeprefix(blob)).is_file() for link in page.links)


def test_without_a_repository_the_readme_has_no_link_and_no_picture() -> None:
    page = Page(standing_alone(read("README.md"), ""))
    assert (page.links, page.pictures) == ([], [])


def test_links_and_pictures_lead_to_the_repository() -> None:
    text = "![A film](docs/a.gif) and [a page](docs/b.md), [web](https://c.org), [top](#d)"
    assert standing_alone(text, "https://example.org/us/it") == (
        "![A film](https://example.org/us/it/raw/HEAD/docs/a.gif) and "
        "[a page](https://example.org/us/it/blob/HEAD/docs/b.md), [web](https://c.org), [top](#d)"
    )


def test_links_may_lead_to_the_commit_of_a_release() -> None:
    assert standing_alone("[a page](docs/b.md)", "https://example.org/us/it", "v1.2.3") == (
        "[a page](https://example.org/us/it/blob/v1.2.3/docs/b.md)"
    )


def test_without_a_repository_links_become_text_and_a_line_says_where_the_files_are() -> None:
    text = "![A film](docs/a.gif)Words and [a page](docs/b.md), [the web](https://c.org)"
    shown = standing_alone(text, "")
    assert shown.startswith("Words and a page, [the web](https://c.org)\n")
    assert "pip download" in shown


@pytest.mark.parametrize("repository", ["", "https://example.org/us/it"])
def test_code_that_looks_like_a_link_is_left_alone(repository: str) -> None:
    text = "Text:\n\n```python\n>>> functions[0](x), rec[loss](x)\n```\n"
    assert standing_alone(text, repository).startswith(text)


# A tag, and all that names the version ------------------------------------------------------------

CHANGELOG = """# Changelog

## [Unreleased]

## [1.2.3] - 2026-11-29

- New.

## [1.2.2] - 2026-10-01

- Old.
"""
AGREEING = {
    "built": ["glassgrad-1.2.3-py3-none-any.whl", "glassgrad-1.2.3.tar.gz"],
    "changelog": CHANGELOG,
    "citation": "title: Glassgrad\nversion: 1.2.3\ndate-released: 2026-11-29\n",
    "repository": "https://example.org/us/it",
}


def test_what_agrees_is_released() -> None:
    assert RELEASE["disagreements"]("v1.2.3", **AGREEING) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"built": ["glassgrad-1.2.3.tar.gz"]}, "dist must have"),
        ({"built": [*AGREEING["built"], "glassgrad-1.2.2.tar.gz"]}, "dist must have"),
        (
            {"built": [name.replace("3", "4.dev0", 1) for name in AGREEING["built"]]},
            "build the tag's commit as it is",
        ),
        (
            {"changelog": CHANGELOG.replace("[1.2.3]", "[1.2.4]")},
            r"must be \[1.2.3\], got \[1.2.4\]",
        ),
        ({"changelog": CHANGELOG.replace("\n\n## [1", "\n\n- Left.\n\n## [1", 1)}, "must be empty"),
        ({"changelog": CHANGELOG.replace(" - 2026-11-29", "")}, "date-released"),
        ({"citation": "version: 1.2.2\ndate-released: 2026-11-29\n"}, "version 1.2.3, got '1.2.2'"),
        ({"citation": "version: 1.2.3\ndate-released: 2026-11-28\n"}, "date-released"),
        ({"citation": "title: Glassgrad\n"}, "got ''"),
        ({"repository": ""}, "must have a Repository"),
    ],
)
def test_what_does_not_agree_with_a_tag_is_named(change: dict[str, Any], expected: str) -> None:
    wrong = RELEASE["disagreements"]("v1.2.3", **(AGREEING | change))
    assert re.search(expected, "\n".join(wrong))


@pytest.mark.parametrize("tag", ["1.2.3", "v1.2", "v1.2.3rc1", "version-1.2.3", "v1.2.3 "])
def test_a_tag_of_another_form_is_refused(tag: str) -> None:
    assert RELEASE["disagreements"](tag, **AGREEING) == [
        f"the tag must be of the form v1.2.3, got {tag!r}"
    ]


def test_the_version_to_cite_is_the_newest_of_the_changelog() -> None:
    (name, _, _), (newest, day, _) = RELEASE["sections"](read("CHANGELOG.md"))[:2]
    said, citation = RELEASE["said"], read("CITATION.cff")
    assert name == "Unreleased"
    assert (said(citation, "version"), said(citation, "date-released")) == (newest, day)


def test_the_changelog_has_each_release_once_and_the_newest_first() -> None:
    _, *released = RELEASE["sections"](read("CHANGELOG.md"))
    assert released, "no release is told of"
    versions = [Version(name) for name, _, _ in released]
    assert versions == sorted(set(versions), reverse=True)


# The workflows ------------------------------------------------------------------------------------

WORKFLOWS = sorted((CHECKOUT / ".github" / "workflows").glob("*.yml"))
# What can't be a target: it unpacks what has the Makefile, builds where there is no make, or needs
# GitHub itself.
BY_ITSELF = {
    "tar -xf dist/*.tar.gz --strip-components=1",
    "python -m pip install build",
    "python -m build",
    'gh release create "$GITHUB_REF_NAME" dist/* --verify-tag --title "$GITHUB_REF_NAME" '
    "--notes-file notes.md",
}


def jobs(name: str) -> dict[str, Any]:
    return yaml.safe_load(read(f".github/workflows/{name}"))["jobs"]


def commands(file: Path) -> list[str]:
    found = [step.get("run") for job in jobs(file.name).values() for step in job["steps"]]
    return list(filter(None, found))


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_a_workflow_runs_what_can_be_run_here(file: Path) -> None:
    """Its commands are targets of the Makefile and scripts of .ci."""
    targets = re.findall(r"^([a-z-]+):", read("Makefile"), re.M)
    scripts = [path.relative_to(CHECKOUT).as_posix() for path in (CHECKOUT / ".ci").iterdir()]
    for command in set(commands(file)) - BY_ITSELF:
        program, *words = command.removeprefix("python ").split()
        assert program in scripts or (program == "make" and words[0] in targets), command


def test_nothing_is_published_before_all_that_tests_it_has_passed() -> None:
    of_release = jobs("release.yml")
    assert set(of_release["publish"]["needs"]) == {"build", "smoke", "suite"}
    assert of_release["announce"]["needs"] == "publish"


def test_only_the_job_that_publishes_may_speak_for_the_project_to_the_index() -> None:
    may = {name: job["permissions"] for name, job in jobs("release.yml").items()}
    assert may == {
        "build": {"contents": "read"},
        "smoke": {},
        "suite": {},
        "publish": {"id-token": "write"},
        "announce": {"contents": "write"},
    }


def test_the_wheel_is_tested_on_every_python_that_it_says_it_runs_on() -> None:
    said = re.findall(r'"Programming Language :: Python :: (3\.\d+)"', read("pyproject.toml"))
    for job in (
        jobs("release.yml")["smoke"],
        jobs("release.yml")["suite"],
        jobs("ci.yml")["check"],
    ):
        assert job["strategy"]["matrix"]["python"] == said
    assert jobs("release.yml")["smoke"]["strategy"]["matrix"]["system"] == [
        "ubuntu", "windows", "macos",
    ]  # fmt: skip


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_an_action_is_named_by_its_commit_which_nobody_can_move(file: Path) -> None:
    used = re.findall(r"uses: (.+)", file.read_text(encoding="utf-8"))
    assert used
    assert [
        each for each in used if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v[\d.]+", each)
    ] == []
