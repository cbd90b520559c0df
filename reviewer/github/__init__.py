"""The gateway to GitHub, and the only importer of PyGithub."""

from reviewer.github.errors import GitHubRefused, Gone, RetryLater, TooLarge
from reviewer.github.gateway import Gateway

__all__ = ["Gateway", "GitHubRefused", "Gone", "RetryLater", "TooLarge"]
