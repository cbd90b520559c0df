"""A wait that GitHub states is kept: by every process, for whom it was stated, however it was."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from reviewer import pacing, store
from reviewer.github import Gateway, RetryLater
from reviewer.pacing import Pace
from reviewer.work import Queue, migrate
from tests.postgres import new_database
from tests.standin import StandIn
from tests.test_github import gateway_to
from tests.work_rig import settings_in

WAIT = 7
TOLD = {"errors": [{"type": "RATE_LIMITED", "message": "limit"}]}


@pytest.fixture(params=["sqlite", "postgresql"])
def queue(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Queue]:
    settings = settings_in(tmp_path, new_database() if request.param == "postgresql" else "")
    migrate(settings)
    queue = Queue(settings)
    yield queue
    queue.close()


def elsewhere() -> None:
    """From here on it is as in another process, or after a restart."""
    pacing._known.clear()


def test_a_wait_is_known_to_every_process_and_outlives_them(queue: Queue) -> None:
    """Nothing goes out for that installation; for others it may."""
    Pace(queue.engine, 1).close(60)
    elsewhere()
    with pytest.raises(RetryLater) as caught:
        Pace(queue.engine, 1).check()
    assert 55 < caught.value.seconds <= 60
    Pace(queue.engine, 2).check()


@pytest.mark.parametrize(
    ("method", "path", "ask"),
    [
        ("GET", "/pulls/1$", lambda gateway: gateway.pull_request(1)),
        ("POST", "/graphql$", lambda gateway: gateway.threads(1)),
    ],
)
def test_a_limit_closes_the_gate_of_whom_it_was_told_to(
    standin: StandIn, queue: Queue, method: str, path: str, ask: Callable[[Gateway], object]
) -> None:
    """No request follows, from wherever; the App's own gate stays open."""
    repository = standin.repository("acme/widgets")
    standin.open_pull_request(repository, {"tests/test_a.py": "x = 1\n"})
    gates = partial(Pace, queue.engine)
    gateway = gateway_to(standin, repository, gates=gates)
    if method == "GET":
        standin.limit_next(method, path, seconds=WAIT)
    else:
        wait = {"Retry-After": str(WAIT)}
        standin.fail_next(method, path, status=200, headers=wait, body=TOLD)
    with pytest.raises(RetryLater, match="limit"):
        ask(gateway)
    asked = len(standin.requests)
    elsewhere()
    with pytest.raises(RetryLater, match=pacing.LIMITED):
        gateway_to(standin, repository, gates=gates).pull_request(1)
    assert len(standin.requests) == asked
    with queue.engine.connect() as tx:
        number = standin.installation(repository).id
        assert WAIT - 3 < store.closed_for(tx, number) <= WAIT
        assert store.closed_for(tx, 0) == 0
