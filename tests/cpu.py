"""How much CPU a call takes, measured so that what ran before it in this process does not count."""

import gc
import time
from collections.abc import Callable

TRIES = 3


def cpu_seconds(call: Callable[[], object], enough: float = 0.0) -> float:
    """The least CPU seconds of a few calls; no more calls once one took less than *enough*.

    The garbage of earlier tests is not collected meanwhile: that alone has taken half a second.
    """
    least = float("inf")
    for _ in range(TRIES):
        gc.collect()
        gc.disable()
        try:
            before = time.process_time()
            call()
            least = min(least, time.process_time() - before)
        finally:
            gc.enable()
        if least < enough:
            break
    return least
