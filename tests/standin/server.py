"""The stand-in over HTTP: routing, strictness, faults on demand, a log of every request."""

import json
import logging
import re
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from werkzeug import Request, Response
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.standin import auth, contract, operations
from tests.standin.addresses import by_name, moved
from tests.standin.chaos import Chaos
from tests.standin.state import App, Token
from tests.standin.traffic import DROP, HANDS, TRUNCATED, Fault, Logged, Pace
from tests.standin.web import (
    OPERATIONS,
    Answer,
    Call,
    Limited,
    Operation,
    Refused,
    Unknown,
    invalid,
)
from tests.standin.world import World

__all__ = ["Fault", "Listener", "Logged", "Quiet", "Service"]
assert operations, "imported for the operations that it registers"
log = logging.getLogger(__name__)
OTHER_MEDIA = re.compile(r"vnd\.github(\.v3)?\.(raw|html|text|full|diff|patch|sha|object)")


@cache
def routes() -> Map:
    """Every operation by its path."""
    return Map(
        [
            Rule(placeholders(each.path), methods=[each.method], endpoint=each)
            for each in OPERATIONS
        ],
        merge_slashes=False,
    )


@dataclass
class Service:
    """The WSGI application over one world."""

    world: World
    validate: bool
    delay: float = 0.0
    requests: list[Logged] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    pace: Pace = field(default_factory=Pace)
    chaos: Chaos | None = None

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        """Answer one request."""
        request = Request(environ)
        time.sleep(self.delay)
        entry = Logged(request.method, request.path, dict(request.args), None)
        matched = self.matched(request)
        entry.operation = matched[0].name if matched else ""
        with self.world.lock:
            self.requests.append(entry)
            fault = self.fault_for(entry)
        if self.chaos and not fault and request.headers.get("User-Agent") != HANDS:
            fault = self.chaos.strike(entry, self.token_of(request))
        if fault is not None and not fault.after_effect:
            answer = fault.answer()
        else:
            answer = self.answered(matched, request, entry)
            if fault and fault.status == TRUNCATED:
                return truncated(self.written(answer, request))(environ, start_response)
            answer = fault.answer() if fault else answer
        entry.status = answer.status
        if answer.status == DROP:
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
        return self.written(answer, request)(environ, start_response)

    def token_of(self, request: Request) -> Token | None:
        """Return the installation token of a request, good or not; None: the App or nobody."""
        return self.world.tokens.get(request.headers.get("Authorization", "").rpartition(" ")[2])

    def fault_for(self, entry: Logged) -> Fault | None:
        """Return the fault that hits this request, used up once."""
        for fault in self.faults:
            if fault.times and fault.method == entry.method and fault.path.search(entry.path):
                fault.times -= 1
                return fault
        return None

    def matched(self, request: Request) -> tuple[Operation, Mapping[str, str]] | None:
        """Return the operation and the parts of its path; None: the stand-in has none."""
        path = by_name(self.world, request.path)
        try:
            found: tuple[Operation, Mapping[str, str]]
            found = routes().bind("").match(path, request.method)
        except HTTPException:
            return None
        return found

    def answered(
        self,
        matched: tuple[Operation, Mapping[str, str]] | None,
        request: Request,
        entry: Logged,
    ) -> Answer:
        """Return the answer, refusals and violations included."""
        redirect = moved(self.world, request)
        if redirect is not None:
            return redirect
        if matched is None:
            return self.unknown(entry, "the endpoint is not known")
        operation, arguments = matched
        try:
            with self.world.lock:
                answer = self.handled(operation, arguments, request, entry)
        except Limited as limit:
            graphql = operation.path == "/graphql"
            answer = Answer(limit.graphql()) if graphql else limit.answer()
        except Refused as refusal:
            answer = refusal.answer()
        except Unknown as problem:
            return self.unknown(entry, str(problem))
        self.check_answer(operation, entry, answer)
        return answer

    def handled(
        self, operation: Operation, arguments: Mapping[str, str], request: Request, entry: Logged
    ) -> Answer:
        """Authenticate, count, check the request against the operation, and run its handler."""
        caller = auth.caller(self.world, request.headers.get("Authorization"), operation)
        auth.check(operation, caller)
        if operation.path != "/rate_limit":
            self.count(caller)
        body = entry.body = parsed(request)
        accept = request.headers.get("Accept", "*/*")
        strange = strangeness(operation, request.args, body, accept)
        if strange:
            raise Unknown(strange)
        if operation.path in contract.description()["paths"]:
            problem = contract.request_problem(operation.method, operation.path, body)
            if problem:
                self.violations.append(f"{entry.method} {entry.path}: {problem}")
                raise invalid(problem)
        if operation.creates and isinstance(caller, Token):
            by_app = request.headers.get("User-Agent") != HANDS
            wrong = self.pace.create(caller.installation.id, entry.at, by_app=by_app)
            if wrong:
                self.violations.append(f"{entry.method} {entry.path}: {wrong}")
        return operation.handler(
            Call(self.world, entry.path, arguments, entry.query, body, caller, accept)
        )

    def count(self, caller: Any) -> None:
        """Count the request; 403 when the hour's are used up."""
        rate = self.world.rate(0 if isinstance(caller, App) else caller.installation.id)
        if rate.used >= rate.limit:
            who = "app" if isinstance(caller, App) else f"installation ID {caller.installation.id}"
            raise Limited(403, f"API rate limit exceeded for {who}.")
        rate.used += 1

    def unknown(self, entry: Logged, problem: str) -> Answer:
        """Record a violation and answer 501."""
        text = f"{entry.method} {entry.path}: {problem}"
        self.violations.append(text)
        return Answer({"message": f"The stand-in does not do this. {text}"}, 501)

    def check_answer(self, operation: Operation, entry: Logged, answer: Answer) -> None:
        """Record a violation when our own answer is not what GitHub describes."""
        described = operation.path in contract.description()["paths"] if self.validate else False
        if described and not isinstance(answer.body, bytes):
            body = json.loads(json.dumps(answer.body))
            problem = contract.response_problem(
                operation.method, operation.path, answer.status, body
            )
            if problem:
                self.violations.append(f"answer to {entry.method} {entry.path}: {problem}")

    def written(self, answer: Answer, request: Request) -> Response:
        """Return the response with GitHub's headers; the answer's own win."""
        token = self.token_of(request)
        told = self.world.rate(token.installation.id if token else 0).told()
        headers = {f"X-RateLimit-{name.title()}": str(value) for name, value in told.items()}
        headers |= {"X-RateLimit-Resource": "core", "X-GitHub-Media-Type": "github.v3"}
        headers["X-GitHub-Request-Id"] = f"STAND:{len(self.requests)}"
        content = answer.body
        if answer.body is not None and not isinstance(answer.body, bytes):
            content = json.dumps(answer.body)
        merged = {name.lower(): value for name, value in (headers | answer.headers).items()}
        return Response(content, answer.status or 500, merged, content_type=answer.media_type)


