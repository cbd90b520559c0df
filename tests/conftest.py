"""Fixtures that every test may ask for."""

from tests.standin.fixtures import standin

__all__ = ["standin"]
