"""What a review takes from other files: the base's configuration, the head's base classes."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from checks.model import Finding
from reviewer.github import Gone, RetryLater
from reviewer.report.summary import CLEAN
from tests.standin import StandIn
from tests.test_review import BAD, GOOD, Crash, Desk, Durable, open_desk, standin

__all__ = ["open_desk", "standin"]

Opens = Callable[..., Desk]
CONFIG = ".github/secreview.yml"
LEAKS = """
import os
from app.base import Base
class TestIt(Base):
    def test_a(self):
        os.environ["ANSWER"] = "42"
"""
RESTORING = """
import os, unittest
class Base(unittest.TestCase):
    def setUp(self):
        self.saved = dict(os.environ)
        self.addCleanup(os.environ.update, self.saved)
        self.addCleanup(os.environ.clear)
"""
PLAIN = "import unittest\nclass Base(unittest.TestCase):\n    pass\n"


def title(desk: Desk) -> str:
    """The title of the only check run."""
    return str(desk.run().output["title"])


def summary(desk: Desk) -> str:
    """The summary of the only check run."""
    return str(desk.run().output["summary"])


def asked(standin: StandIn, *paths: str) -> list[int]:
    """How often GitHub was asked for each of these."""
    return [len(standin.called("GET", path)) for path in paths]


def test_a_base_class_in_another_file_that_restores_is_seen(open_desk: Opens) -> None:
    """It is not part of the pull request, and fetched from its head."""
    desk = open_desk({"tests/test_a.py": LEAKS}, {"app/base.py": RESTORING})
    assert desk.review(services=desk.sandboxed()) == "clean"
    assert title(desk) == CLEAN
    assert asked(desk.standin, "/git/trees/", "/git/blobs/") == [1, 2]


def test_a_base_class_that_does_not_restore_is_no_excuse(open_desk: Opens) -> None:
    """Both are known; the finding stands."""
    desk = open_desk({"tests/test_a.py": LEAKS}, {"app/base.py": PLAIN})
    assert desk.review(services=desk.sandboxed()) == "findings"
    assert desk.comments() == [("tests/test_a.py", 6)]


def test_a_suggestion_is_proved_with_the_same_sources(open_desk: Opens) -> None:
    """What a finding was made with is what its remedy is tried with."""
    tried: list[Mapping[str, bytes]] = []

    def suggest(work: Any, profile: Any, go_on: Any) -> list[list[Finding]]:
        tried.extend(file.supporting for file, _ in work)
        return [list(findings) for _, findings in work]

    call = 'import requests\nrequests.get("https://x.test/", verify=False)\n'
    desk = open_desk({"tests/test_a.py": call + LEAKS}, {"app/base.py": RESTORING})
    assert desk.review(services=desk.services(suggest=suggest)) == "findings"
    assert [list(sources) for sources in tried] == [["app/base.py"]]


def test_the_base_class_of_the_head_counts(open_desk: Opens) -> None:
    """What will be merged is what is reviewed."""
    head = {"tests/test_a.py": LEAKS, "app/base.py": PLAIN}
    desk = open_desk(head, {"app/base.py": RESTORING})
    assert desk.review() == "findings"


def test_files_that_want_nothing_cost_no_request(open_desk: Opens) -> None:
    """No tree is listed for the usual pull request, and the configuration is one request."""
    desk = open_desk({"tests/test_bad.py": BAD, "tests/test_good.py": GOOD})
    assert desk.review() == "findings"
    assert asked(desk.standin, "/git/trees/", "/contents/", "/git/blobs/") == [0, 0, 2]
    assert len(desk.standin.called("POST", "/graphql$")) == 1


def test_a_tree_that_is_not_handed_out_leaves_bases_unknown(open_desk: Opens) -> None:
    """The review goes on with what it has; the strict profile guesses at no base's favour."""
    base = {"app/base.py": RESTORING, CONFIG: "profile: strict\n"}
    desk = open_desk({"tests/test_a.py": LEAKS}, base)
    desk.standin.fail_next("GET", "/git/trees/", status=403, message="no")
    assert desk.review() == "findings"


@pytest.mark.parametrize(("method", "path"), [("GET", "/git/trees/"), ("POST", "/graphql$")])
def test_a_limit_on_the_way_goes_up_to_the_queue(open_desk: Opens, method: str, path: str) -> None:
    """RetryLater is the queue's; so is an installation that is gone."""
    desk = open_desk({"tests/test_a.py": LEAKS}, {"app/base.py": RESTORING})
    desk.standin.fail_next(method, path, status=429, headers={"Retry-After": "7"})
    with pytest.raises(RetryLater):
        desk.review()
    desk.standin.fail_next(method, path, status=451, message="gone")
    with pytest.raises(Gone):
        desk.review()


