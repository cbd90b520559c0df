"""secreview without credentials, in a process of its own, as a person starts it."""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from reviewer.settings import Settings
from tests.running import wait

HOUSE = Path(__file__).parents[1]
LINK = re.compile(r"http://\S+/setup\?token=\S+")


@dataclass
class Started:
    """The process, and what it has printed so far, a line each."""

    process: subprocess.Popen[str]
    log: Path
    printed: list[str] = field(default_factory=list)

    @property
    def link(self) -> str:
        """The link to setup, once it is printed."""

        def look() -> str:
            assert self.process.poll() is None, self.log.read_text()
            found = LINK.search("\n".join(self.printed))
            return found[0] if found else ""

        return str(wait("the link", look))

    @property
    def url(self) -> str:
        """Where it listens."""
        return self.link.partition("/setup")[0]

    def read(self) -> None:
        """Take in what it prints until it prints no more."""
        assert self.process.stdout
        for line in self.process.stdout:
            self.printed.append(line.rstrip("\n"))


@contextmanager
def started(folder: Path, *command: str, **more: str) -> Iterator[Started]:
    """``secreview COMMAND`` in *folder* on a free port, with no credentials set.

    Ends with everything that it started.
    """
    names = {str(setting.validation_alias) for setting in Settings.model_fields.values()}
    kept = {name: value for name, value in os.environ.items() if name not in names}
    log = folder / "serve.log"
    with log.open("w") as told:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "reviewer", *command],
            cwd=folder,
            env=kept | {"PORT": "0", "HOST": "127.0.0.1", "PYTHONPATH": str(HOUSE), **more},
            stdout=subprocess.PIPE,
            stderr=told,
            text=True,
        )
    found = Started(process, log)
    reader = threading.Thread(target=found.read, daemon=True)
    reader.start()
    family: list[psutil.Process] = []
    try:
        yield found
    finally:
        if process.poll() is None:
            family = psutil.Process(process.pid).children(recursive=True)
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for left in family:
            if left.is_running():
                left.kill()
        reader.join(5)
        assert process.stdout
        process.stdout.close()
