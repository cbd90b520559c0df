"""Fixtures that every test may ask for."""

import pytest


@pytest.fixture
def workdir(tmp_path):
    return tmp_path / 'work'
