"""What is pressed: re-run, a check run's own buttons."""

from tests.standin import check_shapes
from tests.standin.courier import Delivery
from tests.standin.stage import Stage
from tests.standin.state import CheckRun, CheckSuite, Repository


class Buttons(Stage):
    """The buttons of the checks tab."""

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
        """Press one of a run's own buttons.

        Raises:
            LookupError: it has no such button; only completed runs have any.
        """
        with self.world.lock:
            shown = [each["identifier"] for each in run.actions if run.status == "completed"]
            if identifier not in shown:
                raise LookupError(f"the run has no button {identifier!r}, only {shown}")
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
