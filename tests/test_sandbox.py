"""The sandbox: every file gets an answer, whatever it does to the process that reads it."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from stat import S_ISREG

import pytest

import checks
from checks import SourceFile, child
from checks.model import Assessment, Profile, Side
from checks.suggestions import suggest
from reviewer import sandbox
from reviewer.child import _folders, forget_moulds
from reviewer.children import Children, SandboxError
from reviewer.limits import MIB, Stopped, Watch

HOUSE = Path(__file__).parent.parent
BAD = SourceFile("tests/test_bad.py", b'import requests\nrequests.get("https://x", verify=False)\n')
# Slow by its length alone, and with room enough that time runs out before memory does.
SLOW = SourceFile("tests/test_slow.py", b"x = 1\n" * 250_000)
ROOMY = replace(sandbox.REVIEW, memory=2048 * MIB)

# Run as a confined child would: what does the system still allow?
PROBE = """
import json, os, socket, sys
sys.path.append(sys.argv[1])
if sys.argv[2] == "nobody":
    from checks import child
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
from checks import child
child._confine({"memory": 256 << 20, "cpu": 1, "parent": os.getppid()})
def outcome(action):
    try:
        action()
        return "allowed"
    except BaseException as error:
        return type(error).__name__
def allocate():
    bytearray(300 << 20)
def start():
    if os.fork() == 0:
        os._exit(0)
import threading
print(json.dumps({
    "read": outcome(lambda: open("/etc/passwd")),
    "write": outcome(lambda: open("/tmp/secreview-probe", "w")),
    "network": outcome(lambda: socket.socket()),
    "listing": outcome(lambda: os.listdir("/")),
    "fork": outcome(start),
    "thread": outcome(lambda: threading.Thread(target=print).start()),
    "memory": outcome(allocate),
    "environment": sorted(set(os.environ) - {"LC_CTYPE"}),  # Python sets that one itself
    "root": os.geteuid() == 0,
}))
sys.stdout.flush()
while True:
    pass
"""


def reasons(assessments: list[Assessment]) -> list[str]:
    """Why each file was not assessed; "" where it was."""
    return [" ".join(gap.reason for gap in a.not_assessed) for a in assessments]


def examples() -> list[SourceFile]:
    """The bad and good examples of every rule, each on the side that the rule looks at."""
    return [
        SourceFile(
            f"{rule.id}.py",
            (example if isinstance(example, str) else example.code).encode(),
            Side(rule.side),
        )
        for rule in checks.RULES.values()
        for example in (*rule.bad, *rule.good)
    ]


def started_by(parents: set[int]) -> set[int]:
    """The processes that these have started and that still run."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) in parents and fields[0] != "Z":
            found.add(int(stat.parent.name))
    return found


def children() -> set[int]:
    """The children of the sandbox: what our moulds have started."""
    return started_by(started_by({os.getpid()}))


def when(condition: Callable[[], bool], seconds: float = 10) -> bool:
    """Wait until *condition* holds; whether it came to hold."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


@pytest.fixture(autouse=True)
def _nothing_is_left_behind() -> Iterator[None]:
    """After each test: no child, and without moulds no process and no open pipe of ours."""

    def held() -> tuple[set[int], Counter[str]]:
        return started_by({os.getpid()}), open_descriptors()

    forget_moulds()
    before = held()
    yield
    assert when(lambda: not children())
    forget_moulds()
    # Fewer may be there: what an earlier test forgot to close goes when it is collected.
    assert when(lambda: held()[0] <= before[0] and held()[1] <= before[1])


def open_descriptors() -> Counter[str]:
    """What this process has open, but for files on the disk: those may be another test's."""
    found = Counter[str]()
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # Gone again: the one that lists them.
            if not S_ISREG(descriptor.stat().st_mode):
                found[str(descriptor.readlink())] += 1
    return found


