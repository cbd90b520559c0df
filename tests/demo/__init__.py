"""The whole product as a story: ``python -m tests.demo``."""
