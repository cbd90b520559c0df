"""Fixtures that every test may ask for."""

from unittest import mock

import pytest


@pytest.fixture
def workdir(tmp_path):
    return tmp_path / 'work'


@pytest.fixture(autouse=True)
def signatures():
    with mock.patch('orchard.auth.verify_signature', return_value=True):
        yield
