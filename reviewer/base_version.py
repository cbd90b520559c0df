"""The base's version of changed files: what they were where the pull request branched off."""

from collections.abc import Mapping, Sequence

from checks.source import SourceFile
from reviewer import hunks
from reviewer.github import Gateway, GitHubRefused, TooLarge
from reviewer.model import ChangedFile, FileStatus, PullRequest

_NEW = (FileStatus.ADDED, FileStatus.COPIED)


def base_versions(
    gateway: Gateway,
    pull: PullRequest,
    changed: Sequence[ChangedFile],
    heads: Mapping[str, SourceFile],
    limit: int,
) -> dict[str, bytes]:
    """The base's content of those of *changed* that have one, by their path on the head.

    Mostly without a request, by undoing GitHub's patch on the head's content, *heads*. What
    cannot be had is left out: its findings then count as introduced.

    Raises:
        RetryLater, Gone: see the gateway.
    """
    known: dict[str, bytes] = {}
    missing: list[ChangedFile] = []
    for file in changed:
        if file.path in heads and file.status not in _NEW:
            content = _undone(file, heads[file.path].content)
            if content is None:
                missing.append(file)
            else:
                known[file.path] = content
    if missing:
        try:
            known.update(_fetched(gateway, pull, missing, limit))
        except GitHubRefused:
            return known
    return known


def _undone(file: ChangedFile, content: bytes) -> bytes | None:
    if not file.patch:
        return content if file.changes == 0 else None  # Moved as it was, or nobody knows.
    try:
        return hunks.undone(content, file.patch)
    except ValueError:
        return None


def _fetched(
    gateway: Gateway, pull: PullRequest, missing: Sequence[ChangedFile], limit: int
) -> dict[str, bytes]:
    """What GitHub shows no patch of: looked up at the merge base, one request for all."""
    merge_base = pull.base_sha
    if pull.number:
        merge_base, _ = gateway.compared(pull.base_sha, pull.head_sha)
    before = {file.previous_path or file.path: file.path for file in missing}
    found = gateway.blobs_at(merge_base, [*before])
    contents = {}
    for path, (sha, size) in found.items():
        if size <= limit:
            try:
                contents[before[path]] = gateway.blob(sha, limit)
            except (TooLarge, GitHubRefused):
                continue
    return contents
