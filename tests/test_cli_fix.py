"""``secreview check --fix``: proved rewrites on the disk, and nothing else touched."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from reviewer.check_command import Request, check
from reviewer.fixing import Fix, Fixed, plan, write
from reviewer.formats import Format
from reviewer.local import UsageError
from reviewer.local_review import Looked, look, with_suggestions
from reviewer.local_write import CHANGED, LINKED, LeftAlone, exchange, put
from reviewer.repo_config import RepoConfig
from reviewer.targets import in_tree, rewritten

LOAD = 'yaml.load("a: 1", Loader=yaml.Loader)'
SAFE_LOAD = 'yaml.safe_load("a: 1")'
SAFE = f'import yaml\n\n\ndef test_it():\n    assert {LOAD} == {{"a": 1}}\n'
REVIEW = "import requests\n\n\ndef test_it(url):\n    requests.get(url, verify=False)\n"
FIX = Request(fix=Fix.SAFE, evidence=False)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A test file with a finding that can be mended safely, in a project."""
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    (tmp_path / "tests").mkdir()
    path = tmp_path / "tests/test_yaml.py"
    path.write_text(SAFE)
    return path


def test_a_safe_rewrite_is_made_and_shown(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The file, the diff, what was done, and a report of what remains: nothing."""
    assert check(FIX, file.parents[1]) == 0
    assert file.read_text() == SAFE.replace(LOAD, SAFE_LOAD)
    said = capsys.readouterr()
    assert said.out.splitlines()[:6] == [
        "--- a/tests/test_yaml.py",
        "+++ b/tests/test_yaml.py",
        "@@ -5 +5 @@",
        f'-    assert {LOAD} == {{"a": 1}}',
        f'+    assert {SAFE_LOAD} == {{"a": 1}}',
        "No security defects are detected.",
    ]
    assert said.err == "Fixed 1 finding in 1 file.\n"
    assert [each.name for each in file.parent.iterdir()] == [file.name]


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + SAFE.encode(),
        SAFE.replace("\n", "\r\n").encode(),
        b"\xef\xbb\xbf" + SAFE.replace("\n", "\r\n").encode(),
        b"# coding: latin-1\nNAME = '\xe9'\n" + SAFE.encode(),
        SAFE.rstrip("\n").encode(),
        SAFE.encode() + b"\n\n\x0c\n# \xe2\x80\xa8 \t \n",
    ],
    ids=["bom", "windows", "bom-windows", "latin-1", "no-last-newline", "odd-whitespace"],
)
def test_every_other_byte_stays(file: Path, content: bytes) -> None:
    """Encoding, byte order mark, line ends, a missing last one, and the mode."""
    file.write_bytes(content)
    file.chmod(0o750)
    assert check(FIX, file.parents[1]) == 0
    assert file.read_bytes() == content.replace(LOAD.encode(), SAFE_LOAD.encode())
    assert file.stat().st_mode & 0o7777 == 0o750


def test_a_rewrite_to_be_reviewed_is_made_only_on_request(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """--fix leaves it and says how; --fix-all makes it."""
    file.write_text(REVIEW)
    assert check(FIX, file.parents[1]) == 1
    assert file.read_text() == REVIEW
    said = capsys.readouterr().err
    assert said.startswith("There is nothing that --fix can mend safely.\n1 more rewrite would")
    assert check(Request(fix=Fix.ALL), file.parents[1]) == 0
    assert file.read_text() == REVIEW.replace("False", "True")


def test_a_dry_run_shows_and_changes_nothing(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The report and the exit code are about the files as they are."""
    before = file.stat()
    request = Request(fix=Fix.SAFE, dry_run=True, format=Format.JSON)
    assert check(request, file.parents[1]) == 1
    said = capsys.readouterr()
    assert f'+    assert {SAFE_LOAD} == {{"a": 1}}\n' in said.err
    assert "--fix would mend 1 finding in 1 file. Nothing was changed.\n" in said.err
    assert len(json.loads(said.out)["findings"]) == 1
    assert file.read_text() == SAFE
    assert file.stat() == before


def test_what_is_ignored_is_not_mended(file: Path) -> None:
    """Somebody gave a reason why it stays."""
    ignored = SAFE.rstrip("\n") + "  # secreview: ignore[yaml-load] -- the loader is under test\n"
    file.write_text(ignored)
    assert check(FIX, file.parents[1]) == 0
    assert file.read_text() == ignored


def test_what_stands_in_the_baseline_is_not_mended(file: Path) -> None:
    """It is not reported either."""
    known = Path("known.json")
    assert check(Request(write_baseline=known), file.parents[1]) == 0
    assert check(Request(fix=Fix.SAFE, baseline=known), file.parents[1]) == 0
    assert file.read_text() == SAFE


def test_two_rewrites_of_one_line_are_made_one_after_the_other(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first run says that there is more to come."""
    file.write_text(f"import yaml\n\n\ndef test_it():\n    assert {LOAD} == {LOAD}\n")
    assert check(FIX, file.parents[1]) == 1
    assert "1 more finding on the same lines can be mended next" in capsys.readouterr().err
    assert check(FIX, file.parents[1]) == 0
    assert file.read_text().endswith(f"    assert {SAFE_LOAD} == {SAFE_LOAD}\n")


def test_a_link_stays_a_link(file: Path) -> None:
    """What it leads to is mended, once, though it is reviewed under both names."""
    link = file.with_name("test_link.py")
    link.symlink_to(file.name)
    assert check(FIX, file.parents[1]) == 0
    assert link.is_symlink()
    assert file.read_text() == SAFE.replace(LOAD, SAFE_LOAD)


def test_a_link_out_of_the_project_is_not_followed(
    file: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    """A repository of strangers must not choose which of my files are changed; exit 2."""
    mine = tmp_path_factory.mktemp("mine") / "yaml_of_mine.py"
    file.rename(mine)
    file.symlink_to(mine)
    assert check(FIX, file.parents[1]) == 2
    assert mine.read_text() == SAFE
    left = "tests/test_yaml.py is left as it was: it is a link to a file outside of the project.\n"
    assert capsys.readouterr().err == left


def test_a_file_of_several_names_is_left_alone(file: Path) -> None:
    """Replacing it would part the names."""
    os.link(file, file.with_name("other_name.txt"))
    with pytest.raises(LeftAlone, match=LINKED.partition(" (")[0]):
        exchange(file, SAFE.encode(), b"")
    assert check(FIX, file.parents[1]) == 2
    assert file.read_text() == SAFE


def test_a_read_only_file_is_left_alone(file: Path) -> None:
    """Its folder would allow to replace it; its mode says that nobody should, root neither."""
    file.chmod(0o444)
    assert check(FIX, file.parents[1]) == 2
    assert file.read_text() == SAFE


def planned(file: Path, again_with: Mapping[Path, bytes] | None = None) -> tuple[Fixed, Looked]:
    """The plan for the project of *file*; the proof sees *again_with* in place of the plan."""
    config, folder = RepoConfig(), file.parents[1]
    selected = in_tree((".",), folder, 1 << 20, config)

    def again(instead: Mapping[Path, bytes]) -> Looked:
        return look(rewritten(selected, instead and (again_with or instead)), config, 1)

    before = again({})
    suggested = with_suggestions(before.assessments, before, config.profile)
    return plan(suggested, before, selected, Fix.SAFE, again), before


@pytest.mark.parametrize("worse", [REVIEW, "def test_(:\n"])
def test_rewrites_that_break_another_file_are_left_out(file: Path, worse: str) -> None:
    """A new finding, or a file that no longer parses: nothing is changed."""
    other = file.with_name("test_other.py")
    other.write_text(SAFE)
    content = {file: SAFE.replace(LOAD, SAFE_LOAD).encode(), other: worse.encode()}
    made, before = planned(file, content)
    assert made.changes == ()
    assert made.looked is before
    assert not made.failed
    assert {each.partition(" is left as it was")[0] for each in made.left} == {
        "tests/test_yaml.py",
        "tests/test_other.py",
    }


def test_a_rewrite_that_mends_nothing_is_left_out_alone(file: Path) -> None:
    """The finding of the other file is gone, and that file is changed."""
    other = file.with_name("test_other.py")
    other.write_text(SAFE)
    made, _ = planned(file, {file: SAFE.replace(LOAD, SAFE_LOAD).encode()})
    assert [change.path for change in made.changes] == ["tests/test_yaml.py"]
    assert [each.partition(" is left as it was")[0] for each in made.left] == [
        "tests/test_other.py"
    ]


def test_a_file_that_changed_meanwhile_is_left_alone(file: Path) -> None:
    """Saved between the review and the writing: what was saved stays."""
    made, _ = planned(file)
    assert len(made.changes) == 1
    saved = SAFE + "\n\ndef test_more():\n    pass\n"
    file.write_text(saved)
    after, _ = planned(file)
    done = write(made, lambda instead: after.looked)
    assert file.read_text() == saved
    assert done.failed
    assert done.changes == ()
    assert done.left == (f"tests/test_yaml.py is left as it was: {CHANGED}.",)
    assert [each.name for each in file.parent.iterdir()] == [file.name]


def test_neighbouring_lines_are_not_shown(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A secret may stand there that no rule knows."""
    file.write_text(SAFE.replace("def test_it():\n", "def test_it():\n    pin = 'hunter2-77'\n"))
    assert check(FIX, file.parents[1]) == 0
    assert "hunter2" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (Request(fix=Fix.SAFE, diff="main...HEAD"), "--fix changes files of the working tree"),
        (Request(dry_run=True), "Add --fix"),
    ],
)
def test_options_that_exclude_each_other_are_refused(
    file: Path, request_: Request, words: str
) -> None:
    """With a sentence, and nothing done."""
    with pytest.raises(UsageError, match=words):
        check(request_, file.parents[1])
    assert file.read_text() == SAFE


def test_a_file_is_put_whole_and_keeps_its_mode(tmp_path: Path) -> None:
    """A new one gets the mode that every new file gets; a link is followed."""
    path, link, plain = tmp_path / "a", tmp_path / "link", tmp_path / "plain"
    plain.touch()
    put(path, b"1")
    assert path.stat().st_mode == plain.stat().st_mode
    path.chmod(0o600)
    link.symlink_to(path)
    put(link, b"2")
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"2", 0o600)
    assert link.is_symlink()
    assert {each.name for each in tmp_path.iterdir()} == {"a", "link", "plain"}
