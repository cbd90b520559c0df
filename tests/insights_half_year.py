"""Half a year of reviews in twenty repositories, as rows of the App's own database.

``python -m tests.insights_half_year FOLDER`` makes such a database, to be looked at with
``SECREVIEW_DATA=FOLDER secreview insights``. The same seed gives the same numbers.
"""

import random
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from checks import RULES
from reviewer import store
from reviewer.work import migrate
from tests.work_rig import settings_in

REPOSITORIES = tuple(
    f"acme/{name}"
    for name in (
        "accounts", "billing", "catalogue", "checkout", "cluster-operator", "deploy-tools",
        "fraud-scoring", "gateway", "identity", "invoices", "ledger", "mail-relay",
        "message-broker", "mobile-backend", "observability-agents", "payments", "search",
        "secrets-rotation", "shipping", "warehouse-replication",
    )
)  # fmt: skip
REASONS = (
    "the server is our own, started by this fixture on the loopback interface",
    "replays a recorded session; the token was revoked in March",
    "tests the refusal itself",
    "needs the old cipher until the hardware in Oslo is replaced (OPS-1182)",
    "<script>alert(1)</script> is what the page has to escape",
    '=HYPERLINK("https://evil.example";"look")',
)
_FILES = ("tests/test_api.py", "tests/unit/test_sessions.py", "tests/conftest.py",
          "services/worker/tests/integration/test_long_running_exports.py")  # fmt: skip
_REVIEW = sa.table("secreview_review", *map(sa.column, (
    "target", "generation", "installation", "repository", "name", "ended", "seconds", "verdict",
)))  # fmt: skip
_FINDING = sa.table("secreview_finding", *map(sa.column, (
    "target", "fingerprint", "content", "installation", "repository", "number", "rule", "path",
    "introduced", "fixed", "suppressed", "silenced", "reason", "until", "seen",
)))  # fmt: skip


def fill(tx: Connection, today: datetime, days: int = 182, seed: int = 6) -> int:
    """Put *days* of reviews up to *today* there; how many reviews those are."""
    chance = random.Random(seed)
    reviews: list[dict[str, Any]] = []
    findings: list[dict[str, Any]] = []
    for day in range(days):
        then = today - timedelta(days=days - 1 - day)
        for number, _name in enumerate(REPOSITORIES, 1):
            busy = 6.0 / number**0.55 * (0.15 if then.weekday() > 4 else 1) * (1 + day / days)
            for _ in range(int(chance.expovariate(1 / busy)) if busy else 0):
                _pull(chance, then, day / days, number, reviews, findings)
    if reviews:
        tx.execute(sa.insert(_REVIEW), reviews)
    if findings:
        tx.execute(sa.insert(_FINDING), findings)
    return len(reviews)


def _pull(
    chance: random.Random, then: datetime, progress: float, number: int,
    reviews: list[dict[str, Any]], findings: list[dict[str, Any]],
) -> None:  # fmt: skip
    """One pull request with its reviews, and sometimes findings."""
    pull = len(reviews) + 1
    at = then.timestamp() - chance.random() * 36_000
    place = {"target": f"{number}#{pull}", "installation": 7, "repository": number}
    found = chance.random() < 0.16 - 0.08 * progress
    rounds = 1 + int(chance.expovariate(1.2))
    for generation in range(rounds):
        seconds = chance.lognormvariate(2.1 - 0.4 * progress, 0.5)
        verdict = "findings" if found and generation < rounds - 1 else "clean"
        if chance.random() < 0.012:
            verdict = "incomplete"
        reviews.append({
            **place, "generation": generation + 1, "name": REPOSITORIES[number - 1],
            "ended": at + generation * 5_000, "seconds": seconds, "verdict": verdict,
        })  # fmt: skip
    numbers = range(1 + int(chance.expovariate(0.7)) if found else 0)
    findings += [place | _finding(chance, f"{pull}-{each}", pull, at) for each in numbers]


def _finding(chance: random.Random, fingerprint: str, pull: int, at: float) -> dict[str, Any]:
    rules = list(RULES)
    rule = rules[min(int(chance.expovariate(0.16)), len(rules) - 1)]
    fate = chance.random()
    silenced = 0.72 < fate < 0.8
    until = datetime.fromtimestamp(at, UTC).date() + timedelta(days=chance.randrange(20, 500))
    return {
        "fingerprint": fingerprint, "content": fingerprint, "number": pull, "rule": rule,
        "path": chance.choice(_FILES), "introduced": None if 0.77 < fate < 0.8 else at,
        "fixed": at + 7_200 if fate < 0.72 else None, "suppressed": at if silenced else None,
        "silenced": int(silenced), "reason": chance.choice(REASONS) if silenced else "",
        "until": str(until) if silenced and chance.random() < 0.7 else "", "seen": at,
    }  # fmt: skip


def main() -> None:
    """Make the database."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    settings = settings_in(folder)
    migrate(settings)
    engine = store.open_engine(settings)
    with engine.begin() as tx:
        fill(tx, datetime.now(UTC))
    engine.dispose()


if __name__ == "__main__":
    main()
