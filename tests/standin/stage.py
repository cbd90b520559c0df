"""The stage: the App, accounts, repositories, installations, tokens, and sending events."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.standin import webhooks
from tests.standin.auth import grants
from tests.standin.courier import Courier, Delivery
from tests.standin.objects import Commit, Content, Store
from tests.standin.state import App, Installation, Repository, Token, User
from tests.standin.world import World

APP_ID = 1_234_567
SLUG = "secreview"
SECRET = "It's a Secret to Everybody"
PERMISSIONS = {
    "checks": "write",
    "contents": "read",
    "issues": "read",
    "merge_queues": "read",
    "metadata": "read",
    "pull_requests": "write",
}
# What an installation must have granted to be told.
TOLD = {
    "check_run": ("checks", "read"),
    "check_suite": ("checks", "read"),
    "issue_comment": ("issues", "read"),
    "merge_group": ("merge_queues", "read"),
    "pull_request": ("pull_requests", "read"),
}
EVENTS = ["check_run", "check_suite", "issue_comment", "merge_group", "pull_request"]
__all__ = ["EVENTS", "PERMISSIONS", "Content", "Stage", "folder"]


class Stage:
    """The App on its GitHub; ``permissions`` are what it is registered with."""

    def __init__(self, permissions: Mapping[str, str] = PERMISSIONS) -> None:
        self._groups: dict[str, tuple[Repository, User, dict[str, Any]]] = {}
        self.world = World()
        private, public = key_pair()
        self.world.app = App(
            APP_ID,
            SLUG,
            self.world.user("secreview-makers"),
            self.world.user(f"{SLUG}[bot]", "Bot"),
            private,
            public,
            SECRET,
            dict(permissions),
            list(EVENTS),
        )
        self.courier = self.world.courier = Courier(self.world)
        self.world.emit = self._emit

    @property
    def app(self) -> App:
        """The registered App, with its private key and webhook secret."""
        return self.world.app

    def user(self, login: str, kind: str = "User") -> User:
        """Return the account ``login``, made when it does not exist."""
        with self.world.lock:
            return self.world.user(login, kind)

    def repository(
        self,
        full_name: str,
        files: Content | Path | None = None,
        *,
        private: bool = False,
        installed: bool = True,
    ) -> Repository:
        """Make a repository whose default branch holds ``files`` (or a folder's content)."""
        owner, name = full_name.split("/")
        with self.world.lock:
            world = self.world
            account = world.user(owner, "Organization")
            made = Repository(world.new_id(1), account, name, Store(), private)
            content: Content | None = folder(files) if isinstance(files, Path) else files
            nothing = Commit("", "", {}, (), "", "", "")
            files, modes = made.store.changed(nothing, content or {"README.md": f"# {name}\n"})
            tip = world.commit(made, files, (), "Start", account, modes)
            made.branches[made.default_branch] = tip.sha
            world.repositories[full_name.lower()] = made
            if installed:
                self._installation(account).repositories.append(made)
        return made

    def installation(self, repository: Repository) -> Installation:
        """Return the installation that covers ``repository``; LookupError when none does."""
        with self.world.lock:
            found = self.world.installation_of(repository)
        if found is None:
            raise LookupError(f"the App is not installed on {repository.full_name}")
        return found

    def _installation(self, account: User) -> Installation:
        world = self.world
        for made in world.installations.values():
            if made.account is account and not made.removed:
                return made
        number = 70_000_000 + len(world.installations) + 1
        made = Installation(number, account, [], dict(world.app.permissions))
        made.created_at = world.now()
        world.installations[number] = made
        return made

    def permit(self, repository: Repository, login: str, role: str) -> User:
        """Give ``login`` a role: admin, maintain, write, triage, read or none."""
        with self.world.lock:
            repository.roles[login] = role
            return self.world.user(login)

    def token(self, *repositories: Repository, **permissions: str) -> Token:
        """Mint an installation token without asking; no permissions: all that is granted."""
        with self.world.lock:
            made = self.installation(repositories[0])
            granted = dict(permissions) or dict(made.permissions)
            granted["metadata"] = "read"
            return self.world.new_token(made, list(repositories), granted)

    def expire_tokens(self) -> None:
        """Make every token minted so far worthless."""
        with self.world.lock:
            for token in self.world.tokens.values():
                token.expires = 0.0

    def deliver(
        self,
        event: str,
        payload: Mapping[str, Any],
        *,
        guid: str | None = None,
        signature: str | None = None,
    ) -> Delivery:
        """Deliver any body now, signed unless ``signature`` is given; return the attempt."""
        return self.courier.send(self.courier.pack(event, payload, guid, signature))

    def _commit(
        self,
        repository: Repository,
        before: Commit,
        changes: Content,
        author: User,
        message: str = "Update",
    ) -> Commit:
        files, modes = repository.store.changed(before, changes)
        return self.world.commit(repository, files, (before.sha,), message, author, modes)

    def _event(
        self, event: str, action: str, repository: Repository, sender: User, **parts: Any
    ) -> Delivery | None:
        packed = self._packed(event, action, repository, sender, **parts)
        return self.courier.send(packed) if packed else None

    def _emit(
        self, event: str, action: str, repository: Repository, sender: User, **parts: Any
    ) -> None:
        packed = self._packed(event, action, repository, sender, **parts)
        if packed:
            self.courier.later(packed)

    def _packed(
        self, event: str, action: str, repository: Repository, sender: User, **parts: Any
    ) -> Delivery | None:
        with self.world.lock:
            covering = self.world.installation_of(repository)
            if covering is None or covering.suspended or event not in self.app.events:
                return None
            if not grants(covering.permissions, dict([TOLD[event]])):
                return None
            body = webhooks.event_body(self.world, event, action, repository, sender, **parts)
        return self.courier.pack(event, body)


@cache
def key_pair() -> tuple[str, Any]:
    """Return a private key as PEM and its public half; one per process, keys are slow to make."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    return pem.decode(), key.public_key()


def folder(root: Path) -> dict[str, str | bytes | None]:
    """Return path -> content of all files below ``root``, git's own folder left out."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and ".git" not in path.relative_to(root).parts
    }
