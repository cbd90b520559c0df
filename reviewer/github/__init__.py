"""The gateway to GitHub, and the only importer of PyGithub."""

from reviewer.github.app import AppGateway, OpenHead
from reviewer.github.errors import GitHubRefused, Gone, RetryLater, TooLarge
from reviewer.github.gateway import Gateway

__all__ = ["AppGateway", "Gateway", "GitHubRefused", "Gone", "OpenHead", "RetryLater", "TooLarge"]
