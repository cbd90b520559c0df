"""What our GitHub knows: accounts, repositories, pull requests, checks. Plain values."""

from dataclasses import dataclass, field
from typing import Any

from tests.standin.diff import FileChange, changes, loadable
from tests.standin.objects import Commit, Store

MAX_FILES = 3000


@dataclass
class User:
    """An account: a person, an organisation or an App's bot."""

    login: str
    id: int
    type: str = "User"


@dataclass
class App:
    """The registered App. ``private_key`` is PEM; GitHub itself keeps the public half only."""

    id: int
    slug: str
    owner: User
    bot: User
    private_key: str
    public_key: Any
    webhook_secret: str
    permissions: dict[str, str]
    events: list[str]


@dataclass
class Repository:
    """A repository; ``roles`` says who may do what: admin, maintain, write, triage, read."""

    id: int
    owner: User
    name: str
    store: Store
    private: bool = False
    parent: "Repository | None" = None
    default_branch: str = "main"
    branches: dict[str, str] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)
    pulls: dict[int, "PullRequest"] = field(default_factory=dict)
    compared: dict[tuple[str, str], list[FileChange]] = field(default_factory=dict)

    @property
    def full_name(self) -> str:
        """``owner/name``."""
        return f"{self.owner.login}/{self.name}"

    def resolve(self, ref: str) -> Commit | None:
        """Return the commit that a branch name, a full ref or a SHA names."""
        name = ref.removeprefix("refs/").removeprefix("heads/")
        if ref == "HEAD":
            name = self.default_branch
        if name.startswith("pull/") and name.endswith("/head"):
            pull = self.pulls.get(int(name.split("/")[1]))
            return self.store.commits.get(pull.head_sha) if pull else None
        return self.store.commits.get(self.branches.get(name, ref))


@dataclass
class Installation:
    """The App on an account: which repositories and with which permissions."""

    id: int
    account: User
    repositories: list[Repository]
    permissions: dict[str, str]
    suspended: bool = False
    removed: bool = False
    created_at: str = ""


@dataclass
class Token:
    """An installation token, narrowed to repositories and permissions, good until ``expires``."""

    value: str
    installation: Installation
    repositories: list[Repository] | None
    permissions: dict[str, str]
    expires: float

    def reaches(self, repository: Repository) -> bool:
        """Whether the token was made for ``repository`` and the App is still on it."""
        chosen = self.repositories
        if repository not in self.installation.repositories:
            return False
        return chosen is None or repository in chosen


@dataclass
class PullRequest:
    """A pull request; ``commits`` are its heads in order, the last one is the head.

    ``head_repository`` is None once the fork was deleted.
    ``resolved`` says by whom the thread was resolved that a comment begins.
    """

    id: int
    number: int
    repository: Repository
    head_repository: Repository | None
    head_ref: str
    base_ref: str
    title: str
    body: str
    author: User
    commits: list[str]
    draft: bool = False
    state: str = "open"
    merged: bool = False
    created_at: str = ""
    closed_at: str | None = None
    reviews: list["Review"] = field(default_factory=list)
    review_comments: list["ReviewComment"] = field(default_factory=list)
    comments: list["IssueComment"] = field(default_factory=list)
    resolved: dict[int, User] = field(default_factory=dict)

    @property
    def head_sha(self) -> str:
        """The newest commit."""
        return self.commits[-1]

    @property
    def base_sha(self) -> str:
        """The tip of the base branch."""
        return self.repository.branches[self.base_ref]

    @property
    def head_owner(self) -> User:
        """Whose branch the head is; a fork's is its author's, deleted or not."""
        return self.head_repository.owner if self.head_repository else self.author

    def files(self, head: str | None = None) -> list[FileChange]:
        """Return what ``head`` (default: the newest) changes against its merge base."""
        store = self.repository.store
        tip = head or self.head_sha
        between = (store.merge_base(self.base_sha, tip), tip)
        known = self.repository.compared
        if between not in known:
            base, newest = (store.commits[sha].files for sha in between)
            known[between] = loadable(changes(base, newest, store.contents))
        return known[between]


@dataclass
class Review:
    """A review; ``state`` PENDING until it is submitted."""

    id: int
    user: User
    body: str
    state: str
    commit_id: str
    submitted_at: str | None


@dataclass
class ReviewComment:
    """A comment on a line; the place is the one it was made at, on ``commit_id``."""

    id: int
    review_id: int
    user: User
    body: str
    path: str
    commit_id: str
    side: str
    line: int
    start_side: str | None
    start_line: int | None
    diff_hunk: str
    position: int
    created_at: str
    updated_at: str
    in_reply_to: int | None = None


@dataclass
class Reaction:
    """One user's emoji under a comment."""

    id: int
    user: User
    content: str
    created_at: str


@dataclass
class IssueComment:
    """A comment in the conversation of a pull request."""

    id: int
    user: User
    body: str
    created_at: str
    updated_at: str
    reactions: list[Reaction] = field(default_factory=list)
    by_app: bool = False


@dataclass
class CheckSuite:
    """All runs of one App on one commit."""

    id: int
    repository: Repository
    head_sha: str
    created_at: str
    queued: bool = False


@dataclass
class CheckRun:
    """One run, with everything ever annotated: requests append."""

    id: int
    suite: CheckSuite
    name: str
    head_sha: str
    external_id: str
    details_url: str
    status: str
    conclusion: str | None
    started_at: str | None
    completed_at: str | None
    output: dict[str, str | None]
    annotations: list[dict[str, Any]] = field(default_factory=list)
    actions: list[dict[str, str]] = field(default_factory=list)
    foreign: bool = False