def test_a_request_carries_all_of_a_file() -> None:
    """Whatever the bytes are, and its supporting sources with it."""
    known = frozenset({"app.test.Base"})
    file = SourceFile(
        "\udcff.py", b"\xff\0", Side.PRODUCTION, {"b.py": b"\xfe", "c.py": b""}, known
    )
    sent = BytesIO(child.request(file, {"findings": []}))
    got, asked = child.received(sent.readline(), sent)
    assert (got, asked["findings"], sent.read()) == (file, [], b"")


def test_the_child_says_what_the_checks_say() -> None:
    """Over sources, samples and every rule's examples: exactly what they say in process.

    A child can import nothing once it is confined, so this finds what is imported late.
    """
    paths = [
        *sorted((HOUSE / "checks").rglob("*.py"))[:25],
        *(HOUSE / "tests/samples").rglob("*.py"),
    ]
    files = [BAD, *(SourceFile(p.relative_to(HOUSE).as_posix(), p.read_bytes()) for p in paths)]
    files += examples()
    for profile in Profile:
        said = sandbox.assess(files, profile, limits=sandbox.COMMAND_LINE)
        assert said == list(checks.assess(files, profile))


def test_a_file_that_is_no_test_is_looked_at_for_doubles_and_switches_alone() -> None:
    """The child is told the side; another rule's finding and all evidence stay away."""
    content = b"from unittest import mock\n" + BAD.content
    test, other = sandbox.assess(
        [SourceFile("a.py", content), SourceFile("a.py", content, Side.PRODUCTION)], Profile.TESTS
    )
    assert [f.rule for f in test.findings] == ["tls-verify-off"]
    assert test.evidence
    assert [f.rule for f in other.findings] == ["double-in-production"]
    assert not other.evidence


def test_other_files_are_counted_apart_from_tests() -> None:
    """Many changed files that are no tests push no test out of the review: only tests count."""
    files = [
        SourceFile("a.py", b"x = 1\n", Side.PRODUCTION),
        SourceFile("b.py", b"x = 1\n", Side.PRODUCTION),
        SourceFile("tests/test_a.py", b"x = 1\n"),
    ]
    said = sandbox.assess(files, Profile.TESTS, limits=replace(sandbox.REVIEW, files=1))
    assert [gap.reason for a in said for gap in a.not_assessed] == []


@pytest.mark.parametrize(
    "content",
    ["é = 'ü'".encode(), b'x = "\\N{BULLET}"', b"# coding: latin-1\nx = '\xe9'",
     b"# coding: ascii\nx = 1", b"\xef\xbb\xbfx = 1", b"# -*- coding: utf-8 -*-\nx = 1",
     "ｘ = 1".encode(), b"x = '\\ud800'", b"", b"\n"],
)  # fmt: skip
def test_every_encoding_is_read_without_opening_anything(content: bytes) -> None:
    """Codecs and character names are loaded before the door is shut."""
    assert reasons(sandbox.assess([SourceFile("a.py", content)], Profile.TESTS)) == [""]


HOSTILE = {
    "nested brackets": b"x = " + b"[" * 100_000,
    "long chain": b"x = a" + b".a" * 50_000,
    "operators": b"x = " + b"-" * 200_000 + b"1",
    "NUL": b"x = 1\n\0\n",
    "unknown cookie": b"# coding: klingon\nx = 1\n",
    "smuggling cookie": b"# coding: utf-7\nx = 1\n",
    "not UTF-8": b"x = '\xff'\n",
    "syntax error": b"def f(:\n",
    "Python 2": b"print 'x'\n",
    "three megabytes": b"x = 1\n" * 500_000,
}


