"""What the base of a pull request says of reviews: its head may not say how it is reviewed."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from reviewer import repo_config
from reviewer.github import Gateway, TooLarge
from reviewer.model import ChangedFile, PullRequest
from reviewer.repo_config import ConfigError, Problem, RepoConfig
from reviewer.selection import CONFIGURATION_FILES, Layout, is_production_file, read_layout

_LAYOUT_BYTES = 256 * 1024


def configuration(gateway: Gateway, pull: PullRequest) -> RepoConfig:
    """What the project says of its reviews; the defaults where it says nothing.

    Raises:
        ConfigError: it cannot be used. RetryLater, Gone, GitHubRefused: see the gateway.
    """
    try:
        content = gateway.file(repo_config.PATH, pull.base_ref, repo_config.MAX_BYTES)
    except TooLarge:
        raise ConfigError((Problem(1, 1, repo_config.TOO_LARGE),)) from None
    return RepoConfig() if content is None else repo_config.read(content)


def layout(
    gateway: Gateway, pull: PullRequest, config: RepoConfig, changed: Sequence[ChangedFile]
) -> Layout:
    """Where the project keeps its tests; it is asked only where a file's place leaves it open.

    Raises:
        RetryLater, Gone, GitHubRefused: see the gateway.
    """
    patterns = Layout(include=config.include, exclude=config.exclude)
    if not any(is_production_file(file.path, patterns) for file in changed):
        return patterns

    def content(name: str) -> bytes | None:
        try:
            return gateway.file(name, pull.base_sha, _LAYOUT_BYTES)
        except TooLarge:
            return None

    names = CONFIGURATION_FILES
    with ThreadPoolExecutor(len(names), thread_name_prefix="layout") as pool:
        contents = dict(zip(names, pool.map(content, names), strict=True))
    found = read_layout({name: text for name, text in contents.items() if text is not None})
    return replace(found, include=config.include, exclude=config.exclude)
