"""Reviews made by hand, for the tests of the reports: small, plain, and hostile ones."""

import hashlib
from dataclasses import replace

from checks.model import (
    Assessment,
    Category,
    Evidence,
    Finding,
    NotAssessed,
    Place,
    Profile,
    Severity,
    Suggestion,
    Suppression,
)
from reviewer.model import Review, Scope

SHA = "4c9a6f0d1f2b7e8a9b0c1d2e3f405162738495a6"
BLOB_URL = f"https://github.com/example/service/blob/{SHA}/"
PATH = "tests/functional/test_migrate.py"
SYMBOL = "TestMigrate.test_spawn_fails"


def place(line: int = 12, end_line: int = 0, path: str = PATH, symbol: str = SYMBOL) -> Place:
    """A place of one line, or of several."""
    return Place(path, line, 5, end_line or line, 40, symbol)


def finding(
    line: int = 12,
    *,
    end_line: int = 0,
    severity: Severity = Severity.HIGH,
    path: str = PATH,
    rule: str = "tls-verify-off",
    category: Category = Category.NETWORK,
    title: str = "TLS certificate verification is turned off",
    reason: str = "`verify=False` makes this request accept any certificate.",
    code: str = "    response = requests.get(url, verify=False)",
    symbol: str = SYMBOL,
) -> Finding:
    """A finding as the engine makes it."""
    content = hashlib.sha256(f"{rule}{code}{line}".encode(errors="replace")).hexdigest()[:24]
    return Finding(
        rule=rule,
        category=category,
        severity=severity,
        cwe=295,
        place=place(line, end_line, path, symbol),
        title=title,
        reason=reason,
        remedy='Give the client your test CA instead: `verify="tests/ca.pem"`.',
        code=code,
        fingerprint=hashlib.sha256(f"{content}{path}".encode(errors="replace")).hexdigest()[:24],
        content=content,
    )


def suggested(*, safe: bool = False) -> Finding:
    """A finding with a proved suggestion."""
    lines = ("    response = requests.get(url, verify=True)",)
    return replace(finding(), suggestion=Suggestion(12, 12, lines, safe=safe))


def fact(
    sentence: str = "simulates a failing spawn (`HypervisorUnavailable`) and checks the clean-up",
    line: int = 1083,
    end_line: int = 1160,
    category: Category = Category.ERRORS,
    path: str = PATH,
) -> Evidence:
    """A piece of evidence."""
    return Evidence(category, place(line, end_line, path), sentence)


def suppression(*, problem: str = "", reason: str = "the server is our own") -> Suppression:
    """An inline ignore on line 12."""
    return Suppression(PATH, 12, 12, ("tls-verify-off",), reason, "", problem)


def review(
    *assessments: Assessment,
    selected: int | None = None,
    unread: tuple[NotAssessed, ...] = (),
    fail_on: Severity | None = Severity.MEDIUM,
    blob_url: str = BLOB_URL,
    head_sha: str = SHA,
    not_covered: tuple[str, ...] = (),
    others: tuple[str, ...] = (),
) -> Review:
    """A review of *assessments*; by default all that was selected is there."""
    count = len(assessments) + len(unread) if selected is None else selected
    scope = Scope(count, Profile.TESTS, fail_on, head_sha, blob_url, not_covered, others)
    return Review(scope, assessments, unread)


def assessment(
    *said: Finding | Evidence | NotAssessed | Suppression, path: str = PATH
) -> Assessment:
    """What was said about one file."""
    return Assessment(
        path=path,
        lines=1_200,
        findings=tuple(item for item in said if isinstance(item, Finding)),
        evidence=tuple(item for item in said if isinstance(item, Evidence)),
        not_assessed=tuple(item for item in said if isinstance(item, NotAssessed)),
        suppressions=tuple(item for item in said if isinstance(item, Suppression)),
    )


def clean() -> Review:
    """Nothing found, something seen in five categories."""
    return review(
        assessment(
            fact("patches `time.sleep` in a decorator", 40, 40, Category.MOCKS),
            fact("patches `time.sleep` in a decorator", 80, 80, Category.MOCKS),
            fact("replaces `self.compute` until the test ends", 120, 122, Category.MOCKS),
            fact(),
            fact("expects `CantStartEngineError`", 1_170, 1_180),
            fact("undoes with `self.addCleanup(p.stop)`", 41, 41, Category.CLEANUP),
            fact("runs with an administrator's context", 30, 30, Category.ACCESS),
            fact("overrides `os_compute_api:servers:create` to `@`", 31, 33, Category.ACCESS),
            fact("contacts `192.0.2.1`, a reserved address", 7, 7, Category.NETWORK),
        ),
        assessment(
            fact("patches `os.path.exists` in `setUp`", 9, 9, Category.MOCKS, "tests/test_b.py"),
            path="tests/test_b.py",
        ),
    )


