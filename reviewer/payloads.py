"""The shapes of webhook payloads: only what we read of them, strictly. Pure."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from reviewer.model import Target


class Shape(BaseModel):
    """What we read of a payload; everything else in it is left alone."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


Id = Annotated[int, Field(gt=0, lt=2**63)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,100}$")]
Sha = Annotated[str, Field(pattern=r"^[0-9a-f]{40,64}$")]


class Account(Shape):
    """A user, bot or organisation."""

    login: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.\[\]-]{1,100}$")]
    id: Id
    type: str = "User"


class Owner(Shape):
    """A repository's owner."""

    login: Name


class Repository(Shape):
    """The repository something happened in."""

    id: Id
    name: Name
    owner: Owner


class HasId(Shape):
    """Anything of which the id is enough."""

    id: Id


class InRepository(Shape):
    """What every event in a repository carries."""

    installation: HasId
    repository: Repository

    def target(self, number: int) -> Target:
        """The pull request with this number here."""
        where = self.repository
        return Target(self.installation.id, where.id, where.owner.login, where.name, number)


class Sent(InRepository):
    """An event in a repository that somebody caused; ``sender`` is null for a ghost."""

    sender: Account | None = None

    @property
    def by(self) -> str:
        """The login of who caused it; "" where nobody says."""
        return self.sender.login if self.sender else ""


class Numbered(Shape):
    """Anything of which the number is enough."""

    number: Id


class PullRequestPayload(Sent):
    """A ``pull_request`` event."""

    pull_request: Numbered


class Changes(Shape):
    """What an edit changed; ``base`` when the target branch did."""

    base: dict[str, Any] | None = None


class EditedPayload(PullRequestPayload):
    """A ``pull_request.edited`` event."""

    changes: Changes = Changes()


class CheckRun(Shape):
    """A check run, of whichever App."""

    head_sha: Sha
    external_id: str | None = None
    app: HasId


class CheckRunPayload(Sent):
    """A ``check_run`` event."""

    check_run: CheckRun


class Action(Shape):
    """The button of a check run that was pressed."""

    identifier: str


class PressedPayload(CheckRunPayload):
    """A ``check_run.requested_action`` event."""

    requested_action: Action


class MergeGroup(Shape):
    """A merge group: what a queue would merge into ``base_ref``."""

    head_sha: Sha
    base_sha: Sha
    base_ref: Annotated[str, Field(max_length=300)]


class MergeGroupPayload(Sent):
    """A ``merge_group`` event."""

    merge_group: MergeGroup


class CheckSuite(Shape):
    """A check suite, of whichever App."""

    head_branch: str | None = None
    head_sha: Sha
    app: HasId


class CheckSuitePayload(Sent):
    """A ``check_suite`` event."""

    check_suite: CheckSuite


class Issue(Shape):
    """An issue; ``pull_request`` is there when it is one."""

    number: Id
    state: str
    pull_request: dict[str, Any] | None = None


class Comment(Shape):
    """A comment; its ``user`` is null when the account is gone."""

    id: Id
    body: str | None = None
    user: Account | None = None


class CommentPayload(InRepository):
    """An ``issue_comment`` event."""

    issue: Issue
    comment: Comment


class InstallationPayload(Shape):
    """An ``installation`` event."""

    installation: HasId


class AddedPayload(InstallationPayload):
    """An ``installation_repositories.added`` event."""

    repositories_added: list[HasId]


class RepositoriesPayload(InstallationPayload):
    """An ``installation_repositories.removed`` event."""

    repositories_removed: list[HasId]
