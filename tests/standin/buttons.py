"""What is pressed: re-run, a check run's own buttons, the merge queue."""

from tests.standin import check_shapes, shapes
from tests.standin.courier import Delivery
from tests.standin.merging import merged
from tests.standin.stage import Stage
from tests.standin.state import CheckRun, CheckSuite, PullRequest, Repository


class Buttons(Stage):
    """The buttons of the checks tab and of the merge queue."""

    def rerequest(self, run: CheckRun, by: str = "dev") -> Delivery | None:
        """Press "Re-run" on one of the App's runs: its suite is queued again."""
        with self.world.lock:
            run.suite.queued = True
            shape = check_shapes.delivered_run(self.world, run)
        where = run.suite.repository
        return self._event("check_run", "rerequested", where, self.user(by), check_run=shape)

    def rerequest_suite(self, suite: CheckSuite, by: str = "dev") -> Delivery | None:
        """Press "Re-run all checks"."""
        with self.world.lock:
            suite.queued = True
            shape = check_shapes.check_suite(self.world, suite)
        where = suite.repository
        return self._event("check_suite", "rerequested", where, self.user(by), check_suite=shape)

    def press(self, run: CheckRun, identifier: str, by: str = "dev") -> Delivery | None:
        """Press one of a run's own buttons."""
        with self.world.lock:
            shape = check_shapes.delivered_run(self.world, run)
        parts = {"check_run": shape, "requested_action": {"identifier": identifier}}
        where = run.suite.repository
        return self._event("check_run", "requested_action", where, self.user(by), **parts)

    def foreign_check_run(self, repository: Repository, head_sha: str, name: str) -> CheckRun:
        """Put another App's successful run on a commit."""
        with self.world.lock:
            world, now = self.world, self.world.now()
            suite = CheckSuite(world.new_id(6), repository, head_sha, now)
            run = CheckRun(
                world.new_id(5),
                suite,
                name,
                head_sha,
                "",
                world.html,
                "completed",
                "success",
                now,
                now,
                {},
                foreign=True,
            )
            world.runs[run.id] = run
        return run

    def enqueue(self, pull: PullRequest) -> str:
        """Put the pull request into the merge queue; return the merge group's head SHA."""
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
        parts = {"merge_group": group, "reason": "dequeued"}
        self._event("merge_group", "destroyed", repository, author, **parts)
