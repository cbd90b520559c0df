"""GitHub's pages on which an App is made from a manifest and installed, for people in browsers."""

import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import urlencode, urlsplit

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from werkzeug import Request, Response
from werkzeug.routing import Map, Rule

from tests.standin import contract, webhooks
from tests.standin.state import App, Installation, Repository, User
from tests.standin.traffic import Logged
from tests.standin.world import World

LONGEST_NAME = 34
CODE_SECONDS = 3600
PERSON = "mira"
# What a manifest may hold, and what of it GitHub insists on.
KEYS = {
    "name", "url", "hook_attributes", "redirect_url", "callback_urls", "setup_url", "description",
    "public", "default_events", "default_permissions", "request_oauth_on_install",
    "setup_on_update",
}  # fmt: skip
# What GitHub sends an event for; merge_queues is missing in its description of permissions.
WANTED = {
    "check_run": "checks",
    "check_suite": "checks",
    "issue_comment": "issues",
    "merge_group": "merge_queues",
    "pull_request": "pull_requests",
}
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>
<style>body {{ font: 16px sans-serif; max-width: 40rem; margin: 3rem auto }}</style>
<h1>{title}</h1>{body}</html>"""


@dataclass
class Made:
    """An App that was made and whose key nobody has fetched yet; ``hook`` is its webhook."""

    app: App
    hook: str
    setup_url: str
    at: float


class Website:
    """The pages, in front of the API; an Enterprise Server has both on one host.

    ``secretless``: make no webhook secret, as GitHub may.
    """

    def __init__(self, world: World, api: Any, log: list[Logged], violations: list[str]) -> None:
        self.world = world
        self.log = log
        self.violations = violations
        self.secretless = False
        self._api = api
        self._asked: dict[str, tuple[dict[str, Any], str, str]] = {}
        pages = (
            ("POST", "/settings/apps/new", self._new),
            ("POST", "/organizations/<org>/settings/apps/new", self._new),
            ("POST", "/settings/apps/manifest", self._create),
            ("GET", "/apps/<slug>/installations/new", self._choose),
            ("POST", "/apps/<slug>/installations", self._install),
            ("GET", "/favicon.ico", lambda _: shown("None", "", 404)),
        )
        self._routes = Map(
            [Rule(path, methods=[method], endpoint=handler) for method, path, handler in pages]
        )

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        """Answer with a page, or pass the request on to the API."""
        request = Request(environ)
        adapter = self._routes.bind("")
        if not adapter.test(request.path, request.method):
            environ["PATH_INFO"] = api_path(environ["PATH_INFO"])
            return self._api(environ, start_response)
        endpoint, arguments = adapter.match(request.path, request.method)
        entry = Logged(request.method, request.path, dict(request.args), None)
        entry.operation = "a page"
        with self.world.lock:
            self.log.append(entry)
            answer = endpoint(request, **arguments)
        entry.status = answer.status_code
        return answer(environ, start_response)

    def _new(self, request: Request, org: str = "") -> Response:
        """Show what the manifest asks for, and the button."""
        manifest, problem = read(request.form.get("manifest", ""))
        if problem:
            self.violations.append(f"POST {request.path}: {problem}")
            text = f"The configuration does not appear to be a valid manifest. {escape(problem)}"
            return shown("Invalid GitHub App configuration", f"<p>{text}</p>", 422)
        ticket = secrets.token_hex(8)
        self._asked[ticket] = (manifest, org, request.args.get("state", ""))
        owner = f"for {escape(org)}" if org else ""
        body = (
            '<form method="post" action="/settings/apps/manifest">'
            f'<input type="hidden" name="ticket" value="{ticket}">'
            f'<label>GitHub App name <input name="name" value="{escape(manifest["name"])}"></label>'
            f"<p><button>Create GitHub App {owner}</button></p></form>"
        )
        return shown("Create GitHub App", body)

    def _create(self, request: Request) -> Response:
        """Make the App, and send the person back with the code."""
        manifest, org, state = self._asked.pop(request.form["ticket"])
        owner = self.world.user(org, "Organization") if org else self.world.user(PERSON)
        code = secrets.token_hex(20)
        app = registered(self.world, manifest, request.form["name"], owner)
        if self.secretless:
            app.webhook_secret = ""
        hook, setup_url = manifest["hook_attributes"]["url"], manifest.get("setup_url", "")
        self.world.made[code] = Made(app, hook, setup_url, time.time())
        self.world.app = app
        self.world.courier.url = hook
        self.world.setup_url = setup_url
        ping = webhooks.ping_body(self.world, hook)
        self.world.courier.later(self.world.courier.pack("ping", ping))
        query = urlencode({"code": code} | ({"state": state} if state else {}))
        address = manifest["redirect_url"]
        return moved(f"{address}{'&' if urlsplit(address).query else '?'}{query}")

    def _choose(self, request: Request, slug: str) -> Response:
        """Show the repositories on which the App's owner may install it."""
        listed = "".join(
            f'<p><label><input type="checkbox" name="repository" value="{escape(each.full_name)}"> '
            f"{escape(each.full_name)}</label></p>"
            for each in self._installable()
        )
        action = f"/apps/{escape(slug)}/installations"
        form = f'<form method="post" action="{action}">{listed}<button>Install</button></form>'
        return shown(f"Install {escape(slug)}", form)

    def _install(self, request: Request, slug: str) -> Response:
        """Install it, tell the App, and send the person to its setup page."""
        chosen = set(request.form.getlist("repository"))
        repositories = [each for each in self._installable() if each.full_name in chosen]
        world = self.world
        number = 80_000_000 + len(world.installations) + 1
        made = Installation(number, world.app.owner, repositories, dict(world.app.permissions))
        made.created_at = world.now()
        world.installations[number] = made
        body = webhooks.installation_body(world, "installation", "created", made)
        world.courier.later(world.courier.pack("installation", body))
        query = urlencode({"installation_id": number, "setup_action": "install"})
        return moved(f"{world.setup_url}?{query}")

    def _installable(self) -> list[Repository]:
        owner = self.world.app.owner
        return [each for each in self.world.repositories.values() if each.owner is owner]


