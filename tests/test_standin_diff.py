"""The stand-in's patches are real: they apply, and their hunks say which lines they show."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.standin.diff import changes, moved, patch, split
from tests.standin.objects import Store

LINES = st.lists(st.sampled_from(["a", "b", "def f():", "", "\r", "+x", "\u2028"]), max_size=40)
CONTENT = st.builds(lambda lines, end: "\n".join(lines) + end, LINES, st.sampled_from(["", "\n"]))
HEADER = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


def lines_of(content: str) -> list[str]:
    """Return git's lines without their ends."""
    return [line.decode().removesuffix("\n") for line in split(content.encode())]


def applied(before: list[str], text: str) -> list[str]:
    """Return the lines with the patch applied, by the shortest applier that can be wrong."""
    after: list[str] = []
    place = 0
    for line in text.split("\n") if text else []:
        header = HEADER.match(line)
        if header:
            start = int(header[1]) - (header[2] != "0")
            after += before[place:start]
            place = start
        elif line.startswith("\\"):
            continue
        else:
            if line[0] in " -":
                assert before[place] == line[1:]
                place += 1
            if line[0] in " +":
                after.append(line[1:])
    return after + before[place:]


@given(CONTENT, CONTENT)
def test_patch_turns_old_into_new(old: str, new: str) -> None:
    """Applied to the old lines, the patch gives the new ones, and it counts them right."""
    made = patch(old.encode(), new.encode())
    assert applied(lines_of(old), made.text or "") == lines_of(new)
    body = [line for each in made.hunks for line in each.lines[1:]]
    assert made.additions == sum(line.startswith("+") for line in body)
    assert made.deletions == sum(line.startswith("-") for line in body)


@given(CONTENT, CONTENT)
def test_hunks_name_the_lines_they_show(old: str, new: str) -> None:
    """Every line a hunk offers for a comment is the line of the file with that number."""
    before, after = split(old.encode()), split(new.encode())
    for each in patch(old.encode(), new.encode()).hunks:
        for places, lines in ((each.left, before), (each.right, after)):
            for number, index in places.items():
                assert each.lines[index][1:] == lines[number - 1].decode().removesuffix("\n")
        assert all(each.lines[index].startswith("-") for index in each.left.values())


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", "a\n"),
        ("a\n", ""),
        ("a", "a\n"),
        ("a\n" * 30 + "b\n", "c\n" + "a\n" * 30 + "d"),
        ("def f():\n" + "    x\n" * 20 + "    y\n", "def f():\n" + "    x\n" * 20 + "    z\n"),
        ("a\r\nb\x0cc\n", "a\nb\x0cc\n\n"),
    ],
)
def test_git_applies_the_patch(tmp_path: Path, old: str, new: str) -> None:
    """Git takes the patch behind ``---`` and ``+++`` and makes the same file of it."""
    (tmp_path / "f").write_bytes(old.encode())
    text = "--- a/f\n+++ b/f\n" + (patch(old.encode(), new.encode()).text or "") + "\n"
    command = ["git", "apply", "--unidiff-zero", "-"]
    subprocess.run(command, cwd=tmp_path, input=text.encode(), check=True)
    left = tmp_path / "f"
    assert (left.read_bytes() if left.exists() else b"") == new.encode()


def test_header_carries_the_enclosing_line_as_git_does() -> None:
    """Behind ``@@`` stands the nearest earlier line that starts with a letter."""
    old = "class A:\n" + "    x = 1\n" * 10 + "    y = 1\n"
    made = patch(old.encode(), old.replace("y", "z").encode())
    assert made.hunks[0].lines[0] == "@@ -9,4 +9,4 @@ class A:"


def test_binary_and_huge_files_have_no_patch() -> None:
    """GitHub leaves the patch out; the counts of a huge one stay."""
    assert patch(b"a\0b", b"a\0c").text is None
    huge = patch(b"", b"x\n" * 20_001)
    assert (huge.text, huge.hunks, huge.additions) == (None, (), 20_001)


def test_statuses_and_renames() -> None:
    """A moved file is one renamed file, alike enough or equal; an unlike one is two files."""
    store = Store()
    alike = b"".join(b"line %d\n" % number for number in range(10))
    ids = {
        name: store.add_blob(content)
        for name, content in {
            "same": b"same\n", "alike": alike, "edited": alike + b"more\n",
            "other": b"nothing in common\n", "new": b"fresh words\n", "empty": b"",
        }.items()
    }  # fmt: skip
    old = {"a.py": ids["same"], "b.py": ids["alike"], "c.py": ids["other"], "d.py": ids["same"]}
    new = {"z.py": ids["same"], "y.py": ids["edited"], "x.py": ids["new"], "d.py": ids["empty"]}
    found = [(c.path, c.status, c.previous_path) for c in changes(old, new, store.blobs)]
    assert found == [
        ("c.py", "removed", None),
        ("d.py", "modified", None),
        ("x.py", "added", None),
        ("y.py", "renamed", "b.py"),
        ("z.py", "renamed", "a.py"),
    ]


@given(CONTENT, CONTENT)
def test_moved_lines_are_equal(old: str, new: str) -> None:
    """A line that is said to have moved reads the same at both places."""
    before, after = split(old.encode()), split(new.encode())
    assert all(before[a - 1] == after[b - 1] for a, b in moved(old.encode(), new.encode()).items())
