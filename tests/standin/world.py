"""The whole state of our GitHub, its ids and its clock; one lock."""

import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

from tests.standin.objects import Commit, Modes, timestamp
from tests.standin.state import (
    App,
    CheckRun,
    CheckSuite,
    Installation,
    PullRequest,
    Repository,
    Token,
    User,
)

if TYPE_CHECKING:
    from tests.standin.courier import Courier
    from tests.standin.registering import Made

EPOCH = 1_760_000_000


@dataclass
class Rate:
    """The hourly limit of requests of one caller; a test may lower ``limit``."""

    limit: int = 5000
    used: int = 0
    reset: int = field(default_factory=lambda: int(time.time()) + 3600)

    def told(self) -> dict[str, int]:
        """Return what is left, as ``GET /rate_limit`` tells it."""
        remaining = max(0, self.limit - self.used)
        counted = {"limit": self.limit, "remaining": remaining}
        return counted | {"used": self.used, "reset": self.reset}


def silent(*_: Any, **__: Any) -> None:
    """Tell nobody: what ``World.emit`` is until a courier listens."""


class World:
    """The whole state. Hold ``lock`` while reading or changing it."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.app: App
        self.api = ""
        self.html = "https://github.example"
        self._rates: dict[int, Rate] = {}
        self.emit: Callable[..., None] = silent
        self.courier: Courier
        self.made: dict[str, Made] = {}
        self.setup_url = ""
        self.content_type = "json"
        self.users: dict[str, User] = {}
        self.repositories: dict[str, Repository] = {}
        self.moved: dict[str, Repository] = {}
        self.installations: dict[int, Installation] = {}
        self.tokens: dict[str, Token] = {}
        self.suites: dict[int, CheckSuite] = {}
        self.runs: dict[int, CheckRun] = {}
        self._ids = count(1)
        self._commits = count()

    def rate(self, installation: int) -> Rate:
        """Return what an installation has left; 0: the App itself."""
        with self.lock:
            return self._rates.setdefault(installation, Rate())

    def new_id(self, kind: int) -> int:
        """Return an unused id; each ``kind`` has its own range beyond 32 bits, as GitHub's do."""
        return kind * 1_000_000_000 + next(self._ids)

    def now(self) -> str:
        """Return the time as GitHub writes it."""
        return timestamp(time.time())

    def user(self, login: str, kind: str = "User") -> User:
        """Return the account ``login``, made when it does not exist."""
        if login.lower() not in self.users:
            self.users[login.lower()] = User(login, 50_000 + next(self._ids), kind)
        return self.users[login.lower()]

    def find(self, full_name: str) -> Repository | None:
        """Return the repository of a name, be it an earlier one, whatever its case."""
        name = full_name.lower()
        return self.repositories.get(name) or self.moved.get(name)

    def commit(
        self,
        repository: Repository,
        files: Mapping[str, str],
        parents: tuple[str, ...],
        message: str,
        author: User,
        modes: Modes | None = None,
    ) -> Commit:
        """Commit ``files`` (path -> id); its date is fixed, so its SHA is repeatable."""
        when = EPOCH + 60 * next(self._commits)
        return repository.store.add_commit(files, parents, message, author.login, when, modes)

    def installation_of(self, repository: Repository) -> Installation | None:
        """Return the living installation that covers ``repository``."""
        covering = (i for i in self.installations.values() if repository in i.repositories)
        return next((i for i in covering if not i.removed), None)

    def new_token(
        self,
        installation: Installation,
        repositories: list[Repository] | None,
        permissions: dict[str, str],
    ) -> Token:
        """Mint a token of today's form: ``ghs_APPID_`` and a long tail in three parts."""
        tail = ".".join(secrets.token_urlsafe(n) for n in (24, 180, 48))
        value = f"ghs_{self.app.id}_{tail}"
        token = Token(value, installation, repositories, permissions, time.time() + 3600)
        self.tokens[value] = token
        return token

    def suite(self, repository: Repository, head_sha: str) -> CheckSuite:
        """Return our App's suite on a commit, made when it does not exist."""
        for suite in self.suites.values():
            if suite.repository is repository and suite.head_sha == head_sha:
                return suite
        made = CheckSuite(self.new_id(6), repository, head_sha, self.now())
        self.suites[made.id] = made
        return made

    def pulls_of(self, repository: Repository, head_sha: str) -> list[PullRequest]:
        """Return the open pull requests of ``repository`` with that head."""
        return [
            pull
            for pull in repository.pulls.values()
            if pull.head_sha == head_sha and pull.state == "open"
        ]
