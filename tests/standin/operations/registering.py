"""What registers an App: its manifest's code for its key, and its webhook's settings."""

import time
from typing import Any

from tests.standin import shapes
from tests.standin.registering import CODE_SECONDS
from tests.standin.web import Answer, Call, not_found, operation

HIDDEN = "********"


@operation("POST", "/app-manifests/{code}/conversions", caller="anyone")
def convert(call: Call) -> Answer:
    """Answer with the App and its secrets; a code is good once, for an hour."""
    made = call.world.made.pop(call.arguments["code"], None)
    if made is None or made.at < time.time() - CODE_SECONDS:
        raise not_found()
    told = {
        "client_secret": "a client secret",
        "webhook_secret": made.app.webhook_secret or None,
        "pem": made.app.private_key,
    }
    return Answer(shapes.app(call.world, made.app) | told, 201)


@operation("GET", "/app/hook/config", caller="app")
def get_hook(call: Call) -> Answer:
    """Answer with where deliveries go; of the secret, that there is one."""
    return Answer(hook(call))


@operation("PATCH", "/app/hook/config", caller="app", body="url content_type secret insecure_ssl")
def set_hook(call: Call) -> Answer:
    """Change where deliveries go, or what they are signed with."""
    call.world.courier.url = call.body.get("url", call.world.courier.url)
    call.world.app.webhook_secret = call.body.get("secret", call.world.app.webhook_secret)
    call.world.content_type = call.body.get("content_type", call.world.content_type)
    return Answer(hook(call))


def hook(call: Call) -> dict[str, Any]:
    """Return a ``webhook-config``."""
    world = call.world
    secret = {"secret": HIDDEN} if world.app.webhook_secret else {}
    settings = {"content_type": world.content_type, "insecure_ssl": "0"}
    return settings | secret | {"url": world.courier.url or ""}
