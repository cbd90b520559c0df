"""The mould of the sandbox's children: everything is imported once, each child is a fork of it.

Started by ``reviewer/child.py`` with an empty environment, without site packages but the folder of
libcst. It reads frames from the socket that is its standard input: ``{"child": number, "kind":
{...}, "options": {...}}`` with three file descriptors (the child's input, its output, and where its
end is told), or ``{"kill": number}``. What a kind of child needs is imported when the first of them
is asked for. When the socket ends, because whoever asks has ended, all of its children are killed,
and it ends. It never reads what strangers wrote: its children do, each after it has confined
itself.
"""

import gc
import json
import os
import selectors
import signal
import socket
import traceback
from contextlib import suppress
from typing import Any

from checks import child

FRAME = 1024
_DESCRIPTORS = 3
_MANY = 4096


def frame(message: dict[str, Any]) -> bytes:
    """A message as it goes over the socket: JSON, filled up to ``FRAME`` bytes."""
    return json.dumps(message).encode().ljust(FRAME)


def main() -> None:
    """Be the mould."""
    Mould(socket.socket(fileno=0)).run()


class Mould:
    """Forks, and tells of ends."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._answers: dict[str, child.Answer] = {}
        self._numbers: dict[int, int] = {}  # pid -> the number it was asked for by
        self._ends: dict[int, int] = {}  # pid -> where to tell of its end

    def run(self) -> None:
        """Serve until nobody is there to ask."""
        woken, wake = os.pipe()
        for descriptor in (woken, wake):
            os.set_blocking(descriptor, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        with selectors.DefaultSelector() as ready:
            ready.register(self._control, selectors.EVENT_READ)
            ready.register(woken, selectors.EVENT_READ)
            while True:
                found = {key.fileobj for key, _ in ready.select()}
                if woken in found:
                    os.read(woken, _MANY)
                    self._reap()
                if self._control in found and not self._obey():
                    break
        for pid in self._numbers:
            os.kill(pid, signal.SIGKILL)

    def _obey(self) -> bool:
        """Do what the next frame says; False when there will be none."""
        text, descriptors = b"", []
        while len(text) < FRAME:
            part, more, _, _ = socket.recv_fds(self._control, FRAME - len(text), _DESCRIPTORS)
            descriptors += more
            text += part
            if not part:
                return False
        message = json.loads(text)
        if "kill" in message:
            # A number that is not known has ended: nobody else can have its process id yet.
            for pid, number in self._numbers.items():
                if number == message["kill"]:
                    os.kill(pid, signal.SIGKILL)
            return True
        try:
            answer = self._answer(message["kind"])
        except Exception:  # noqa: BLE001  # this kind cannot be had; the others' children live on
            traceback.print_exc()
            for descriptor in descriptors:
                os.close(descriptor)
            return True
        self._fork(answer, message, descriptors)
        for descriptor in descriptors[:2]:
            os.close(descriptor)
        return True

    def _answer(self, kind: dict[str, Any]) -> child.Answer:
        """What answers in children of that kind."""
        key = json.dumps(kind, sort_keys=True)
        if key not in self._answers:
            self._answers[key] = child.answerer(kind)
            # What is here now is shared with the children for as long as nobody counts it.
            gc.collect()
            gc.freeze()
        return self._answers[key]

    def _fork(self, answer: child.Answer, message: dict[str, Any], descriptors: list[int]) -> None:
        parent = os.getpid()
        pid = os.fork()
        if pid:
            self._numbers[pid], self._ends[pid] = message["child"], descriptors[2]
            return
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.setsid()
            for wanted, descriptor in enumerate(descriptors[:2]):
                os.dup2(descriptor, wanted)
            os.closerange(3, _MANY)
            child.serve(answer, message["options"] | {"parent": parent})
            code = 0
        finally:
            os._exit(code)

    def _reap(self) -> None:
        with suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if not pid:
                    return
                del self._numbers[pid]
                end = self._ends.pop(pid)
                with suppress(OSError):  # nobody waits for it any more
                    os.write(end, str(os.waitstatus_to_exitcode(status)).encode())
                os.close(end)
