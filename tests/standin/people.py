"""What people do to pull requests: open, close, retarget, comment, settle."""

from tests.standin import pull_shapes, review_shapes
from tests.standin.history import History
from tests.standin.objects import Content
from tests.standin.operations.reviews import replied
from tests.standin.state import IssueComment, PullRequest, Repository, ReviewComment


class People(History):
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
            tip = self._commit(repository, before, head, user, title)
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

    def convert_to_draft(self, pull: PullRequest) -> None:
        """Make it a draft again and deliver ``converted_to_draft``."""
        with self.world.lock:
            pull.draft = True
        self._pull_event("converted_to_draft", pull)

    def retitle(self, pull: PullRequest, title: str) -> None:
        """Change the title and deliver ``edited`` with ``changes.title``."""
        with self.world.lock:
            changes = {"title": {"from": pull.title}}
            pull.title = title
        self._pull_event("edited", pull, changes=changes)

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

    def edit_comment(self, pull: PullRequest, comment: IssueComment, text: str) -> None:
        """Change a comment in the conversation and deliver ``issue_comment`` ``edited``."""
        with self.world.lock:
            changes = {"body": {"from": comment.body}}
            comment.body, comment.updated_at = text, self.world.now()
            shape = review_shapes.issue_comment(self.world, pull, comment)
            parts = {"issue": pull_shapes.issue(self.world, pull), "comment": shape}
        parts |= {"changes": changes}
        self._event("issue_comment", "edited", pull.repository, comment.user, **parts)

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