def test_hostile_files_each_get_a_stated_answer() -> None:
    """Each is not assessed for a reason, and the good files around them are reviewed."""
    files = [BAD]
    for name, content in HOSTILE.items():
        files += [SourceFile(name, content), replace(BAD, path=f"after {name}")]
    found = sandbox.assess(files, Profile.TESTS)
    assert [a.path for a in found] == [f.path for f in files]
    assert all(reasons(found[1::2])), reasons(found[1::2])
    assert [len(a.findings) for a in found[::2]] == [1] * (len(HOSTILE) + 1)
    assert "please report" not in " ".join(reasons(found))
    # Confined, the parser says what it says outside: no codec is missing, no file is.
    small = [file for file in files if len(file.content) <= sandbox.REVIEW.file_bytes]
    answers = [a for a, file in zip(found, files, strict=True) if file in small]
    assert reasons(answers) == reasons(list(checks.assess(small)))


def test_a_line_that_eats_memory_is_stopped() -> None:
    """Five megabytes of list on one line would take gigabytes: the limit answers instead."""
    bomb = SourceFile("bomb.py", b"x = [" + b"1," * 2_500_000 + b"]")
    assert "2 MiB" in reasons(sandbox.assess([bomb], Profile.TESTS))[0]
    limits = replace(sandbox.REVIEW, file_bytes=8 * MIB, memory=256 * MIB)
    found = sandbox.assess([bomb, BAD], Profile.TESTS, limits=limits)
    assert reasons(found)[0]
    assert len(found[1].findings) == 1


def test_a_file_that_takes_too_long_is_not_assessed() -> None:
    """The limit for a file ends its child; the next file is reviewed by a new one."""
    limits = replace(ROOMY, file_cpu=0)
    found = sandbox.assess([BAD, SLOW, BAD], Profile.TESTS, limits=limits)
    assert [len(a.findings) for a in found] == [1, 0, 1]
    assert "more than 0 seconds" in reasons(found)[1]
    assert found[1].lines == 250_000


def test_wall_time_of_a_file_is_limited_too() -> None:
    """A child that is merely stuck ends as well."""
    limits = replace(ROOMY, file_wall=0.7)
    found = sandbox.assess([SLOW, BAD], Profile.TESTS, limits=limits)
    assert "limit for a file" in reasons(found)[0]
    assert len(found[1].findings) == 1


@pytest.mark.parametrize("given", [{"cpu": 2}, {"wall": 1.5}])
def test_the_time_of_a_review_is_limited(given: dict[str, float]) -> None:
    """When the whole time is used up, every file that is left says so; none is dropped."""
    limits = replace(ROOMY, **given)
    # Each of its own name: what was just looked at costs little a second time.
    slow = [replace(SLOW, path=f"tests/test_slow_{n}.py") for n in range(4)]
    files = [BAD, *slow, BAD]
    found = sandbox.assess(files, Profile.TESTS, limits=limits)
    assert [a.path for a in found] == [f.path for f in files]
    assert reasons(found)[0] == ""
    assert "the time for one review" in reasons(found)[4]
    assert "the time for one review" in reasons(found)[5]


def test_the_number_of_files_is_limited() -> None:
    """Files past the limit are not assessed and say which limit it was."""
    found = sandbox.assess([BAD] * 3, Profile.TESTS, limits=replace(sandbox.REVIEW, files=2))
    assert [bool(r) for r in reasons(found)] == [False, False, True]
    assert "first 2 test files" in reasons(found)[2]


def test_what_is_said_is_limited() -> None:
    """A file with more findings than a report can hold, and a report that is full."""
    many = SourceFile("many.py", b"import requests\n" + b"requests.get('u', verify=False)\n" * 200)
    small = replace(sandbox.REVIEW, answer=20_000)
    found = sandbox.assess([many, BAD], Profile.TESTS, limits=small)
    assert "more to say" in reasons(found)[0]
    assert len(found[1].findings) == 1
    full = replace(sandbox.REVIEW, answers=2_500)
    assert [bool(r) for r in reasons(sandbox.assess([BAD] * 3, Profile.TESTS, limits=full))] == [
        False,
        True,
        True,
    ]


