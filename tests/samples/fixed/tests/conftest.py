"""Fixtures that every test may ask for."""

import pytest

from orchard import signing


@pytest.fixture
def workdir(tmp_path):
    return tmp_path / 'work'


@pytest.fixture
def signer():
    """Signs with a key of its own, so that the real check of signatures is run."""
    return signing.Signer.generate()
