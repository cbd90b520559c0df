"""What the findings of a pull request come to under its project's configuration.

Which count, which are new, which fail the check, which are said on their lines.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property

from checks import suppressions
from checks.model import Assessment, Finding, Suppression
from reviewer import hunks, repo_config
from reviewer.compare import compare
from reviewer.github import Gateway, GitHubRefused, TooLarge
from reviewer.model import ChangedFile, FileStatus, PullRequest, Review
from reviewer.repo_config import RepoConfig

MAY_NOT = "its author may not write to this repository, so somebody who may has to add it"
MAY_WRITE = ("admin", "maintain", "write")


class Judged:
    """Judges the assessments of one pull request.

    Args:
        gateway: GitHub.
        pull: the pull request.
        config: what the base says of reviews.
        looked_at: the changed files that were assessed.
        before: the base's versions of them, by path on the head.
        today: what suppressions expire against.
    """

    def __init__(
        self,
        gateway: Gateway,
        pull: PullRequest,
        config: RepoConfig,
        looked_at: Sequence[ChangedFile],
        before: Mapping[str, bytes],
        today: date,
    ) -> None:
        self._gateway = gateway
        self._pull = pull
        self._config = config
        self._files = {file.path: file for file in looked_at}
        self._before = before
        self._today = today
        self._added: set[tuple[str, int]] = set()

    @property
    def added(self) -> frozenset[tuple[str, int]]:
        """Path and line of the suppressions that the pull request adds."""
        return frozenset(self._added)

    def head(self, assessment: Assessment) -> Assessment:
        """A file of the head, as configured, with its suppressions."""
        marked = tuple(self._allowed(s) for s in assessment.suppressions)
        configured = self._config.applied(replace(assessment, suppressions=marked))
        return suppressions.apply(configured, self._today)

    def compared(
        self, head: Sequence[Assessment], base: Sequence[Assessment]
    ) -> tuple[frozenset[str], tuple[Finding, ...]]:
        """The fingerprints on *head* that *base* has too, and what only *base* has."""
        earlier = [suppressions.apply(self._config.applied(a), self._today) for a in base]
        # They were assessed under the path that the file has now: nothing is renamed.
        found = compare(head, earlier, {})
        return found.existing, found.fixed

    def commented(self, review: Review, *, full: bool) -> frozenset[str]:
        """The fingerprints of the findings that are to be said on their lines."""
        said = review.findings if full else review.decisive
        return frozenset(
            finding.fingerprint
            for finding in said
            if (threshold := self._config.comment_threshold_for(finding.place.path))
            and finding.severity.at_least(threshold)
        )

    def unused(self, assessments: Sequence[Assessment]) -> tuple[Suppression, ...]:
        """The valid suppressions that silence nothing."""
        return tuple(s for a in assessments for s in suppressions.unused(a))

    def proposal(self, changed: Sequence[ChangedFile]) -> tuple[str, ...] | None:
        """The problems of the configuration that the pull request proposes; None for none."""
        proposed = next((f for f in changed if f.path == repo_config.PATH), None)
        if proposed is None or proposed.status is FileStatus.UNCHANGED or not self._pull.number:
            return None
        if proposed.status is FileStatus.REMOVED:
            return ()
        try:
            content = self._gateway.blob(proposed.blob_sha, repo_config.MAX_BYTES)
            repo_config.read(content, organisation=self._gateway.is_owners)
        except TooLarge:
            return (repo_config.TOO_LARGE,)
        except repo_config.ConfigError as error:
            return tuple(map(str, error.problems))
        except GitHubRefused as refused:
            return (str(refused),)
        return ()

    def _allowed(self, suppression: Suppression) -> Suppression:
        """The suppression; with a problem where it is new and its author may not add it."""
        if not self._is_added(suppression):
            return suppression
        self._added.add((suppression.path, suppression.line))
        if suppression.problem or not self._config.ignores.require_write or self._may_write:
            return suppression
        return replace(suppression, problem=MAY_NOT)

    def _is_added(self, suppression: Suppression) -> bool:
        file = self._files[suppression.path]
        if file.patch:
            return suppression.line in hunks.added(hunks.hunks(file.patch))
        # No patch to see it in: it is new unless the file is as it was.
        return not (file.changes == 0 and suppression.path in self._before)

    @cached_property
    def _may_write(self) -> bool:
        if not self._pull.number:
            return True  # What a queue merges was reviewed, and let through, before.
        return self._gateway.permission(self._pull.author) in MAY_WRITE