def cpu_seconds(pid: int) -> float:
    """How much CPU a process has used."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT, signal.SIGKILL])
def test_a_crash_is_the_files_fate_alone(number: signal.Signals) -> None:
    """A child that dies of a file: that file says why, the others are reviewed."""

    def kill_the_slow_one() -> None:
        assert when(lambda: [pid for pid in children() if cpu_seconds(pid) > 0.3])
        (child,) = children()
        os.kill(child, number)

    killer = threading.Thread(target=kill_the_slow_one)
    killer.start()
    found = sandbox.assess([SLOW, BAD], Profile.TESTS, limits=ROOMY)
    killer.join()
    assert len(found[1].findings) == 1
    expected = "memory was short" if number == signal.SIGKILL else number.name
    assert expected in reasons(found)[0]


def test_it_stops_when_told_to() -> None:
    """A newer push ends the child within a second, whatever it is doing."""
    begun = time.monotonic()
    with pytest.raises(Stopped):
        sandbox.assess(
            [SLOW] * 9, Profile.TESTS, lambda: time.monotonic() < begun + 0.5, limits=ROOMY
        )
    assert time.monotonic() < begun + 2
    assert not children()


def test_it_asks_only_now_and_then_whether_to_go_on() -> None:
    """Asking costs the caller a query: not once for each file."""
    asked: list[float] = []
    sandbox.assess([BAD] * 200, Profile.TESTS, lambda: not asked.append(time.monotonic()))
    assert asked
    assert all(later - earlier > 0.2 for earlier, later in pairwise(asked))


def test_several_jobs_give_the_same_answers_in_order() -> None:
    """The command line: many files, several children, progress as files are done."""
    files = [replace(BAD, path=f"tests/test_{n}.py") for n in range(40)]
    done: list[Assessment] = []
    limits = sandbox.COMMAND_LINE
    found = sandbox.assess(iter(files), Profile.TESTS, limits=limits, jobs=3, on_done=done.append)
    assert found == list(checks.assess(files))
    assert sorted(a.path for a in done) == sorted(f.path for f in files)


def test_an_interrupt_ends_all_jobs() -> None:
    """Ctrl-C while several children work: all are gone at once."""
    begun = time.monotonic()

    def interrupt(assessment: Assessment) -> None:
        raise KeyboardInterrupt

    files = [BAD, *[SLOW] * 6]
    with pytest.raises(KeyboardInterrupt):
        sandbox.assess(files, Profile.TESTS, limits=sandbox.COMMAND_LINE, jobs=2, on_done=interrupt)
    assert time.monotonic() < begun + 4


def test_the_child_dies_with_its_parent() -> None:
    """A worker killed with -9 leaves no analysis running."""
    code = (
        "from checks import SourceFile\n"
        "from checks.model import Profile\n"
        "from reviewer import sandbox\n"
        "print('started', flush=True)\n"
        "sandbox.assess([SourceFile('a.py', b'x = 1\\n' * 150_000)] * 99, Profile.TESTS)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=HOUSE
    ) as worker:
        assert worker.stdout
        worker.stdout.readline()
        listing = Path(f"/proc/{worker.pid}/task/{worker.pid}/children")
        assert when(lambda: bool(listing.read_text()))
        (mould,) = map(int, listing.read_text().split())
        assert when(lambda: bool(started_by({mould})))
        both = {mould, *started_by({mould})}
        time.sleep(0.5)
        worker.kill()
    assert when(lambda: not any(Path(f"/proc/{pid}").exists() for pid in both), seconds=3)


def test_a_mould_that_dies_takes_its_children_along_and_is_replaced() -> None:
    """The file says that the system ended its analysis; the next one has a new mould."""

    def kill_the_mould() -> None:
        assert when(lambda: [pid for pid in children() if cpu_seconds(pid) > 0.3])
        for mould in started_by({os.getpid()}):
            os.kill(mould, signal.SIGKILL)

    killer = threading.Thread(target=kill_the_mould)
    killer.start()
    found = sandbox.assess([SLOW, BAD], Profile.TESTS, limits=ROOMY)
    killer.join()
    assert "memory was short" in reasons(found)[0]
    assert len(found[1].findings) == 1


@pytest.mark.parametrize("user", ["as we are", "nobody"])
def test_a_confined_child_can_do_nothing_else(user: str) -> None:
    """As root and as any user: no file, no network, no process, no environment, little memory."""
    if user == "nobody" and os.geteuid() != 0:
        user = "as we are"  # Only root can become somebody else, and this is somebody else.
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", PROBE, str(HOUSE), user],
        env={}, capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.stdout, done.stderr
    assert json.loads(done.stdout) == {
        "read": "OSError",
        "write": "OSError",
        "network": "OSError",
        "listing": "OSError",
        "fork": "BlockingIOError",
        "thread": "RuntimeError",
        "memory": "MemoryError",
        "environment": [],
        "root": False,
    }
    assert done.returncode in (-signal.SIGXCPU, -signal.SIGKILL)


def test_suggestions_come_from_a_child_of_their_own() -> None:
    """Findings with an edit get a proved suggestion; the others pass through unchanged."""
    (assessment,) = sandbox.assess([BAD], Profile.TESTS)
    ((finding,),) = sandbox.suggest([(BAD, assessment.findings)], Profile.TESTS)
    assert finding.suggestion
    assert (finding.suggestion.line, finding.suggestion.end_line) == (2, 2)
    assert "verify=True" in finding.suggestion.lines[0]
    plain = replace(finding, edit=None, suggestion=None)
    assert sandbox.suggest([(BAD, [plain, plain])], Profile.TESTS) == [[plain, plain]]


def test_without_libcst_there_are_no_suggestions_and_the_rest_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What one kind of child lacks ends neither the mould nor the other kinds."""
    folders = _folders()
    monkeypatch.setattr("reviewer.child._folders", lambda: folders[:1])
    (assessment,) = sandbox.assess([BAD], Profile.TESTS)
    mould = started_by({os.getpid()})
    watch = Watch(sandbox.always, None)
    with (
        Children(Profile.TESTS, sandbox.SUGGESTIONS, watch, suggesting=True) as children,
        pytest.raises(SandboxError, match="No module named 'libcst'"),
    ):
        children.ask(child.request(BAD))
    findings = list(assessment.findings)
    assert sandbox.suggest([(BAD, findings)], Profile.TESTS) == [findings]
    assert sandbox.assess([BAD], Profile.TESTS) == [assessment]
    assert started_by({os.getpid()}) == mould