def test_restoring_bases_of_the_base_s_configuration_are_believed(open_desk: Opens) -> None:
    """A class that nobody can read is known by its name."""
    config = {CONFIG: "restoring_bases: [app.base.Base]\n"}
    desk = open_desk({"tests/test_a.py": LEAKS}, config)
    assert desk.review(services=desk.sandboxed()) == "clean"


def test_profile_threshold_rules_and_patterns_are_obeyed(open_desk: Opens) -> None:
    """All of them change what is said, and the summary says how it was looked at."""
    config = (
        "profile: strict\nfail_on: high\nrules:\n  tls-verify-off: medium\n  debug-enabled: off\n"
        "include: [checks/*.py]\nexclude: [tests/data/]\n"
    )
    files = {
        "checks/own.py": BAD,
        "tests/data/test_b.py": BAD,
        "tests/data/b.spec.ts": "x",
        "app.py": BAD,
    }
    desk = open_desk(files, {CONFIG: config})
    assert desk.review() == "findings"
    assert desk.comments() == [("checks/own.py", 5)]
    assert (desk.run().conclusion, title(desk)) == ("success", "1 finding: 1 medium")
    assert "1 of 1 Python test file assessed at" in summary(desk)
    assert "profile `strict`; the check fails from `high` up" in summary(desk)
    assert "Turned off by the project's configuration: `debug-enabled`." in summary(desk)
    assert "b.spec.ts" not in summary(desk)


def test_a_rule_that_is_off_finds_nothing(open_desk: Opens) -> None:
    """The verdict is clean, and the reader is told which rule was off."""
    desk = open_desk({"tests/test_bad.py": BAD}, {CONFIG: "rules: {tls-verify-off: off}\n"})
    assert desk.review(services=desk.sandboxed()) == "clean"
    assert "Turned off by the project's configuration: `tls-verify-off`." in summary(desk)


@pytest.mark.parametrize("config", ["rules: {tls-verify-off: off}\n", "broken: [\n"])
def test_the_pull_request_s_own_configuration_is_not_obeyed(open_desk: Opens, config: str) -> None:
    """Nobody switches off the review that reviews them."""
    desk = open_desk({"tests/test_bad.py": BAD, CONFIG: config})
    assert desk.review() == "findings"
    assert title(desk) == "1 finding: 1 high"


BROKEN = "profile: strickt\nrules:\n  bind-al: off\n"


def test_a_broken_configuration_fails_the_check_and_says_where(open_desk: Opens) -> None:
    """Nothing is assessed, nothing is green, and the next request looks again."""
    desk = open_desk({"tests/test_good.py": GOOD}, {CONFIG: BROKEN})
    assert desk.review() == "failed"
    assert desk.run().conclusion == "failure"
    assert title(desk) == "Review failed: .github/secreview.yml cannot be used"
    said = summary(desk)
    assert "`.github/secreview.yml` on the base branch `main` cannot be used" in said
    assert "- line 1, column 10: `strickt` is not a value of `profile`; allowed: tests" in said
    assert "- line 3, column 3: `bind-al` is not a rule" in said
    assert CLEAN not in said
    assert asked(desk.standin, "/git/blobs/") == [1], "the configuration alone"
    assert desk.review(2) == "failed"


@pytest.mark.parametrize("moment", [{"after": "assess"}, {"before": "refuse"}, {"after": "refuse"}])
def test_a_crash_on_the_way_to_say_so_changes_nothing(
    open_desk: Opens, moment: dict[str, str]
) -> None:
    """The step's outcome is plain JSON, and its effect is made once."""
    desk = open_desk({"tests/test_good.py": GOOD}, {CONFIG: BROKEN})
    crashing = Durable(**moment)
    with pytest.raises(Crash):
        desk.review(step=crashing)
    assert desk.review(step=crashing) == "failed"
    assert title(desk) == "Review failed: .github/secreview.yml cannot be used"


def test_a_configuration_that_is_too_large_is_refused(open_desk: Opens) -> None:
    """Like any other problem."""
    desk = open_desk({"tests/test_good.py": GOOD}, {CONFIG: "#" * 200_000})
    assert desk.review() == "failed"
    assert "line 1, column 1: it is larger than 32 KiB" in summary(desk)
