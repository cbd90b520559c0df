"""The frame of an operation: what it takes, who may call it, how it answers and refuses."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from tests.standin.state import App, PullRequest, Repository, Token
from tests.standin.world import World

DOCUMENTATION = "https://docs.github.com/rest"
PAGE = 30
LARGEST_PAGE = 100
Needs = Mapping[str, str]


class Refused(Exception):  # noqa: N818
    """GitHub's own refusal: a status, a message and the errors that go with it."""

    def __init__(
        self,
        status: int,
        message: str,
        errors: Sequence[Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = errors
        self.headers = dict(headers or {})

    def body(self) -> dict[str, Any]:
        """Return the body as GitHub sends it."""
        body: dict[str, Any] = {"message": self.message, "documentation_url": DOCUMENTATION}
        if self.errors is not None:
            body["errors"] = list(self.errors)
        return body | {"status": str(self.status)}

    def answer(self) -> "Answer":
        """Return the refusal as an answer."""
        return Answer(self.body(), self.status, self.headers)


class Limited(Refused):
    """The primary rate limit, which GraphQL tells with status 200."""

    def graphql(self) -> dict[str, Any]:
        """Return the body as GraphQL sends it."""
        return {"errors": [{"type": "RATE_LIMITED", "message": self.message}]}


class Unknown(Exception):  # noqa: N818
    """The stand-in does not know this endpoint, parameter or field: 501, and a violation."""


def not_found() -> Refused:
    """Return GitHub's 404, which also hides what may not be seen."""
    return Refused(404, "Not Found")


def invalid(reason: str) -> Refused:
    """Return the 422 of a body that GitHub's own schema forbids."""
    return Refused(422, f"Invalid request.\n\n{reason}")


@dataclass
class Answer:
    """What goes back: JSON, or bytes for a raw file."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    media_type: str = "application/json; charset=utf-8"


@dataclass
class Call:
    """One request on its way to the handler, already authenticated."""

    world: World
    path: str
    arguments: Mapping[str, str]
    query: Mapping[str, str]
    body: dict[str, Any]
    caller: App | Token
    accept: str

    @property
    def token(self) -> Token:
        """The installation token that was presented."""
        assert isinstance(self.caller, Token)
        return self.caller

    @property
    def repository(self) -> Repository:
        """The repository of the path; 404 when the token does not reach it."""
        name = f"{self.arguments['owner']}/{self.arguments['repo']}".lower()
        found = self.world.repositories.get(name)
        reached = isinstance(self.caller, App) or (found and self.caller.reaches(found))
        if found is None or not reached:
            raise not_found()
        return found

    @property
    def pull(self) -> PullRequest:
        """The pull request of the path (``pull_number`` or ``issue_number``)."""
        name = "pull_number" if "pull_number" in self.arguments else "issue_number"
        found = self.repository.pulls.get(self.number(name))
        if found is None:
            raise not_found()
        return found

    def number(self, name: str) -> int:
        """Return a numeric part of the path; anything else is not found."""
        text = self.arguments[name]
        if not text.isdecimal():
            raise not_found()
        return int(text)

    def page(self, items: Sequence[Any], shape: Callable[[Any], Any]) -> Answer:
        """Return one page of ``items``, each in its ``shape``, with GitHub's Link header."""
        size, page = self.page_size(), max(1, whole(self.query.get("page"), 1))
        last = max(1, -(-len(items) // size))
        links = []
        if page > 1:
            links += [("prev", page - 1)]
        if page < last:
            links += [("next", page + 1), ("last", last)]
        if page > 1:
            links += [("first", 1)]
        start = (page - 1) * size
        header = ", ".join(f'<{self.url(page=number)}>; rel="{rel}"' for rel, number in links)
        headers = {"Link": header} if header else {}
        return Answer([shape(item) for item in items[start : start + size]], headers=headers)

    def listing(self, name: str, items: Sequence[Any], shape: Callable[[Any], Any]) -> Answer:
        """Return one page inside an object that also tells the total."""
        answer = self.page(items, shape)
        answer.body = {"total_count": len(items), name: answer.body}
        return answer

    def page_size(self) -> int:
        """Return the page's size: 30, or what was asked for, at most 100."""
        return min(LARGEST_PAGE, max(1, whole(self.query.get("per_page"), PAGE)))

    def url(self, **changed: Any) -> str:
        """Return this request's address with some query parameters changed."""
        return f"{self.world.api}{self.path}?{urlencode({**self.query, **changed})}"


def by_creation(call: Call) -> None:
    """Refuse to sort by anything but the time of creation, the only order there is here."""
    if call.query.get("sort", "created") != "created":
        raise Unknown(f"sort={call.query['sort']}")


def whole(text: str | None, default: int) -> int:
    """Return a query parameter as a number; GitHub takes the default for anything else."""
    return int(text) if text and text.isdecimal() else default


Handler = Callable[[Call], Answer]


@dataclass(frozen=True, eq=False)
class Operation:
    """One operation: a method on a path, as GitHub's description writes it.

    ``needs`` are alternatives, each permission -> level; ``caller`` is app, installation,
    any (of both) or anyone (even nobody); ``media`` are the media types besides JSON that
    can be asked for; ``creates``: it makes or changes what people read, which GitHub limits.
    """

    method: str
    path: str
    handler: Handler
    caller: str = "installation"
    needs: tuple[Needs, ...] = ()
    query: frozenset[str] = frozenset()
    body: frozenset[str] = frozenset()
    media: frozenset[str] = frozenset()
    creates: bool = False

    @property
    def name(self) -> str:
        """Method and path, as GitHub's description writes it."""
        return f"{self.method} {self.path}"


OPERATIONS: list[Operation] = []
PAGED = "per_page page"


def operation(
    method: str,
    path: str,
    *needs: Needs,
    caller: str = "installation",
    query: str = "",
    body: str = "",
    media: str = "",
    creates: bool = False,
) -> Callable[[Handler], Handler]:
    """Register the function as an operation; it stays callable."""

    def register(handler: Handler) -> Handler:
        asked, sent, accepted = (frozenset(text.split()) for text in (query, body, media))
        made = Operation(method, path, handler, caller, needs, asked, sent, accepted, creates)
        OPERATIONS.append(made)
        return handler

    return register
