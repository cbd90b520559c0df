"""Hosts that run the App, and what befalls their processes."""

import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import requests

from tests.running import HOUSE, TimedOutError, wait

RESTART_SECONDS = 0.5
# What is killed how often: the worker makes reviews, the web takes deliveries, the child reads.
VICTIMS = {"worker": 8, "web": 2, "gunicorn": 1, "serve": 0.5, "child": 3}


def role(process: psutil.Process, serve: int) -> str:
    """What a process of the App is; "" for one that is none of ours or has just ended."""
    with suppress(psutil.Error):
        line = " ".join(process.cmdline())
        if process.pid == serve:
            return "serve"
        if "reviewer.web" in line:
            # The first of them is gunicorn's master, its children answer requests.
            parent = process.parent()
            return "gunicorn" if parent and parent.pid == serve else "web"
        if "reviewer worker" in line:
            return "worker"
        return "child" if line else ""
    return ""


@dataclass
class Host:
    """One ``secreview serve`` with its web processes and its worker; restarted when it ends."""

    settings: Mapping[str, str]
    folder: Path
    port: int = 0
    process: subprocess.Popen[bytes] | None = None
    gone: bool = False

    def __post_init__(self) -> None:
        if not self.port:
            with socket.create_server(("127.0.0.1", 0)) as free:
                self.port = free.getsockname()[1]
        self.log = self.folder / f"serve-{self.port}.log"

    @property
    def url(self) -> str:
        """Where its web processes listen."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it; see ``is_ready``."""
        environment = {"PATH": os.environ.get("PATH", os.defpath), "HOST": "127.0.0.1"}
        environment |= {**self.settings, "PORT": str(self.port)}
        with self.log.open("ab") as told:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "reviewer", "serve"], cwd=HOUSE, env=environment,
                stdout=told, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip

    def is_ready(self) -> bool:
        """Whether it would review a pull request now."""
        try:
            return requests.get(f"{self.url}/readyz", timeout=5).status_code == 200
        except requests.RequestException:
            return False

    def processes(self) -> dict[str, list[psutil.Process]]:
        """Its living processes by their roles."""
        found: dict[str, list[psutil.Process]] = {}
        with suppress(psutil.Error):
            if self.process and self.process.poll() is None:
                top = psutil.Process(self.process.pid)
                for each in (top, *top.children(recursive=True)):
                    found.setdefault(role(each, top.pid), []).append(each)
        found.pop("", None)
        return found

    def tend(self) -> None:
        """Start it again if it has ended, as an init system does."""
        if not self.gone and (self.process is None or self.process.poll() is not None):
            time.sleep(RESTART_SECONDS)
            self.start()

    def vanish(self) -> None:
        """Lose the whole machine, for good."""
        self.gone = True
        for processes in self.processes().values():
            for each in processes:
                with suppress(psutil.Error):
                    each.kill()

    def stop(self, seconds: float = 15) -> float:
        """Ask it to end, for good; how many seconds that took.

        Raises:
            TimedOutError: it did not end in time, and was killed.
        """
        self.gone = True
        try:
            return self.restart(seconds)
        except TimedOutError:
            self.vanish()
            raise

    def restart(self, seconds: float = 15) -> float:
        """Ask it to end, and leave its next start to the supervisor; how many seconds that took.

        Raises:
            TimedOutError: it did not end in time.
        """
        if self.process is None or self.process.poll() is not None:
            return 0.0
        started, process = time.monotonic(), self.process
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise TimedOutError(f"serve did not end within {seconds:.0f} s") from None
        return time.monotonic() - started


@dataclass
class Fleet:
    """Hosts, a supervisor over them, and the one who kills their processes.

    ``last_killed`` is the id of the process that was killed last.
    """

    hosts: list[Host]
    kills: Counter[str] = field(default_factory=Counter)
    most: dict[str, float] = field(default_factory=dict)
    last_killed: int = 0

    def __post_init__(self) -> None:
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._tend), threading.Thread(target=self._weigh)]

    @property
    def urls(self) -> list[str]:
        """Where the hosts that are left listen."""
        return [host.url for host in self.hosts if not host.gone]

    def kill(self, dice: random.Random, wanted: str = "") -> str:
        """Kill a process, of a role if one is wanted; its role, "" if there was none."""
        host = dice.choice([host for host in self.hosts if not host.gone])
        found = host.processes()
        weights = {name: VICTIMS.get(name, 0.0) for name in found}
        if not {"web", "worker"} & {*found} or (wanted and wanted not in found):
            return ""
        name = wanted or dice.choices([*weights], [*weights.values()])[0]
        victim = dice.choice(found[name])
        with suppress(psutil.Error):
            victim.kill()
            self.kills[name] += 1
            self.last_killed = victim.pid
            return name
        return ""

    def memory(self) -> dict[str, float]:
        """MB of the largest process of each role now."""
        sizes: dict[str, float] = {}
        for host in self.hosts:
            for name, processes in host.processes().items():
                for each in processes:
                    with suppress(psutil.Error):
                        size = each.memory_info().rss / 1024 / 1024
                        sizes[name] = max(sizes.get(name, 0.0), size)
        return sizes

    def limit_files(self, size: int | None) -> None:
        """Let no file grow over so many bytes in any process, as on a full disk; None ends that."""
        for host in self.hosts:
            for processes in host.processes().values():
                for each in processes:
                    with suppress(psutil.Error):
                        most = psutil.RLIM_INFINITY
                        each.rlimit(psutil.RLIMIT_FSIZE, (most if size is None else size, most))

    def start(self) -> None:
        """Start all hosts and wait until each would review."""
        for host in self.hosts:
            host.start()
        for host in self.hosts:
            wait("the start of a host", host.is_ready, 120)
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """End everything."""
        self._stop.set()
        for thread in self._threads:
            if thread.ident:
                thread.join()
        with ExitStack() as stack:
            for host in self.hosts:
                stack.callback(host.stop)

    def _tend(self) -> None:
        while not self._stop.wait(0.1):
            for host in self.hosts:
                host.tend()

    def _weigh(self) -> None:
        while not self._stop.wait(0.5):
            for name, size in self.memory().items():
                self.most[name] = max(self.most.get(name, 0.0), size)


@contextmanager
def running(fleet: Fleet) -> Iterator[Fleet]:
    """A fleet from its start to its end; nothing of it is left."""
    try:
        fleet.start()
        yield fleet
    finally:
        fleet.close()