def three() -> Review:
    """Three findings of three weights, a suppressed one and an ignore that does not count."""
    return review(
        assessment(
            *clean().assessments[0].evidence,
            suggested(),
            finding(
                30,
                end_line=33,
                severity=Severity.MEDIUM,
                rule="patch-not-stopped",
                category=Category.MOCKS,
                title="A patch is started and never stopped",
                reason="`patcher.start()` in `setUp` has no `stop`, so every later test of this "
                "process sees the double.",
                code="        patcher = mock.patch('os.path.exists')\n        patcher.start()",
            ),
            finding(
                52,
                severity=Severity.LOW,
                rule="environ-not-restored",
                category=Category.CLEANUP,
                title="An environment variable is set and not put back",
                reason="`HTTP_PROXY` stays set for every test that runs after this one.",
                code="    os.environ['HTTP_PROXY'] = 'http://127.0.0.1'",
            ),
            replace(finding(77), suppressed=suppression()),
            suppression(problem="it gives no reason; write `# secreview: ignore[id] -- reason`"),
        )
    )


def many(count: int = 200) -> Review:
    """So many findings and facts that GitHub's limit is passed several times."""
    assessments = []
    for number in range(count):
        path = f"tests/unit/component_{number:03}/test_behaviour.py"
        facts = [
            fact(f"patches `module_{number}.call_{n}` in `setUp`", 20 + n, 20 + n, category, path)
            for category in Category
            for n in range(5)
        ]
        severity = list(Severity)[number % 3]
        found = finding(12 + number, severity=severity, path=path)
        assessments.append(assessment(found, *facts, path=path))
    return review(*assessments)


def incomplete() -> Review:
    """Two files that could not be analysed beside one with a finding."""
    broken = "tests/test_broken.py"
    gap = NotAssessed(broken, "Python 3.11 cannot parse it: '(' was never closed (line 3)", 3)
    return review(
        assessment(finding(), fact()),
        assessment(gap, path=broken),
        unread=(NotAssessed("tests/test_huge.py", "it is larger than 2 MiB"),),
        selected=14,
        not_covered=("web/tests/login.spec.ts", "notebooks/test_model.ipynb"),
    )


HOSTILE = (
    "tests/`whoami`.py",
    "tests/``@octocat``.py",
    "tests/<img src=x onerror=alert(1)>.py",
    "tests/[click](https://evil.example).py",
    "tests/a|b|c.py",
    "tests/x\n\n# heading\n.py",
    "tests/\u202egnp.yp.py",
    "tests/@octocat #1 GH-2 o/r#3.py",
    "tests/</details></summary><h1>.py",
    "tests/https://evil.example/www.evil.example.py",
    "tests/ leading and trailing ",
    "tests/\x1b[31mred\x1b[0m\x00.py",
    "tests/```\n````suggestion\nrm -rf\n````.py",
    "tests/\udcff-not-utf8.py",
    "tests/%0A::error::x,y:z.py",
    "tests/<!-- secreview:v1 a b -->.py",
)


def hostile() -> Review:
    """Everything that comes from outside, as unfriendly as it may be."""
    assessments = []
    for number, name in enumerate(HOSTILE):
        bad = finding(number + 1, path=name, reason=f"{name} is `{name}`.", symbol=name, code=name)
        by = suppression(reason=f"{name} said @octocat, see #1 and https://evil.example")
        assessments.append(
            assessment(
                bad,
                replace(finding(50 + number, path=name), suppressed=by),
                fact(f"mentions @octocat and `{name}` in {name}", 3, 4, path=name),
                NotAssessed(name, f"Python cannot parse it: {name}", 2),
                suppression(problem=f"there is no rule `{name}`"),
                path=name,
            )
        )
    return review(*assessments, not_covered=HOSTILE)


def compared(*, introduced: int = 2, existing: int = 3, fixed: int = 1) -> Review:
    """A review under ``scope: introduced``, as the App makes it of a pull request."""
    weights = [*Severity] * (introduced + existing)
    found = [finding(10 + n, severity=weights[n]) for n in range(introduced + existing)]
    made = review(assessment(*found))
    scope = replace(
        made.scope, introduced_only=True, base_sha=SHA[::-1], reason="command", by="mira"
    )
    return replace(
        made,
        scope=scope,
        existing=frozenset(each.fingerprint for each in found[introduced:]),
        fixed=tuple(finding(90 + n) for n in range(fixed)),
    )
