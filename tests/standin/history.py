"""What people do with git: push, force-push, rebase, fork, rename, delete."""

from typing import Any

from tests.standin import check_shapes, pull_shapes
from tests.standin.merging import merged
from tests.standin.objects import Content
from tests.standin.stage import Stage
from tests.standin.state import PullRequest, Repository, User


class History(Stage):
    """Branches and what becomes of them; heads that move deliver ``synchronize``."""

    def push(self, pull: PullRequest, changes: Content, *, by: str | None = None) -> str:
        """Commit ``changes`` on the head, deliver ``synchronize``, return the new SHA."""
        with self.world.lock:
            user = self.world.user(by) if by else pull.author
            before = pull.repository.store.commits[pull.head_sha]
            tip = self._commit(pull.repository, before, changes, user)
        return self._moved(pull, [*pull.commits, tip.sha], by)

    def force_push(self, pull: PullRequest, changes: Content, *, by: str | None = None) -> str:
        """Replace the head's whole history by one commit of ``changes`` on the merge base.

        The commits that were there are no longer the pull request's.
        """
        with self.world.lock:
            user, store = self.world.user(by) if by else pull.author, pull.repository.store
            base = store.commits[store.merge_base(pull.base_sha, pull.head_sha)]
            tip = self._commit(pull.repository, base, changes, user)
        return self._moved(pull, [tip.sha], by)

    def rebase(self, pull: PullRequest, *, by: str | None = None) -> str:
        """Put what the pull request changes on the base's tip as one commit and force-push it.

        Raises:
            Conflict: git cannot.
        """
        with self.world.lock:
            user, store = self.world.user(by) if by else pull.author, pull.repository.store
            onto, head = (store.commits[sha] for sha in (pull.base_sha, pull.head_sha))
            files, modes = merged(store, onto, head)
            tip = self.world.commit(pull.repository, files, (onto.sha,), head.message, user, modes)
        return self._moved(pull, [tip.sha], by)

    def rename_file(self, pull: PullRequest, old: str, new: str, *, by: str | None = None) -> str:
        """Move a file on the head, link or submodule as it is, and deliver ``synchronize``."""
        with self.world.lock:
            user = self.world.user(by) if by else pull.author
            before = pull.repository.store.commits[pull.head_sha]
            files, modes = dict(before.files), dict(before.modes)
            files[new] = files.pop(old)
            if old in modes:
                modes[new] = modes.pop(old)
            parents, title = (before.sha,), f"Rename {old}"
            tip = self.world.commit(pull.repository, files, parents, title, user, modes)
        return self._moved(pull, [*pull.commits, tip.sha], by)

    def push_base(self, repository: Repository, changes: Content, branch: str | None = None) -> str:
        """Commit ``changes`` on a branch (default: the default one, made if new); no event."""
        with self.world.lock:
            name = branch or repository.default_branch
            start = repository.branches.get(name, repository.branches[repository.default_branch])
            before = repository.store.commits[start]
            tip = self._commit(repository, before, changes, repository.owner)
            repository.branches[name] = tip.sha
        return tip.sha

    def delete_fork(self, pull: PullRequest) -> None:
        """Delete the repository that the head is in; the pull request stays, without an event.

        Raises:
            LookupError: the head is not in a fork.
        """
        fork = pull.head_repository
        if fork is None or fork is pull.repository:
            raise LookupError(f"the head of #{pull.number} is in no fork")
        with self.world.lock:
            del self.world.repositories[fork.full_name.lower()]
            for each in pull.repository.pulls.values():
                if each.head_repository is fork:
                    each.head_repository = None

    def rename(self, repository: Repository, name: str) -> None:
        """Rename the repository; its old address redirects. The App is not subscribed to it."""
        with self.world.lock:
            old = repository.full_name.lower()
            self.world.moved[old] = self.world.repositories.pop(old)
            repository.name = name
            self.world.repositories[repository.full_name.lower()] = repository

    def _moved(self, pull: PullRequest, commits: list[str], by: str | None) -> str:
        with self.world.lock:
            if pull.head_repository is None:
                raise LookupError(f"the fork of #{pull.number} is deleted")
            before, after = pull.head_sha, commits[-1]
            pull.commits[:] = commits
            pull.head_repository.branches[pull.head_ref] = after
        self._pull_event("synchronize", pull, by=by, before=before, after=after)
        self._suite_requested(pull)
        return after

    def _fork(self, repository: Repository, user: User) -> Repository:
        name = f"{user.login}/{repository.name}"
        existing = self.world.repositories.get(name.lower())
        if existing is not None:
            return existing
        made = Repository(
            self.world.new_id(1),
            user,
            repository.name,
            repository.store,
            repository.private,
            parent=repository,
            branches=dict(repository.branches),
        )
        self.world.repositories[name.lower()] = made
        return made

    def _pull_event(
        self, action: str, pull: PullRequest, by: str | None = None, **more: Any
    ) -> None:
        with self.world.lock:
            sender = self.world.user(by) if by else pull.author
            shape = pull_shapes.full_pull(self.world, pull)
        parts = {"number": pull.number, "pull_request": shape, **more}
        self._event("pull_request", action, pull.repository, sender, **parts)

    def _suite_requested(self, pull: PullRequest) -> None:
        with self.world.lock:
            suite = self.world.suite(pull.repository, pull.head_sha)
            shape = check_shapes.check_suite(self.world, suite)
            where = pull.repository
        self._event("check_suite", "requested", where, pull.author, check_suite=shape)