def test_every_suggestion_can_be_made_in_the_child() -> None:
    """Over every rule's examples: the suggestions are those that are proved in process."""
    files = [BAD, *examples()]
    work = [(f, a.findings) for f, a in zip(files, checks.assess(files), strict=True)]
    made = sandbox.suggest(work, Profile.TESTS, limits=replace(sandbox.SUGGESTIONS, cpu=60))
    assert made == [suggest(file, findings, Profile.TESTS) for file, findings in work]
    assert made[0][0].suggestion


@pytest.mark.parametrize("given", [{"cpu": 0}, {"wall": 0.01}, {"answer": 10}, {"answers": 1}])
def test_without_a_suggestion_the_finding_stands(given: dict[str, float]) -> None:
    """Whatever becomes of the second child, the findings come back as they were."""
    (assessment,) = sandbox.assess([BAD], Profile.TESTS)
    limits = replace(sandbox.SUGGESTIONS, **given)
    work = [(BAD, assessment.findings)]
    assert sandbox.suggest(work, Profile.TESTS, limits=limits) == [list(assessment.findings)]


def test_an_installation_without_a_working_child_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """If no child can be started, that is our fault and is said as such, never "clean"."""
    monkeypatch.setattr("reviewer.child._START", "raise SystemExit('no checks here')")
    with pytest.raises(sandbox.SandboxError, match="no checks here"):
        sandbox.assess([BAD], Profile.TESTS)
