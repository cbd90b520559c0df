"""The demo tells the whole story, twice in a row, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from checks import assess
from checks.source import SourceFile

HOUSE = Path(__file__).parent.parent
SAMPLES = HOUSE / "tests" / "samples"


def started(scratch: Path) -> "subprocess.Popen[str]":
    """The demo as ``make demo`` runs it."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.demo"],
        cwd=HOUSE,
        env={**os.environ, "COLUMNS": "120", "TMPDIR": str(scratch)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def app_processes(scratch: Path) -> set[int]:
    """Process ids whose environment says they serve the demo below *scratch*."""
    mark = f"SECREVIEW_DATA={scratch}".encode()
    found = set()
    for entry in Path("/proc").glob("[0-9]*/environ"):
        try:
            if mark in entry.read_bytes():
                found.add(int(entry.parent.name))
        except OSError:
            continue
    return found


def test_the_story_is_told_and_the_page_shows_it(tmp_path: Path) -> None:
    """Findings, a fix, the clean sentence, a command obeyed, nothing said twice, a page."""
    demo = started(tmp_path)
    output, _ = demo.communicate(timeout=90)
    assert demo.returncode == 0, output
    assert "No security defects are detected." in output
    assert "reaction: rocket" in output
    page = (HOUSE / "var" / "demo" / "pull-request.html").read_text()
    assert "No security defects are detected." in page
    assert "🚀" in page
    assert "<script" not in page
    assert not app_processes(tmp_path)


def test_an_interrupt_leaves_no_process_behind(tmp_path: Path) -> None:
    """Ctrl-C in the middle ends the web server, its workers and the review's child."""
    demo = started(tmp_path)
    end = time.monotonic() + 30
    while len(app_processes(tmp_path)) < 3 and time.monotonic() < end:
        time.sleep(0.1)
    demo.send_signal(signal.SIGINT)
    output, _ = demo.communicate(timeout=30)
    assert demo.returncode == 130, output
    assert not app_processes(tmp_path)


def test_samples_are_clean_where_the_story_says_so() -> None:
    """The fixed samples have no finding; the first version has some in two files."""
    for folder, expected in (("fixed", set()), ("head", {"conftest.py", "test_site_client.py"})):
        paths = sorted((SAMPLES / folder).rglob("*.py"))
        files = [SourceFile(str(p.relative_to(SAMPLES / folder)), p.read_bytes()) for p in paths]
        found = {Path(a.path).name for a in assess(files) if a.findings}
        assert found == expected
