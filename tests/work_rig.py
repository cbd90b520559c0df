"""Real workers in processes of their own, with a review whose effects are files.

``python -m tests.work_rig FOLDER DATABASE_URL`` is such a worker. What the reviews do is
steered by files in ``FOLDER/<pull request>/``: ``hold-<step>`` keeps a step from ending after
its effect was made, ``later-<step>`` has GitHub put it off once, ``minute-<step>`` for a
minute, ``never-<step>`` for longer than we wait, ``gone-<step>`` takes our access away,
``broken`` raises, ``failed`` is the outcome of a review that ends as failed. ``notes`` tells
what happened, a line each.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from reviewer.model import Target
from reviewer.settings import Settings
from reviewer.webhook import ReviewRequested
from reviewer.work import Queue

HOUSE = Path(__file__).parent.parent
SECRET = "a secret of some thirty characters"
BEAT, DEAD, DRAIN, IDLE = 0.3, 1.5, 1.0, 2.0


@cache
def _new_key() -> bytes:
    made = rsa.generate_private_key(65537, 2048)
    return made.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())


def settings_in(folder: Path, database_url: str = "", **more: str) -> Settings:
    """Settings with a key of their own and everything in *folder*."""
    key = folder / "key.pem"
    if not key.exists():
        key.write_bytes(_new_key())
    return Settings.model_validate(
        {
            "GITHUB_APP_ID": "17",
            "GITHUB_WEBHOOK_SECRET": SECRET,
            "GITHUB_PRIVATE_KEY_PATH": str(key),
            "SECREVIEW_DATA": str(folder),
            "DATABASE_URL": database_url,
            **more,
        }
    )


def eventually(happened: Callable[[], Any], seconds: float = 30) -> None:
    """Wait until *happened*; fail when it does not."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.03)


@dataclass(frozen=True)
class PullRequest:
    """One pull request's folder of steering files and notes."""

    folder: Path
    number: int
    installation: int = 7

    @property
    def target(self) -> Target:
        return Target(self.installation, 4100 + self.number, "orchard", "apples", self.number)

    def steer(self, *names: str) -> "PullRequest":
        """Put steering files there."""
        self.folder.mkdir(exist_ok=True)
        for name in names:
            (self.folder / name).touch()
        return self

    def release(self, name: str) -> None:
        """Take a steering file away."""
        (self.folder / name).unlink()

    def note(self, line: str) -> None:
        self.folder.mkdir(exist_ok=True)
        with (self.folder / "notes").open("a") as file:
            file.write(f"{line}\n")

    @property
    def notes(self) -> list[str]:
        """What happened, in order."""
        path = self.folder / "notes"
        return path.read_text().splitlines() if path.exists() else []

    def opened(self, delivery: str, queue: Queue) -> bool:
        """Deliver that it was opened; whether that was new."""
        return queue.accept(delivery, ReviewRequested(self.target, "opened")).new


class Rig:
    """A database, its queue, and workers on it."""

    def __init__(self, folder: Path, database_url: str = "") -> None:
        self.folder = folder
        self.settings = settings_in(folder, database_url)
        self.database_url = database_url
        self.queue = Queue(self.settings)
        self._numbers = iter(range(1, 1000))

    def pull_request(self) -> PullRequest:
        """A pull request that no other test uses."""
        number = next(self._numbers)
        return PullRequest(self.folder / str(number), number)

    @contextmanager
    def worker(self) -> Iterator[subprocess.Popen[bytes]]:
        """A worker process; killed at the end of the block if it still runs."""
        arguments = [str(self.folder), self.database_url]
        with (self.folder / "worker.log").open("ab") as told:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.work_rig", *arguments],
                cwd=HOUSE,
                stdout=told,
                stderr=told,
            )
        try:
            yield process
        finally:
            kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """As the kernel does when memory runs out."""
    process.kill()
    process.wait()


def _look(here: PullRequest, asked: Any, step: Any) -> None:
    """The head is another one each time; note where an interrupted review has been."""
    head = step("look", lambda: {"head_sha": f"head {len(here.notes)}"})["head_sha"]
    if asked.heads:
        here.note(f"{head} after {', '.join(asked.heads)}")


def _review(
    folder: Path,
    target: Target,
    generation: int,
    asked: Any,
    *,
    services: Any,
    step: Any,
    **_: Any,
) -> str:
    """The steps of a review, with files as effects."""
    here = PullRequest(folder / str(target.number), target.number)
    here.note(f"begun {asked.reason}")
    _look(here, asked, step)

    def effect(name: str) -> Callable[[], str]:
        def action() -> str:
            from reviewer.github import Gone, RetryLater

            if (here.folder / f"gone-{name}").exists():
                raise Gone("repository deleted")
            if (here.folder / f"never-{name}").exists():
                raise RetryLater(4000, "rate limit")
            if (here.folder / f"minute-{name}").exists():
                here.release(f"minute-{name}")
                raise RetryLater(60, "busy")
            if (here.folder / f"later-{name}").exists():
                here.release(f"later-{name}")
                raise RetryLater(1, "busy")
            made = here.folder / f"{name}-{generation}"
            here.note(f"{name} {'found' if made.exists() else 'made'}")
            made.touch()
            while (here.folder / f"hold-{name}").exists():
                if not services.is_newest():
                    return "stopped"
                time.sleep(0.05)
            return "done"

        return action

    for name in ("announce", "assess", "publish"):
        if not services.is_newest():
            here.note("superseded")
            return "superseded"
        if (here.folder / "broken").exists():
            here.release("broken")
            raise RuntimeError("a fault of ours")
        step(name, effect(name))
    outcome = "failed" if (here.folder / "failed").exists() else "clean"
    here.note(outcome)
    return outcome


class _Gateway:
    """What the stand-in GitHub of these tests knows of people and heads."""

    requests = 0

    def __init__(self, folder: Path, target: Target) -> None:
        self._here = PullRequest(folder / str(target.number), target.number)

    def permission(self, login: str) -> str:
        return {"writer": "write", "owner": "admin"}.get(login, "read")

    def pull_request(self, _number: int) -> Any:
        return SimpleNamespace(author="author")

    def pull_requests_of(self, head_sha: str) -> list[Any]:
        open_one = SimpleNamespace(number=int(head_sha[:4]), state="open")
        closed_one = SimpleNamespace(number=1, state="closed")
        return [closed_one, open_one] if head_sha.endswith("1") else [open_one, open_one]

    def react(self, _comment: int, content: str) -> None:
        self._here.note(f"reacted {content}")


def main() -> None:
    """Be a worker."""
    from reviewer import log
    from reviewer.work.flows import Parts
    from reviewer.work.worker import Worker

    folder, database_url = Path(sys.argv[1]), sys.argv[2]
    log.configure()

    def fail(target: Target, _generation: int, reason: str, **more: Any) -> None:
        here = PullRequest(folder / str(target.number), target.number)
        here.note(f"gave up on {', '.join(more['heads'])}: {reason}")

    parts = Parts(
        review=lambda *args, **more: _review(folder, *args, **more),
        fail=fail,
        gateway=lambda _settings, target, _pace: _Gateway(folder, target),  # type: ignore[arg-type,return-value]
    )
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    worker = Worker(
        settings_in(folder, database_url),
        parts,
        beat=BEAT,
        dead=DEAD,
        drain=DRAIN,
        idle=IDLE,
        reconciles=False,
    )
    worker.run(stop)
    os._exit(0)


if __name__ == "__main__":
    main()
