"""The merge queue, and what a branch requires before anything is merged."""

from tests.standin import shapes
from tests.standin.merging import merged
from tests.standin.stage import Stage
from tests.standin.state import PullRequest, Repository

CHECK = "secreview"
PASSING = {"success", "neutral", "skipped"}


class MergeQueue(Stage):
    """A branch that requires the check ``secreview``, with this App as its source."""

    def required(self, repository: Repository, sha: str) -> bool:
        """Whether the App's newest run ``secreview`` on ``sha`` is completed and lets it pass.

        Another App's run of that name is no answer, nor is none at all.
        """
        with self.world.lock:
            runs = [
                run
                for run in self.world.runs.values()
                if run.suite.repository is repository
                and (run.head_sha, run.name, run.foreign) == (sha, CHECK, False)
            ]
            newest = max(runs, key=lambda run: run.id, default=None)
            done = newest is not None and newest.status == "completed"
            return done and newest is not None and newest.conclusion in PASSING

    def mergeable(self, pull: PullRequest, *, conversations: bool = False) -> bool:
        """Whether the pull request could be merged: open, no draft, its head passed.

        ``conversations``: the branch also requires that every thread is resolved.
        """
        with self.world.lock:
            opening = {c.id for c in pull.review_comments if c.in_reply_to is None}
            settled = not conversations or opening <= set(pull.resolved)
            ready = pull.state == "open" and not pull.draft
            return ready and settled and self.required(pull.repository, pull.head_sha)

    def enqueue(self, pull: PullRequest) -> str:
        """Put the pull request into the merge queue; return the merge group's head SHA.

        Raises:
            LookupError: it is closed or a draft.
            Conflict: git cannot merge it.
        """
        if pull.state != "open" or pull.draft:
            raise LookupError(f"#{pull.number} cannot be merged as it is")
        with self.world.lock:
            repository = pull.repository
            base, head = (repository.store.commits[s] for s in (pull.base_sha, pull.head_sha))
            files, modes = merged(repository.store, base, head)
            parents, title = (base.sha, head.sha), f"Merge #{pull.number}"
            merge = self.world.commit(repository, files, parents, title, pull.author, modes)
            ref = f"gh-readonly-queue/{pull.base_ref}/pr-{pull.number}-{base.sha}"
            repository.branches[ref] = merge.sha
            group = {
                "head_sha": merge.sha,
                "head_ref": f"refs/heads/{ref}",
                "base_sha": base.sha,
                "base_ref": f"refs/heads/{pull.base_ref}",
                "head_commit": shapes.simple_commit(merge),
            }
        self._groups[merge.sha] = (repository, pull.author, group)
        self._event("merge_group", "checks_requested", repository, pull.author, merge_group=group)
        return merge.sha

    def dequeue(self, head_sha: str) -> None:
        """Dissolve the merge group with this head."""
        repository, author, group = self._groups.pop(head_sha)
        with self.world.lock:
            del repository.branches[group["head_ref"].removeprefix("refs/heads/")]
        parts = {"merge_group": group, "reason": "dequeued"}
        self._event("merge_group", "destroyed", repository, author, **parts)
