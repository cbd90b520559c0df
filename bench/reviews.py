"""How long a review takes through the whole App, and what a very large one takes.

    python bench/reviews.py [--reviews N] [--files N]

The real web server, worker and sandbox run against the GitHub stand-in of the tests. First, N
pull requests with five changed test files of 400 lines each, one after the other, with 30 ms
for every answer of GitHub: the time from the delivery until the check is in progress and until
it is completed. Then one pull request of 3,000 files, 400 of them tests. Writes its part of
``docs/performance.md``, and ends with 1 when a target is missed.
"""

import argparse
import os
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from string import Template
from typing import Self

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from corpora import DOCS, table, version  # noqa: E402

from tests.running import app  # noqa: E402
from tests.standin import StandIn  # noqa: E402
from tests.standin.server import Logged  # noqa: E402
from tests.standin.state import CheckRun, Repository  # noqa: E402

BEGIN, END = "<!-- reviews: begin -->", "<!-- reviews: end -->"
TEMPLATE = Path(__file__).resolve().with_name("reviews.template.md")
ANSWER = 0.03
COMPLETED, IN_PROGRESS, GROUP = 2.5, 1.0, 1.0
TESTS = 400
STEPS = (
    "waiting for a worker",
    "reading the pull request, announcing",
    "files, configuration, contents",
    "assessing",
    "commenting, concluding",
)


def source(number: int, lines: int, *, bad: bool = False) -> str:
    """A test file of so many lines, unlike any other; *bad* has one defect."""
    call = '    requests.get("https://x.test/", verify=False)\n'
    head = f"import requests\n\nNUMBER = {number}\n\n\ndef test_it():\n" + call * bad
    return head + "".join(f"    assert NUMBER + {n} == {number + n}\n" for n in range(lines - 6))


