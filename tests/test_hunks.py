"""Hunks: what GitHub's patch says about the lines that may carry a comment."""

import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reviewer.hunks import Hunk, added, anchor, commentable, hunks, in_one_hunk, undone

# What git shows as one line, and other tools might split or take for syntax.
LINES = st.one_of(
    st.sampled_from(
        ["", "x = 1", "--- a/x", "+++ b/x", "@@ -1,2 +1,2 @@", "\\ No newline at end of file",
         "a\rb", "form\x0cfeed", "line\u2028separator", "\x1ddiff --git a/x b/x", "\x85", "é = 1"]
    ),
    st.text(st.characters(codec="utf-8", exclude_characters="\n\0"), max_size=12),
)  # fmt: skip
FILES = st.lists(LINES, max_size=40)


@st.composite
def edits(draw: st.DrawFn) -> tuple[bytes, bytes]:
    """Two versions of a file: the second is the first with a few lines replaced."""
    before = draw(FILES)
    after = list(before)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(after)))
        after[at : at + draw(st.integers(0, 3))] = draw(st.lists(LINES, max_size=3))
    ends = draw(st.tuples(st.sampled_from(["", "\n"]), st.sampled_from(["", "\n"])))
    return ("\n".join(before) + ends[0]).encode(), ("\n".join(after) + ends[1]).encode()


def git_diff(before: bytes, after: bytes) -> str:
    """The part of git's own diff that GitHub gives as ``patch``."""
    with tempfile.TemporaryDirectory() as folder:
        old, new = Path(folder, "old"), Path(folder, "new")
        old.write_bytes(before)
        new.write_bytes(after)
        command = ["git", "diff", "--no-index", "--text", "--no-color", str(old), str(new)]
        done = subprocess.run(command, capture_output=True, check=False, cwd=folder)
    assert done.returncode in (0, 1), done.stderr
    _, found, hunk = done.stdout.decode(errors="replace").partition("\n@@ ")
    return "@@ " + hunk.removesuffix("\n") if found else ""


def numbered(patch: str) -> tuple[set[int], set[int]]:
    """An independent reading of a patch: the new side's lines, and the added ones."""
    shown, fresh, line, left, right = set(), set(), 0, 0, 0
    for text in patch.split("\n"):
        if not left and not right:
            if text.startswith("@@ "):
                old, new = (part[1:].split(",") for part in text.split(" ")[1:3])
                left, right = int([*old, "1"][1]), int([*new, "1"][1])
                line = int(new[0])
            continue
        if text[:1] in ("+", " "):
            shown.add(line)
            if text[0] == "+":
                fresh.add(line)
            line, right = line + 1, right - 1
        left -= text[:1] in ("-", " ")
    return shown, fresh


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(edits())
def test_hunks_agree_with_git(versions: tuple[bytes, bytes]) -> None:
    """Commentable and added lines are those of git's diff, and hold the new file's text."""
    before, after = versions
    patch = git_diff(before, after)
    found = hunks(patch)
    assert (commentable(found), added(found)) == numbered(patch)
    lines = after.decode().split("\n")
    texts = {t[1:] for t in patch.split("\n")}
    assert {lines[n - 1] for n in commentable(found)} <= texts


@given(edits(), st.integers(1, 45), st.integers(0, 6))
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_an_anchor_lies_in_one_hunk(versions: tuple[bytes, bytes], line: int, length: int) -> None:
    """A comment's place is within the finding's lines and within one hunk, or there is none."""
    found = hunks(git_diff(*versions))
    place = anchor(found, line, line + length)
    if place is None:
        assert not commentable(found) & set(range(line, line + length + 1))
    else:
        assert line <= place[0] <= place[1] <= line + length
        assert in_one_hunk(found, *place)


@pytest.mark.parametrize(
    "patch", [None, "", "Binary files differ", "@@ nonsense @@", "@@ -1,9 +1 @@\n x"]
)
def test_what_is_no_patch_has_no_hunks(patch: str | None) -> None:
    """A missing or broken patch leaves nothing to comment on, and raises nothing."""
    assert hunks(patch) == ()


def test_a_deleted_file_has_no_lines_on_the_new_side() -> None:
    """A hunk without a new side carries no comment."""
    assert hunks("@@ -1,2 +0,0 @@\n-a\n-b") == ()


def test_ranges_do_not_span_hunks() -> None:
    """Two hunks with a gap between them: a range over both is in neither."""
    found = hunks("@@ -1 +1,2 @@\n a\n+b\n@@ -9,2 +10,2 @@\n-c\n+d\n e")
    assert found == (Hunk(1, 2, frozenset({2})), Hunk(10, 11, frozenset({10})))
    assert in_one_hunk(found, 10, 11)
    assert not in_one_hunk(found, 2, 10)
    assert anchor(found, 2, 10) == (2, 2)
    assert anchor(found, 3, 9) is None


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(edits())
def test_undoing_git_s_own_patch_gives_the_base_back(versions: tuple[bytes, bytes]) -> None:
    """Whatever was edited, byte for byte, with a last newline or without."""
    before, after = versions
    assert undone(after, git_diff(before, after)) == before


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"", b"x = 1\n"),
        (b"x = 1\n", b""),
        (b"a\r\nb\r\n", b"a\r\nc\r\n"),
        (b"a\rb\n", b"a\rc\n"),
        (b"x\n" * 40, b"x\n" * 20 + b"y\n" + b"x\n" * 20),
        (b"end", b"end\n"),
        (b"\xff\n# one\n", b"\xff\n# two\n"),
    ],
)
def test_edits_that_are_often_got_wrong(old: bytes, new: bytes) -> None:
    """Added and removed files, Windows and lone returns, hunks apart, bytes that are no text."""
    assert undone(new, git_diff(old, new)) == old


@pytest.mark.parametrize(
    "patch",
    [
        "no patch",
        "@@ -1 +1 @@\n-a\n+other",
        "@@ -1,2 +1,2 @@\n-a\n+b",
        "@@ -9 +9 @@\n-a\n+b",
        "@@ -1 +1 @@\n?a\n+b",
        "@@ -1 +1 @@\n-a\n+b\n@@ -1 +1 @@\n-a\n+b",
    ],
)
def test_a_patch_that_does_not_fit_is_refused(patch: str) -> None:
    """Nothing is guessed: what the base was is then unknown."""
    with pytest.raises(ValueError, match=r"patch|hunk"):
        undone(b"b\n", patch)
