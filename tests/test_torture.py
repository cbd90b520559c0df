"""A short selection of ``make torture``: what is killed, late, twice or too much ends well."""

from collections.abc import Callable

import pytest

from tests.torture import amounts, faults
from tests.torture.scene import Outcome

SEED = 11


@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    ("scenario", "size", "database"),
    [
        (faults.kills, {"reviews": 20}, "sqlite"),
        (faults.kills, {"reviews": 20}, "postgresql"),
        (faults.misbehaviour, {"reviews": 20}, "sqlite"),
        (faults.misbehaviour, {"reviews": 20}, "postgresql"),
        (faults.restarts, {"reviews": 15}, "postgresql"),
        (amounts.burst, {"pushes": 50}, "sqlite"),
        (amounts.burst, {"pushes": 50}, "postgresql"),
    ],
)
def test_every_promise_is_kept(
    scenario: Callable[..., Outcome], size: dict[str, int], database: str
) -> None:
    """Nothing is lost, nothing is said twice, no check stays in progress."""
    outcome = scenario(database, SEED, **size)
    assert not outcome.wrong, outcome.figures
    assert outcome.figures["reviews posted"] >= outcome.figures["pull requests"]