def wait(look: Callable[[], object], seconds: float) -> float:
    """The time at which *look* first answers something true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if look():
            return time.monotonic()
        time.sleep(0.005)
    sys.exit("a review did not end in time")


@contextmanager
def running(standin: StandIn) -> Iterator[None]:
    """The App with its default settings."""
    with tempfile.TemporaryDirectory() as data, app(standin, Path(data)) as webhook:
        standin.webhook_url = webhook
        yield


def one(standin: StandIn, repository: Repository, number: int) -> tuple[float, float, list[float]]:
    """One review: seconds until it is in progress, until it is completed, and of its parts."""
    files = {
        f"tests/test_{number}_{n}.py": source(number * 5 + n, 400, bad=n == 0) for n in range(5)
    }
    before = len(standin.requests)
    started = time.monotonic()
    opened: list[object] = []
    # The delivery is made by the call itself, and answered within it.
    thread = threading.Thread(
        target=lambda: opened.append(standin.open_pull_request(repository, files))
    )
    thread.start()

    def runs() -> list[CheckRun]:
        pulls = repository.pulls
        return standin.check_runs(repository, pulls[number].head_sha) if number in pulls else []

    announced = wait(runs, 30) - started
    completed = wait(lambda: any(run.status == "completed" for run in runs()), 30) - started
    thread.join()
    return announced, completed, parts(standin.requests[before:], started, started + completed)


def group(standin: StandIn, repository: Repository, number: int) -> float:
    """Seconds from the merge queue's delivery until its group's check is completed."""
    started = time.monotonic()
    head = standin.enqueue(repository.pulls[number])
    done = wait(
        lambda: any(r.status == "completed" for r in standin.check_runs(repository, head)), 30
    )
    return done - started


def parts(asked: Sequence[Logged], started: float, ended: float) -> list[float]:
    """How long each of ``STEPS`` took, by the requests that part them."""
    first = asked[0].at
    listing = next(each.at for each in asked if each.path.endswith("/files"))
    comments = next(each.at for each in asked if each.path.endswith("/comments"))
    fetched = max(each.at for each in asked if each.at < comments) + ANSWER
    return [
        first - started,
        listing - first,
        fetched - listing,
        comments - fetched,
        ended - comments,
    ]


def quick(reviews: int) -> tuple[list[str], bool]:
    """The figures of many small reviews."""
    with StandIn() as standin, running(standin):
        repository = standin.repository("acme/widgets")
        one(standin, repository, 1)  # The worker's first review loads what all others use.
        standin.delay = ANSWER
        took = [one(standin, repository, number) for number in range(2, reviews + 2)]
        groups = [group(standin, repository, number) for number in range(2, reviews + 2)]
    announced, completed = ([each[n] for each in took] for n in (0, 1))
    middle = statistics.median(completed)
    seen = max(announced)
    rows = [
        ["in progress", f"{statistics.median(announced):.2f}", f"{seen:.2f}", f"{IN_PROGRESS}"],
        ["completed", f"{middle:.2f}", f"{max(completed):.2f}", f"{COMPLETED} (median)"],
        [
            "completed on a merge group of it",
            f"{statistics.median(groups):.2f}",
            f"{max(groups):.2f}",
            f"{GROUP} (median)",
        ],
    ]
    where = [
        [name, f"{statistics.median(each[2][n] for each in took):.2f}"]
        for n, name in enumerate(STEPS)
    ]
    held = (
        middle <= COMPLETED
        and statistics.median(announced) <= IN_PROGRESS
        and statistics.median(groups) <= GROUP
    )
    return [
        table(["from the delivery until the check is", "median s", "worst s", "wanted"], rows),
        table(["where the time goes", "median s"], where),
    ], held


class Memory:
    """The peak of all processes of the App together, and of the largest one, in MB."""

    def __init__(self) -> None:
        self.together = self.largest = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.05):
            sizes = [*resident()]
            self.together = max(self.together, sum(sizes))
            self.largest = max(self.largest, *sizes, 0.0)


def resident() -> Iterator[float]:
    """MB of each process that we started, and of those that they started."""
    page = os.sysconf("SC_PAGE_SIZE") / 1024 / 1024
    stats = {}
    for each in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = each.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        stats[each.parent.name] = fields
    ours = [str(os.getpid())]
    for parent in ours:
        ours += [pid for pid, fields in stats.items() if fields[1] == parent]
    yield from (int(stats[pid][21]) * page for pid in ours[1:])


def large(files: int) -> list[str]:
    """The figures of one very large pull request."""
    tests = {f"tests/test_{n:04}.py": source(n, 100, bad=n % 40 == 0) for n in range(TESTS)}
    others = {f"src/module_{n:04}.py": f"X = {n}\n" for n in range(files - TESTS)}
    with StandIn() as standin, running(standin), Memory() as memory:
        repository = standin.repository("acme/large")
        started = time.monotonic()
        standin.open_pull_request(repository, tests | others)
        ended = wait(
            lambda: any(run.status == "completed" for run in standin.check_runs(repository)), 300
        )
        (run,) = standin.check_runs(repository)
        pull = repository.pulls[1]
    asked = Counter(
        f"{each.method} .../{each.path.split('/')[-2]}" if "blobs" in each.path else each.method
        for each in standin.requests
    )
    blobs = sum(count for kind, count in asked.items() if "blobs" in kind)
    rows = [
        ["changed files", f"{files:,}"],
        ["test files among them", f"{TESTS}"],
        ["conclusion and title", f"{run.conclusion}: {run.output['title']}"],
        ["comments, reviews", f"{len(pull.review_comments)}, {len(pull.reviews)}"],
        ["seconds from the delivery", f"{ended - started:.1f}"],
        ["requests", f"{len(standin.requests):,}, of which {blobs:,} are contents of files"],
        ["memory of all processes, peak", f"{memory.together:.0f} MB"],
        ["memory of the largest process", f"{memory.largest:.0f} MB"],
    ]
    return [table(["", ""], rows)]


def main() -> None:
    """Measure, print, write the section."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--reviews", type=int, default=20)
    options.add_argument("--files", type=int, default=3_000)
    given = options.parse_args()
    small, held = quick(given.reviews)
    big = large(given.files)
    words = "Held" if held else "**Missed**"
    text = Template(TEMPLATE.read_text()).substitute(
        reviews=given.reviews,
        answer=f"{ANSWER * 1000:.0f}",
        quick="\n\n".join(small),
        held=f"{words}: completed within {COMPLETED} s, in progress within {IN_PROGRESS:.0f} s, "
        f"a merge group within {GROUP:.0f} s",
        large="\n\n".join(big),
        version=version(),
        processors=os.cpu_count(),
    )
    text = f"{BEGIN}\n{text}{END}"
    print(text)
    page = DOCS / "performance.md"
    before, _, rest = page.read_text().partition(BEGIN)
    page.write_text(before + text + rest.partition(END)[2])
    if not held:
        sys.exit("a target is missed")


if __name__ == "__main__":
    main()
