"""What the sandboxed child does: files in, assessments out.

It is forked from a process with an empty environment (``reviewer/mould.py``); whoever asks
(``reviewer/sandbox.py``) reads its answers; nothing else connects the two. It limits itself
before it reads any input, so that what is hostile in a file meets a process that can open
nothing, start nothing, and has little memory and time.

A request is a line of JSON, and behind it the bytes of the file and of what supports it, whose
sizes the line says. In suggest mode it has ``"findings"`` and, if it is known, ``"assessed"``: how
often each rule finds something. The first line out is ``{}``; then each request gets a line of
JSON: ``{"assessment"}``, ``{"suggestions"}`` (aligned with the findings) or ``{"problem"}``, with
the seconds of CPU used so far.
"""

import contextlib
import ctypes
import gc
import heapq  # noqa: F401  # Counter.most_common imports it when it is called
import json
import os
import resource
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from importlib.machinery import PathFinder
from io import BytesIO
from typing import IO, Any

from checks import CATEGORIES, RULES, SourceFile, assess
from checks.engine import Engine
from checks.model import Category, Edit, Finding, Place, Profile, Severity, Side

Message = dict[str, Any]
Answer = Callable[[SourceFile, Message], Message]

MEMORY = "memory"
ANSWER = "answer"

_NOBODY = 65534
# New objects until the collector looks for cycles. A tree of a large file is a million, and has
# none: what is freed with it never counts, so this bounds what many files leave behind.
_UNCOLLECTED = 1_000_000
_PR_SET_PDEATHSIG = 1
_SAMPLES = (
    'import requests\nrequests.get("é\\N{BULLET}", verify=False)\n',
    "\ufeff# coding: utf-8\nx = 1\n",
    "# coding: latin-1\nx = 1\n",
    "# coding: ascii\nx = 1\n",
    "# coding: utf-7\nx = 1\n",
    "# coding: unknown\nx = 1\n",
    "x = (\n",
)


def answerer(kind: Message) -> Answer:
    """What answers requests, for children of this ``profile`` that ``suggest`` or do not.

    Those that do not look for ``evidence``, or for findings alone.

    Everything that it will need is imported when this returns.
    """
    profile = Profile(kind["profile"])
    answer = (
        _suggester(profile) if kind["suggest"] else _assessor(profile, evidence=kind["evidence"])
    )
    # Nothing can be imported or opened later: what Python loads on demand is loaded now.
    for sample in _SAMPLES:
        file = SourceFile("x.py", sample.encode())
        findings = [asdict(f) for a in assess([file], Profile.STRICT) for f in a.findings]
        sent = BytesIO(request(file, {"findings": findings}))
        json.dumps(answer(*received(sent.readline(), sent)), default=_fields)
    return answer


def serve(answer: Answer, options: Message) -> None:
    """Confine this process, for good, and answer requests until there are no more."""
    _confine(options)
    gc.set_threshold(_UNCOLLECTED)
    gc.enable()
    _serve(answer, options)


def _assessor(profile: Profile, *, evidence: bool = True) -> Answer:
    # It keeps what a second look at a file needs.
    engine = Engine(RULES, CATEGORIES, profile, evidence=evidence)

    def answer(file: SourceFile, _: Message) -> Message:
        return {"assessment": engine.assess(file)}

    return answer


def _suggester(profile: Profile) -> Answer:
    from checks.suggestions import suggest  # It imports libcst, for those alone who ask for it.

    def answer(file: SourceFile, asked: Message) -> Message:
        findings = [_finding(fields) for fields in asked["findings"]]
        suggested = suggest(file, findings, profile, asked.get("assessed"))
        made = [finding.suggestion for finding in suggested]
        return {"suggestions": [suggestion and asdict(suggestion) for suggestion in made]}

    return answer


def request(file: SourceFile, more: Message | None = None) -> bytes:
    """What the parent sends to have *file* assessed, with what suggestions need *more*."""
    asked = {
        "path": file.path,
        "size": len(file.content),
        "side": file.side,
        "supporting": {path: len(content) for path, content in file.supporting.items()},
        "restoring_bases": sorted(file.restoring_bases),
    }
    line = json.dumps(asked | (more or {})).encode()
    return b"".join([line, b"\n", file.content, *file.supporting.values()])


def received(line: bytes, rest: IO[bytes]) -> tuple[SourceFile, Message]:
    """What a request says: its first *line*, and the file whose bytes are the *rest* of it."""
    asked: Message = json.loads(line)
    file = SourceFile(
        path=asked["path"],
        content=rest.read(asked["size"]),
        side=Side(asked["side"]),
        supporting={path: rest.read(size) for path, size in asked["supporting"].items()},
        restoring_bases=frozenset(asked["restoring_bases"]),
    )
    return file, asked


def _finding(fields: Message) -> Finding:
    edit = fields["edit"]
    kinds = {
        "category": Category(fields["category"]),
        "severity": Severity(fields["severity"]),
        "place": Place(**fields["place"]),
        "edit": Edit(**edit) if edit else None,
        "suggestion": None,
        "suppressed": None,
    }
    return Finding(**(fields | kinds))


def _confine(options: Message) -> None:
    """Give up everything that reading, thinking and answering does not need."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    os.close(null)
    if os.geteuid() == 0:
        # Root is not bound by all limits. A container may have taken even this from its root.
        with contextlib.suppress(OSError):
            os.setgroups([])
            os.setgid(_NOBODY)
            os.setuid(_NOBODY)
    if sys.platform == "linux":
        # After the change of user, which clears it. Other systems do not limit memory this way.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        _limit(resource.RLIMIT_AS, options["memory"])
    if os.getppid() != options["parent"]:
        sys.exit()
    if options["cpu"]:
        # One second above the soft limit, whose signal tells the parent what happened.
        _limit(resource.RLIMIT_CPU, options["cpu"] + 1)
    for kind in (resource.RLIMIT_FSIZE, resource.RLIMIT_CORE, resource.RLIMIT_NPROC):
        _limit(kind, 0)
    _limit(resource.RLIMIT_NOFILE, 3)
    # What is not there can then be said so (an unknown codec) without a look at the disk.
    sys.meta_path[:] = [finder for finder in sys.meta_path if finder is not PathFinder]


def _limit(kind: int, value: int) -> None:
    _, hard = resource.getrlimit(kind)
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (value, value))


def _serve(answer: Answer, options: Message) -> None:
    _write({}, options)
    while line := sys.stdin.buffer.readline():
        _allow(options["file_cpu"], options["cpu"])
        file, asked = received(line, sys.stdin.buffer)
        try:
            said = answer(file, asked)
            _write(said | {"cpu": time.process_time()}, options)
        except MemoryError:
            _write({"problem": MEMORY}, options)
        except Exception as error:  # noqa: BLE001  # the parent must hear of it, whatever it is
            _write({"problem": type(error).__name__}, options)


def _allow(file_cpu: int, cpu: int | None) -> None:
    """Let the next file use *file_cpu* more seconds of CPU, within *cpu* for the process."""
    soft = int(time.process_time()) + 1 + file_cpu
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (min(soft, cpu) if cpu else soft, hard))


def _fields(model: Any) -> Message:
    """The fields of a model by name: all of them are of this package, with slots."""
    return {name: getattr(model, name) for name in model.__slots__}


def _write(message: Message, options: Message) -> None:
    line = json.dumps(message, default=_fields).encode()
    if len(line) > options["answer"]:
        line = json.dumps({"problem": ANSWER}).encode()
    sys.stdout.buffer.write(line + b"\n")
    sys.stdout.buffer.flush()
