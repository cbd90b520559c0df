"""A pytest plugin, ``-p tests.fuzz.examples``: as many examples as ``FUZZ_EXAMPLES`` says."""

import os


def pytest_configure() -> None:
    """Make it the default of every property that says nothing else."""
    from hypothesis import HealthCheck, settings  # pytest rewrites its assertions first.

    examples = int(os.environ["FUZZ_EXAMPLES"])
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large]
    settings.register_profile(
        "fuzz", max_examples=examples, deadline=None, suppress_health_check=slow
    )
    settings.load_profile("fuzz")
