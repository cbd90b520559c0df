"""What the base of a pull request says of reviews: its head may not say how it is reviewed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Lock

from cachetools import TTLCache

from reviewer import repo_config
from reviewer.github import Gateway, TooLarge
from reviewer.model import ChangedFile, ConfigSource, PullRequest
from reviewer.repo_config import ConfigError, Problem, RepoConfig
from reviewer.selection import CONFIGURATION_FILES, Layout, is_production_file, read_layout

HERE, OWNERS = "this repository", "{owner}/.github"

_LAYOUT_BYTES = 256 * 1024
_FIVE_MINUTES = 300

Found = Mapping[str, tuple[str, int]]
# By host, App and owner: what their own configuration is, which all of their projects share.
_owners: TTLCache[tuple[str, int, str], tuple[str, bytes | None]] = TTLCache(1_000, _FIVE_MINUTES)
_lock = Lock()


@dataclass(frozen=True, slots=True)
class Base:
    """How a pull request is reviewed: ``source`` is None where nobody says anything."""

    config: RepoConfig
    source: ConfigSource | None
    layout: Layout


def read(gateway: Gateway, pull: PullRequest, changed: Sequence[ChangedFile]) -> Base:
    """What the base branch, and behind it the owner's ".github" repository, says of reviews.

    Raises:
        ConfigError: it cannot be used. RetryLater, Gone, GitHubRefused: see the gateway.
    """
    ref = f"refs/heads/{pull.base_ref}" if pull.number else pull.base_sha
    found = gateway.blobs_at(ref, (repo_config.PATH, *CONFIGURATION_FILES))
    config, source = _configuration(gateway, found)
    patterns = Layout(include=config.include, exclude=config.exclude)
    # Where tests are is asked only where a file's place leaves it open.
    if not any(is_production_file(file.path, patterns) for file in changed):
        return Base(config, source, patterns)
    contents = {
        name: gateway.blob(*found[name])
        for name in CONFIGURATION_FILES
        if name in found and found[name][1] <= _LAYOUT_BYTES
    }
    layout = replace(read_layout(contents), include=config.include, exclude=config.exclude)
    return Base(config, source, layout)


def _configuration(gateway: Gateway, found: Found) -> tuple[RepoConfig, ConfigSource | None]:
    owners_sha, owners = _of_owner(gateway)
    where = OWNERS.format(owner=gateway.owner)
    above = None
    if owners is not None:
        try:
            above = repo_config.read(owners, organisation=True)
        except ConfigError as error:
            raise ConfigError(error.problems, where) from None
    here = None
    if repo_config.PATH in found:
        content = _content(gateway, *found[repo_config.PATH])
        here = repo_config.read(content, organisation=gateway.is_owners)
    sources = [
        *([(found[repo_config.PATH][0], HERE)] if here else []),
        *([(owners_sha, where)] if above else []),
    ]
    if not sources:
        return RepoConfig(), None
    shas, places = zip(*sources, strict=True)
    return repo_config.merged(above, here), ConfigSource("+".join(shas), " and ".join(places))


def _content(gateway: Gateway, sha: str, size: int) -> bytes:
    if size > repo_config.MAX_BYTES:
        raise ConfigError((Problem(1, 1, repo_config.TOO_LARGE),))
    return gateway.blob(sha, repo_config.MAX_BYTES)


def _of_owner(gateway: Gateway) -> tuple[str, bytes | None]:
    """The owner's own configuration and its blob's SHA, as it was within five minutes."""
    with _lock:
        known = _owners.get(gateway.identity)
    if known is None:
        found = gateway.blobs_at("HEAD", (repo_config.PATH,), of_owner=True)
        sha, size = found.get(repo_config.PATH, ("", 0))
        if size > repo_config.MAX_BYTES:
            where = OWNERS.format(owner=gateway.owner)
            raise ConfigError((Problem(1, 1, repo_config.TOO_LARGE),), where)
        try:
            content = gateway.owners_blob(sha, repo_config.MAX_BYTES) if sha else None
        except TooLarge:
            content = None
        known = sha, content
        with _lock:
            _owners[gateway.identity] = known
    return known
