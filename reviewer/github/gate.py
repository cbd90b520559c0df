"""When we may talk to GitHub: asked before each request, told when GitHub wants us to wait."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol


class Gate(Protocol):
    """The way to GitHub for one installation, or, with the number 0, for the App itself."""

    def check(self) -> None:
        """Return if a request may go out now.

        Raises:
            RetryLater: GitHub wants us to wait, and that is not over.
        """

    def close(self, seconds: float) -> None:
        """GitHub wants no request for so many seconds."""

    def creating(self) -> AbstractContextManager[None]:
        """Make or edit what people see, when it is our turn; that may take a moment.

        Raises:
            RetryLater: it is not for a while.
        """


Gates = Callable[[int], Gate]
"""The gate of an installation, by its id."""


class Open:
    """Lets everything through: for one who asks little and remembers nothing."""

    def check(self) -> None:
        """Return."""

    def close(self, seconds: float) -> None:
        """Forget it."""

    def creating(self) -> AbstractContextManager[None]:
        """Return what does nothing."""
        return nullcontext()


def no_gates(_installation: int) -> Gate:
    """No gate, whichever installation it is."""
    return Open()