def truncated(response: Response) -> Response:
    """Return a response that says how long it is and ends in the middle."""
    whole = response.get_data()
    response.automatically_set_content_length = False
    response.set_data(whole[: len(whole) // 2])
    response.headers["Content-Length"] = str(max(1, len(whole)))
    return response


def placeholders(path: str) -> str:
    """Return a path of GitHub's description as a routing rule."""
    return path.replace("{path}", "<path:path>").replace("{", "<").replace("}", ">")


def parsed(request: Request) -> dict[str, Any]:
    """Return the body as an object; 400 in GitHub's words when it is none."""
    content = request.get_data()
    if not content:
        return {}
    try:
        body = json.loads(content)
    except ValueError as problem:
        raise Refused(400, "Problems parsing JSON") from problem
    if not isinstance(body, dict):
        raise Refused(400, "Body should be a JSON object")
    return body


def strangeness(
    operation: Operation, query: Mapping[str, str], body: Mapping[str, Any], accept: str
) -> str | None:
    """Return what the stand-in does not know in this request, or None."""
    extra = sorted(set(query) - operation.query)
    if extra:
        return f"the query parameters {extra} are not known"
    if operation.body != {"*"} and (fields := sorted(set(body) - operation.body)):
        return f"the fields {fields} are not known"
    other = OTHER_MEDIA.search(accept)
    if other and not any(media in accept for media in operation.media):
        return f"the media type {accept} is not known"
    return None


class Quiet(WSGIRequestHandler):
    """A request handler that writes its lines to the log, not to the terminal."""

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002
        """Log one line at the lowest level."""
        log.debug("%s: %s", type, message % args)


class Listener:
    """A threaded HTTP server on 127.0.0.1; ``port`` 0 takes a free one."""

    def __init__(self, service: Any, port: int = 0) -> None:
        self._server = make_server("127.0.0.1", port, service, threaded=True, request_handler=Quiet)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="standin", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop listening and wait for the thread."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
