"""What GitHub has registered of the App, against what it needs: the online half of ``doctor``.

A worker asks every few minutes and notes the answers; ``/readyz`` shows them and asks nothing.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from itertools import takewhile
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from reviewer import store
from reviewer.github import Facts, GitHubRefused, Gone, Hook, Installed, Registration, RetryLater
from reviewer.github.gate import Gates, no_gates
from reviewer.pacing import Pace
from reviewer.readiness import Line
from reviewer.settings import Settings
from reviewer.setup import manifest

NOTE = "registered"
LEVELS = ("none", "read", "write", "admin")
SEVERAL = 3

REFUSED = (
    "GitHub does not take our key ({reason}): GITHUB_APP_ID and the private key are of one App "
    "and one GitHub (GITHUB_API_URL is {api})? If they are, make a new key on the App's page"
)
AWAY = "GitHub cannot be asked ({reason}): can this machine reach {api}? Try again in a minute"
ACCEPTED = "GitHub takes our key: {slug}, {url}"
LACKS = "not asked for: {names}; add them on the App's page, then its installations accept them"
EXTRA = "all that are needed; also, and not needed: {names}"
NO_EVENTS = "not sent: {names}; choose them on the App's page, under Permissions & events"
NOWHERE = "none is set: on the App's page, set the webhook's URL to {wanted}"
WRONG_URL = "deliveries go to {url}: on the App's page, set the webhook's URL to {wanted}"
WRONG_TYPE = "deliveries come as {type}: on the App's page, choose application/json"
UNSIGNED = (
    "the last {count} answered with 401: the webhook's secret on the App's page is not "
    "GITHUB_WEBHOOK_SECRET; set both to the same"
)
UNANSWERED = (
    "the last {count} did not arrive ({last}): can GitHub reach {url}? What was missed is asked "
    "for again by itself"
)
NOT_INSTALLED = "none yet: install the App on repositories, {url}/installations/new"
BEHIND = "{count} of {all} have not granted all{who}: their owners accept it in their settings"


def ask(settings: Settings, gates: Gates = no_gates, *, names: bool = True) -> Iterator[Line]:
    """The answers, one by one; a handful of requests, when *gates* let them through.

    *names*: say which accounts have to do something.
    """
    github = Registration(settings, gates)
    try:
        facts = github.facts()
        yield Line("github", ok=True, said=ACCEPTED.format(slug=facts.slug, url=facts.html_url))
        yield _permissions(facts.permissions)
        yield _events(facts.events)
        hook = github.hook()
        yield _webhook(hook, settings.url)
        yield _deliveries(github.answers(), hook)
        yield _installations(github.installed(), facts, names=names)
    except RetryLater as later:
        yield Line("github", ok=False, said=AWAY.format(reason=later.reason, api=settings.api_url))
    except (GitHubRefused, Gone) as refused:
        said = REFUSED.format(reason=refused.reason, api=settings.api_url)
        yield Line("github", ok=False, said=said)


def remember(engine: Engine, settings: Settings) -> None:
    """Ask, and note the answers where every process finds them.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database is away.
    """
    lines = [asdict(line) for line in ask(settings, partial(Pace, engine), names=False)]
    with engine.begin() as tx:
        store.note(tx, NOTE, json.dumps(lines))


def remembered(engine: Engine) -> dict[str, Any]:
    """What was noted last, by name: ``{"ok": ..., "said": ...}``; empty before the first time."""
    try:
        with engine.connect() as tx:
            found = store.noted(tx, NOTE)
    except SQLAlchemyError:
        return {}
    return {each.pop("name"): each for each in json.loads(found or "[]")}


def _permissions(granted: Mapping[str, str]) -> Line:
    needed = manifest.permissions()
    lacking = _lacking(granted)
    if lacking:
        said = LACKS.format(names=", ".join(lacking))
        return Line("permissions", ok=False, said=said)
    extra = [
        f"{name}: {level}"
        for name, level in granted.items()
        if _rank(level) > _rank(needed.get(name, "none"))
    ]
    said = EXTRA.format(names=", ".join(extra)) if extra else f"all {len(needed)} that are needed"
    return Line("permissions", ok=True, said=said)


def _lacking(granted: Mapping[str, str]) -> list[str]:
    """What of the needed permissions is not granted, ``name: level`` each."""
    return [
        f"{name}: {level}"
        for name, level in manifest.permissions().items()
        if _rank(granted.get(name, "none")) < _rank(level)
    ]


def _rank(level: str) -> int:
    """How much a level grants; one that we have never heard of, most."""
    return LEVELS.index(level) if level in LEVELS else len(LEVELS)


def _events(sent: Sequence[str]) -> Line:
    needed = manifest.events()
    lacking = [event for event in needed if event not in sent]
    if lacking:
        return Line("events", ok=False, said=NO_EVENTS.format(names=", ".join(lacking)))
    extra = [event for event in sent if event not in needed]
    said = EXTRA.format(names=", ".join(extra)) if extra else f"all {len(needed)} that are needed"
    return Line("events", ok=True, said=said)


def _webhook(hook: Hook, url: str) -> Line:
    wanted = f"{url or 'https://YOUR-HOST'}/webhook"
    if not hook.url:
        return Line("webhook", ok=False, said=NOWHERE.format(wanted=wanted))
    if not hook.url.endswith("/webhook") or (url and hook.url != wanted):
        return Line("webhook", ok=False, said=WRONG_URL.format(url=hook.url, wanted=wanted))
    if hook.content_type != "json":
        said = WRONG_TYPE.format(type=hook.content_type or "a form")
        return Line("webhook", ok=False, said=said)
    return Line("webhook", ok=True, said=f"{hook.url}, as JSON")


def _deliveries(answers: Sequence[int], hook: Hook) -> Line:
    """The secret cannot be read back, but a wrong one shows in what we have answered."""
    if not answers:
        return Line("deliveries", ok=True, said="none yet")
    refused = _first(answers, lambda status: status == 401)
    if refused:
        return Line("deliveries", ok=False, said=UNSIGNED.format(count=refused))
    failed = _first(answers, lambda status: not 200 <= status < 300)
    last = str(answers[0]) if answers[0] else "no answer"
    if failed >= SEVERAL:
        said = UNANSWERED.format(count=failed, last=last, url=hook.url)
        return Line("deliveries", ok=False, said=said)
    return Line("deliveries", ok=True, said=f"{len(answers)} lately; the last was answered {last}")


def _first(answers: Iterable[int], is_such: Callable[[int], bool]) -> int:
    """How many of the newest are such, one after the other."""
    return sum(1 for _ in takewhile(is_such, answers))


def _installations(found: Sequence[Installed], facts: Facts, *, names: bool) -> Line:
    if not found:
        said = NOT_INSTALLED.format(url=facts.html_url)
        return Line("installations", ok=False, said=said)
    # What the App itself does not ask for, nobody can have granted.
    unasked = set(_lacking(facts.permissions))
    behind = [each for each in found if set(_lacking(each.permissions)) - unasked]
    if behind:
        who = f" ({', '.join(each.account for each in behind)})" if names else ""
        said = BEHIND.format(count=len(behind), all=len(found), who=who)
        return Line("installations", ok=False, said=said)
    return Line("installations", ok=True, said=str(len(found)))
