"""What people do to pull requests: open, push, close, retarget, comment."""

from typing import Any

from tests.standin import check_shapes, pull_shapes, review_shapes
from tests.standin.operations.reviews import replied
from tests.standin.stage import Content, Stage
from tests.standin.state import IssueComment, PullRequest, Repository, ReviewComment, User


class People(Stage):
    """Authors and commenters; every act delivers the event that GitHub would send."""

    def open_pull_request(
        self,
        repository: Repository,
        head: Content,
        base: Content | None = None,
        *,
        title: str = "Change something",
        body: str = "",
        author: str = "dev",
        draft: bool = False,
        fork: bool = False,
        base_ref: str | None = None,
    ) -> PullRequest:
        """Open a pull request and deliver ``opened``.

        ``base`` is first written over the base branch, then ``head`` over that, on a
        branch of its own: path -> content, None deletes. ``fork`` puts it on a fork.
        """
        if base is not None:
            self.push_base(repository, base)
        with self.world.lock:
            world, user = self.world, self.world.user(author)
            target = base_ref or repository.default_branch
            number = len(repository.pulls) + 1
            source = self._fork(repository, user) if fork else repository
            before = repository.store.commits[repository.branches[target]]
            tip = self._commit(repository, before.files, head, (before.sha,), user, title)
            ref = f"change-{number}"
            source.branches[ref] = tip.sha
            pull = PullRequest(
                world.new_id(2),
                number,
                repository,
                source,
                ref,
                target,
                title,
                body,
                user,
                [tip.sha],
                draft,
                created_at=world.now(),
            )
            repository.pulls[number] = pull
        self._pull_event("opened", pull)
        self._suite_requested(pull)
        return pull

    def push(self, pull: PullRequest, changes: Content, *, by: str | None = None) -> str:
        """Commit ``changes`` on the head, deliver ``synchronize``, return the new SHA."""
        with self.world.lock:
            user = self.world.user(by) if by else pull.author
            before = pull.repository.store.commits[pull.head_sha]
            tip = self._commit(
                pull.repository, before.files, changes, (before.sha,), user, "Update"
            )
            pull.commits.append(tip.sha)
            pull.head_repository.branches[pull.head_ref] = tip.sha
        self._pull_event("synchronize", pull, by=by, before=before.sha, after=tip.sha)
        self._suite_requested(pull)
        return tip.sha

    def push_base(self, repository: Repository, changes: Content, branch: str | None = None) -> str:
        """Commit ``changes`` on a branch (default: the default one, made if new); no event."""
        with self.world.lock:
            name = branch or repository.default_branch
            start = repository.branches.get(name, repository.branches[repository.default_branch])
            before = repository.store.commits[start]
            tip = self._commit(
                repository, before.files, changes, (before.sha,), repository.owner, "Update"
            )
            repository.branches[name] = tip.sha
        return tip.sha

    def close_pull_request(self, pull: PullRequest, *, merged: bool = False) -> None:
        """Close the pull request and deliver ``closed``."""
        with self.world.lock:
            pull.state, pull.merged, pull.closed_at = "closed", merged, self.world.now()
        self._pull_event("closed", pull)

    def reopen(self, pull: PullRequest) -> None:
        """Open it again and deliver ``reopened``."""
        with self.world.lock:
            pull.state, pull.closed_at = "open", None
        self._pull_event("reopened", pull)

    def ready_for_review(self, pull: PullRequest) -> None:
        """End the draft and deliver ``ready_for_review``."""
        with self.world.lock:
            pull.draft = False
        self._pull_event("ready_for_review", pull)

    def retarget(self, pull: PullRequest, base_ref: str) -> None:
        """Change the base branch and deliver ``edited`` with ``changes.base``."""
        with self.world.lock:
            changes = {"base": {"ref": {"from": pull.base_ref}, "sha": {"from": pull.base_sha}}}
            pull.base_ref = base_ref
        self._pull_event("edited", pull, changes=changes)

    def comment(self, pull: PullRequest, login: str, text: str) -> IssueComment:
        """Comment in the conversation as ``login`` and deliver ``issue_comment``."""
        with self.world.lock:
            world, now = self.world, self.world.now()
            made = IssueComment(world.new_id(2), world.user(login), text, now, now)
            pull.comments.append(made)
            shape = review_shapes.issue_comment(world, pull, made)
            parts = {"issue": pull_shapes.issue(world, pull), "comment": shape}
        self._event("issue_comment", "created", pull.repository, made.user, **parts)
        return made

    def reply(
        self, pull: PullRequest, comment: ReviewComment, login: str, text: str
    ) -> ReviewComment:
        """Answer a comment on a line as ``login``; the App is not subscribed to it."""
        with self.world.lock:
            return replied(self.world, pull, comment, self.world.user(login), text)

    def resolve(self, pull: PullRequest, comment: ReviewComment, login: str) -> None:
        """Resolve the thread that a comment is in, as ``login``."""
        with self.world.lock:
            pull.resolved[comment.in_reply_to or comment.id] = self.world.user(login)

    def unresolve(self, pull: PullRequest, comment: ReviewComment) -> None:
        """Open the thread that a comment is in again."""
        with self.world.lock:
            del pull.resolved[comment.in_reply_to or comment.id]

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
