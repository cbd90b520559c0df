"""The code that GitHub sends a person back with, exchanged for the App's credentials."""

import re
import secrets
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any

import requests
from pydantic import AfterValidator, BaseModel, Field, SecretStr, ValidationError

from reviewer.github import GitHubRefused, Gone, Registration, RetryLater
from reviewer.private_key import pem
from reviewer.setup.choice import Choice

TIMEOUT = 30
AGENT = "secreview"

BAD_CODE = "GitHub's answer has no code that can be used. Begin again."
SPENT = (
    "{host} does not know this code any more: it is good for one use, within an hour. Begin "
    "again, and delete the App that was created now: {apps}."
)
REFUSED = (
    "{host} refused to hand over the App's key ({status}{reason}). Begin again, and delete the "
    "App that was created now: {apps}."
)
LATER = (
    "{host} cannot be asked for the App's key right now ({reason}). Wait a minute, then load "
    "this page again; nothing is lost for an hour."
)
STRANGE = (
    "{host} answered with something that is no App ({reason}). Look whether this is the address "
    "of your GitHub, and begin again."
)
UNSIGNED = (
    "{host} has made no webhook secret and does not take ours ({reason}). Begin again, and delete "
    "the App that was created now: {apps}."
)

_CODE = re.compile(r"[0-9A-Za-z_-]{1,255}")


class NotConverted(Exception):  # noqa: N818  # it names what happened
    """There are no credentials; ``str()`` says why. ``again``: the same code may still work."""

    def __init__(self, why: str, *, again: bool = False) -> None:
        super().__init__(why)
        self.again = again


@dataclass(frozen=True, slots=True)
class Registered:
    """The App as it was registered; ``private_key`` is PEM, URLs are without a slash at the end."""

    app_id: int
    slug: str
    html_url: str
    api_url: str
    url: str
    private_key: SecretStr
    webhook_secret: SecretStr


class _Answer(BaseModel):
    """What of GitHub's answer we use."""

    id: Annotated[int, Field(gt=0)]
    slug: Annotated[str, Field(pattern=r"^[0-9A-Za-z-]+$")]
    html_url: str
    pem: Annotated[str, AfterValidator(pem), Field(repr=False)]
    webhook_secret: Annotated[str | None, Field(repr=False)]


def convert(choice: Choice, code: str) -> Registered:
    """The App behind *code*, which is spent by this.

    Raises:
        NotConverted: there is none.
    """
    if not _CODE.fullmatch(code):
        raise NotConverted(BAD_CODE)
    answer = _understood(choice, _asked(choice, code))
    made = Registered(
        app_id=answer.id,
        slug=answer.slug,
        html_url=answer.html_url.rstrip("/"),
        api_url=choice.api,
        url=choice.url,
        private_key=SecretStr(answer.pem),
        webhook_secret=SecretStr(answer.webhook_secret or secrets.token_hex(32)),
    )
    if not answer.webhook_secret:
        _set_secret(choice, made)
    return made


def _asked(choice: Choice, code: str) -> Any:
    """GitHub's answer to the code; it needs no other credentials, and no body."""
    url = f"{choice.api}/app-manifests/{code}/conversions"
    headers = {"Accept": "application/vnd.github+json", "User-Agent": AGENT}
    try:
        answer = requests.post(url, headers=headers, timeout=TIMEOUT, allow_redirects=False)
    except requests.RequestException as error:
        raise _later(choice, type(error).__name__) from None
    told = {"host": choice.host, "apps": choice.apps, "status": answer.status_code}
    match answer.status_code:
        case HTTPStatus.CREATED:
            return _json(answer)
        case HTTPStatus.NOT_FOUND:
            raise NotConverted(SPENT.format(**told))
        case HTTPStatus.FORBIDDEN | HTTPStatus.TOO_MANY_REQUESTS:
            raise _later(choice, f"its rate limit is reached, {answer.status_code}")
        case status if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise _later(choice, str(status))
        case _:
            reason = _message(_json(answer))
            raise NotConverted(REFUSED.format(**told, reason=reason and f": {reason}"))


def _understood(choice: Choice, body: Any) -> _Answer:
    """The answer as the App that it is; links lead nowhere but to the chosen GitHub."""
    try:
        answer = _Answer.model_validate(body)
    except ValidationError as error:
        fields = ", ".join(sorted({str(e["loc"][0]) for e in error.errors() if e["loc"]}))
        reason = f"unusable: {fields or 'all of it'}"
        raise NotConverted(STRANGE.format(host=choice.host, reason=reason)) from None
    if not answer.html_url.startswith(f"{choice.web}/"):
        reason = "it is at another address"
        raise NotConverted(STRANGE.format(host=choice.host, reason=reason))
    return answer


def _set_secret(choice: Choice, made: Registered) -> None:
    """Give the App a webhook secret, where GitHub has made none."""
    try:
        Registration(made).set_secret(made.webhook_secret.get_secret_value())
    except (RetryLater, Gone, GitHubRefused) as error:
        told = {"host": choice.host, "apps": choice.apps, "reason": error.reason}
        raise NotConverted(UNSIGNED.format(**told)) from None


def _later(choice: Choice, reason: str) -> NotConverted:
    return NotConverted(LATER.format(host=choice.host, reason=reason), again=True)


def _json(answer: requests.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return None


def _message(body: Any) -> str:
    """GitHub's words for a refusal, on one line."""
    found = body.get("message") if isinstance(body, dict) else ""
    return " ".join(str(found or "").split())[:200]
