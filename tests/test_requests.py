"""What a review costs in requests: few when it has seen the files before, listed when not."""

import sys
from collections import Counter
from collections.abc import Callable

import pytest

from tests.standin import StandIn
from tests.test_review import BAD, GOOD, Desk, open_desk

__all__ = ["open_desk"]  # the fixture

# Minting a token and asking who we are happen once for many reviews.
NOT_COUNTED = ("/access_tokens", "/app", "/users/")
TEN = {f"tests/test_{n}.py": f"{GOOD}\nX = {n}\n" for n in range(8)} | {
    "tests/test_8.py": BAD,
    "tests/test_9.py": "from app.base import Base\n\n\nclass Test(Base):\n"
    "    def setUp(self):\n        import os\n        os.environ['A'] = 'b'\n",
    "app/base.py": "import unittest\n\n\nclass Base(unittest.TestCase):\n    pass\n",
}


def cost(standin: StandIn, start: int) -> Counter[str]:
    """What was asked since the request number *start*, by method and last part of the path."""
    asked = standin.requests[start:]
    return Counter(
        f"{each.method} {each.path}"
        for each in asked
        if not any(part in each.path for part in NOT_COUNTED)
    )


def told(counted: Counter[str]) -> str:
    """The list for people."""
    return "".join(f"\n{count} {kind}" for kind, count in counted.items())


def test_ten_files_seen_before_cost_eight_requests(open_desk: Callable[..., Desk]) -> None:
    """A new head of the same pull request, with a finding that is new: everything else is known.

    The list: the pull request, our runs on its head, a new run, its files, the base's
    configuration, the earlier comments, one review, the run's end.
    """
    desk = open_desk({**TEN, "tests/test_8.py": GOOD})
    desk.review()
    desk.standin.push(desk.pull, {"tests/test_8.py": BAD})
    desk.review(2)
    start = len(desk.standin.requests)
    desk.standin.push(desk.pull, {"tests/test_0.py": GOOD + "\n"})
    desk.pull.review_comments.clear()
    desk.review(3)
    asked = cost(desk.standin, start)
    sys.stdout.write(told(asked))
    blobs = sum(count for kind, count in asked.items() if "/git/blobs/" in kind)
    trees = sum(count for kind, count in asked.items() if "/git/trees/" in kind)
    assert (blobs, trees) == (1, 1), "one file and the tree of the head are new"
    assert sum(asked.values()) - blobs - trees <= 8


def test_reviewed_again_it_costs_eight_at_most(open_desk: Callable[..., Desk]) -> None:
    """The same head: not a single file is fetched."""
    desk = open_desk(TEN)
    desk.review()
    desk.pull.review_comments.clear()
    start = len(desk.standin.requests)
    desk.review(2, forced=True)
    asked = cost(desk.standin, start)
    sys.stdout.write(told(asked))
    assert desk.pull.review_comments
    assert sum(asked.values()) <= 8


@pytest.mark.parametrize("missing", [False, True])
def test_a_first_look_costs_the_files_and_little_more(
    open_desk: Callable[..., Desk], *, missing: bool
) -> None:
    """Eight, each file once, one tree, one query; where patches are missing, the merge base too."""
    base = {"tests/test_big.py": "x = 1\n" * 30_000} if missing else {}
    head = {**TEN, **({"tests/test_big.py": "x = 2\n" * 30_000} if missing else {})}
    desk = open_desk(head, base)
    start = len(desk.standin.requests)
    desk.review()
    asked = cost(desk.standin, start)
    sys.stdout.write(told(asked))
    blobs = sum(count for kind, count in asked.items() if "/git/blobs/" in kind)
    # Eleven files of the head and, where its patch is missing, one of the base.
    assert blobs == len(head) + len(base)
    assert sum(asked.values()) - blobs <= 8 + 1 + 1 + missing


def test_a_merge_group_with_nothing_new_costs_five(open_desk: Callable[..., Desk]) -> None:
    """Our runs, a new one, what differs, the configuration, the run's end."""
    desk = open_desk(TEN)
    desk.review()
    head = desk.standin.enqueue(desk.pull)
    start = len(desk.standin.requests)
    desk.review_group(head)
    asked = cost(desk.standin, start)
    sys.stdout.write(told(asked))
    assert desk.standin.check_runs(desk.repository, head)[0].conclusion == "failure"
    assert sum(asked.values()) <= 5 + 1, "and the tree of a head that nobody has seen"