def api_path(path: str) -> str:
    """Return where an Enterprise Server's API path is on the API's own host."""
    if path == "/api/graphql":
        return "/graphql"
    return path.removeprefix("/api/v3") if path.startswith("/api/v3/") else path


def read(text: str) -> tuple[dict[str, Any], str]:
    """Return the manifest, and what is wrong with it; "" when GitHub would take it."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}, "It is not JSON."
    if not isinstance(found, dict):
        return {}, "It is not an object."
    hook = found.get("hook_attributes", {"url": "none"})
    for name, value in [
        ("url", found.get("url")), ("url", hook.get("url")), ("name", found.get("name")),
        ("redirect_url", found.get("redirect_url")),
    ]:  # fmt: skip
        if not value:
            return found, f'Error: "{name}" wasn\'t supplied.'
    addresses = [
        found["url"],
        hook["url"],
        found["redirect_url"],
        found.get("setup_url", "http://a"),
    ]
    if not all(urlsplit(each).scheme in {"http", "https"} for each in addresses):
        return found, "An address must begin with http or https."
    if len(found["name"]) > LONGEST_NAME:
        return found, f"Name is too long (maximum is {LONGEST_NAME} characters)"
    unknown = sorted(set(found) - KEYS)
    if unknown:
        return found, f"Unknown: {unknown}"
    return found, asked_wrongly(found["default_permissions"], found["default_events"])


def asked_wrongly(permissions: Mapping[str, str], events: list[str]) -> str:
    """Return which permission does not exist, or which event is without its own."""
    described = contract.description()["components"]["schemas"]["app-permissions"]["properties"]
    known = {name: set(each["enum"]) for name, each in described.items()}
    known["merge_queues"] = {"read", "write"}
    for name, level in permissions.items():
        if level not in known.get(name, set()):
            return f"Default permission records resource is not included in the list: {name}"
    lacking = [event for event in events if WANTED.get(event, "") not in permissions]
    return f"Default events unsupported: {lacking}" if lacking else ""


def registered(world: World, manifest: Mapping[str, Any], name: str, owner: User) -> App:
    """Return a new App with a key and a webhook secret of its own."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    slug = name.strip().lower().replace(" ", "-")
    return App(
        id=world.app.id + 1,
        slug=slug,
        owner=owner,
        bot=world.user(f"{slug}[bot]", "Bot"),
        private_key=pem.decode(),
        public_key=key.public_key(),
        webhook_secret=secrets.token_hex(20),
        permissions=dict(manifest["default_permissions"]),
        events=list(manifest["default_events"]),
    )


def shown(title: str, body: str, status: int = 200) -> Response:
    """Return a page."""
    return Response(PAGE.format(title=title, body=body), status, mimetype="text/html")


def moved(address: str) -> Response:
    """Return the redirect of a form that was taken."""
    return Response(status=302, headers={"Location": address})
