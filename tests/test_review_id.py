"""The external id of a check run: what it says is read back, and nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.model import ReviewId, Target, external_id, parse_external_id

SHA = "0123456789abcdef0123456789abcdef01234567"


@given(
    st.integers(1, 10**18),
    st.integers(1, 10**9),
    st.text("0123456789abcdef", min_size=40, max_size=40),
    st.integers(0, 10**12),
)
def test_it_is_read_back(repository: int, number: int, sha: str, generation: int) -> None:
    """Repository, pull request, head and generation survive."""
    target = Target(1, repository, "owner", "name", number)
    text = external_id(target, sha, generation)
    assert parse_external_id(text) == ReviewId(repository, number, sha, generation)


@pytest.mark.parametrize(
    "text",
    ["", "x", f"1#2@{SHA}", f"1#2@{SHA}:", f"1#2@{SHA[1:]}:3", f"1#2@{SHA}:3\n", f" 1#2@{SHA}:3",
     f"-1#2@{SHA}:3", f"1#2@{SHA.upper()}:3", f"{'9' * 30}#2@{SHA}:3", "1#2@main:3",
     f"١#2@{SHA}:3"],
)  # fmt: skip
def test_other_text_is_none_of_ours(text: str) -> None:
    """Other tools' ids and broken ones."""
    assert parse_external_id(text) is None


@given(st.text())
def test_any_text_can_be_asked(text: str) -> None:
    """No text makes the question fail."""
    parse_external_id(text)
