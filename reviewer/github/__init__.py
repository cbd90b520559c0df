"""The gateway to GitHub, and the only importer of PyGithub."""

from reviewer.github.app import AppGateway, OpenHead
from reviewer.github.errors import GitHubRefused, Gone, RetryLater, TooLarge
from reviewer.github.gateway import Gateway
from reviewer.github.registration import Facts, Hook, Installed, Registration

__all__ = [
    "AppGateway",
    "Facts",
    "Gateway",
    "GitHubRefused",
    "Gone",
    "Hook",
    "Installed",
    "OpenHead",
    "Registration",
    "RetryLater",
    "TooLarge",
]
