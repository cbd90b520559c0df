"""Who is calling, and may they: App JWTs, installation tokens, permissions."""

import time
from collections.abc import Iterable

import jwt

from tests.standin.state import App, Token
from tests.standin.web import Needs, Operation, Refused
from tests.standin.world import World

LEVELS = ("none", "read", "write", "admin")
LIFETIME = 600
DRIFT = 60


def caller(world: World, header: str | None, operation: Operation) -> App | Token:
    """Return the App or the token behind an ``Authorization`` header; 401 when there is none.

    Where anyone may ask, that is nobody's business.
    """
    if operation.caller == "anyone":
        return world.app
    scheme, _, value = (header or "").partition(" ")
    if scheme.lower() not in {"bearer", "token"} or not value:
        raise Refused(401, "Requires authentication")
    if not value.startswith("ghs_"):
        return app_of(world, value)
    token = world.tokens.get(value)
    if token is None or token.expires <= time.time() or token.installation.removed:
        raise Refused(401, "Bad credentials")
    if token.installation.suspended:
        raise Refused(403, "This installation has been suspended")
    return token


def app_of(world: World, value: str) -> App:
    """Return the App that signed the JWT; 401 in GitHub's words otherwise."""
    try:
        claims = jwt.decode(
            value,
            world.app.public_key,
            algorithms=["RS256"],
            options={"verify_exp": False, "verify_iat": False, "verify_iss": False},
        )
    except jwt.PyJWTError as problem:
        raise Refused(401, "A JSON web token could not be decoded") from problem
    now = time.time()
    issued, expires = claims.get("iat"), claims.get("exp")
    if str(claims.get("iss")) != str(world.app.id):
        raise Refused(401, "'Issuer' claim ('iss') must be an Integer")
    if not isinstance(issued, int) or issued > now + DRIFT:
        wanted = "must be an Integer representing the time that the assertion was issued"
        raise Refused(401, f"'Issued at' claim ('iat') {wanted}")
    if not isinstance(expires, int) or expires <= now:
        wanted = "must be a numeric value representing the future time"
        raise Refused(401, f"'Expiration time' claim ('exp') {wanted} at which it expires")
    if expires > now + LIFETIME:
        raise Refused(401, "'Expiration time' claim ('exp') is too far in the future")
    return world.app


def check(operation: Operation, who: App | Token) -> None:
    """Refuse a caller of the wrong kind, and a token without the permission."""
    if isinstance(who, App):
        if operation.caller == "installation":
            raise Refused(403, "Resource not accessible by integration")
        return
    if operation.caller == "app":
        raise Refused(401, "A JSON web token could not be decoded")
    if operation.needs and not any(grants(who.permissions, needs) for needs in operation.needs):
        headers = {"X-Accepted-GitHub-Permissions": accepted(operation.needs)}
        raise Refused(403, "Resource not accessible by integration", headers=headers)


def grants(held: Needs, needed: Needs) -> bool:
    """Whether the ``held`` permissions cover the ``needed`` ones."""
    return all(
        LEVELS.index(held.get(name, "none")) >= LEVELS.index(level)
        for name, level in needed.items()
    )


def accepted(alternatives: Iterable[Needs]) -> str:
    """Return the header that names what would do: ``issues=write; pull_requests=write``."""
    return "; ".join(",".join(f"{k}={v}" for k, v in needs.items()) for needs in alternatives)
