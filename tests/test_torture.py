"""A short selection of ``make torture``: what is killed, late, twice or too much ends well."""

from collections.abc import Callable

import pytest

from tests.torture import amounts, faults
from tests.torture.scene import DATABASES, Outcome

SEED = 11


@pytest.mark.timeout(400)
@pytest.mark.parametrize("database", DATABASES)
@pytest.mark.parametrize(
    ("scenario", "size"),
    [
        (faults.kills, {"reviews": 25}),
        (faults.misbehaviour, {"reviews": 25}),
        (faults.restarts, {"reviews": 15}),
        (amounts.burst, {"pushes": 50}),
    ],
)
def test_every_promise_is_kept(
    scenario: Callable[..., Outcome], size: dict[str, int], database: str
) -> None:
    """Nothing is lost, nothing is said twice, no check stays in progress."""
    outcome = scenario(database, SEED, **size)
    assert not outcome.wrong, outcome.figures
    assert outcome.figures["reviews posted"] >= outcome.figures["pull requests"]
