"""The test suite; ``tests.standin`` is our GitHub, ``tests.demo`` the product as a story."""
