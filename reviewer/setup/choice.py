"""What a person chooses before the App is registered: whose it is, and where. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

GITHUB = "github.com"
CLOUD = ".ghe.com"
LOOPBACK = ("127.0.0.1", "localhost")
LONGEST = 300

WHOSE = "Choose whose App it will be: your personal account's or an organisation's."
NO_NAME = "Give the organisation's name, as it stands in its address: {host}/NAME."
NAME = (
    "“{seen}” is no organisation's name: letters, digits and single hyphens, at most 39 of "
    "them. Give it as it stands in its address: {host}/NAME."
)
HOST = (
    "“{seen}” is no address of GitHub: give github.com, or your company's GitHub, such as "
    "github.acme.example."
)
NO_URL = (
    "Give the address under which GitHub reaches this App, such as https://secreview.acme.example."
)
URL = "“{seen}” is no address that GitHub can call: it begins with https:// and names a host."
UNREACHABLE = (
    "GitHub cannot reach {host} from where it is: give a public address that leads to this "
    "App. For a trial on your own machine, a tunnel or a webhook proxy gives you one."
)
OTHER_API = (
    "GITHUB_API_URL is set to {set}, which is another GitHub than {host}: choose that one, or "
    "take the setting away and start secreview again."
)

_ORGANISATION = re.compile(r"[A-Za-z0-9](-?[A-Za-z0-9]){0,38}")
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?")
_WHITE = re.compile(r"\s")


class BadChoice(ValueError):  # noqa: N818  # it names what was made
    """What was chosen cannot be used; ``problems`` says why, by the name of the field."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = dict(problems)


@dataclass(frozen=True, slots=True)
class Choice:
    """Whose App, and where.

    Attributes:
        web: GitHub for people, ``https://github.com``, without a slash at the end.
        organisation: its owner's name; "" for the person's own account.
        url: where GitHub reaches this App, without a slash at the end.
    """

    web: str
    organisation: str
    url: str

    @property
    def host(self) -> str:
        """GitHub's host, as people write it."""
        return urlsplit(self.web).netloc

    @property
    def api(self) -> str:
        """GitHub's API: a host of its own in the cloud, a path on an Enterprise Server."""
        if self.host == GITHUB or self.host.endswith(CLOUD):
            return f"https://api.{self.host}"
        return f"{self.web}/api/v3"

    @property
    def registration(self) -> str:
        """The page of GitHub that takes the manifest."""
        owner = f"/organizations/{self.organisation}" if self.organisation else ""
        return f"{self.web}{owner}/settings/apps/new"

    @property
    def apps(self) -> str:
        """The page of GitHub that lists the owner's Apps."""
        return self.registration.removesuffix("/new")


def read(form: Mapping[str, str], api_url: str = "") -> Choice:
    """The choice in *form*.

    Its fields: ``owner`` (``account`` or ``organisation``), ``organisation``, ``host``, ``url``.
    *api_url* is what GITHUB_API_URL is set to, if it is; nothing else may be chosen then.

    Raises:
        BadChoice: a field is missing or malformed.
    """
    given = {name: value.strip()[:LONGEST] for name, value in form.items()}
    problems: dict[str, str] = {}
    web = _web(given.get("host", ""))
    if not web:
        problems["host"] = HOST.format(seen=given.get("host", ""))
    host = urlsplit(web).netloc or GITHUB
    organisation, problem = _organisation(given, host)
    if problem:
        problems["owner" if problem == WHOSE else "organisation"] = problem
    url, problem = _url(given.get("url", ""), host)
    if problem:
        problems["url"] = problem
    made = Choice(web, organisation, url)
    if web and api_url and made.api != api_url:
        problems["host"] = OTHER_API.format(set=api_url, host=host)
    if problems:
        raise BadChoice(problems)
    return made


def is_local(address: str) -> bool:
    """Whether *address* is this very machine's own, by its name."""
    return (_split(address).hostname or "") in LOOPBACK


def _organisation(given: Mapping[str, str], host: str) -> tuple[str, str]:
    """The organisation's name, "" for none; and what is wrong with it, "" for nothing."""
    owner, name = given.get("owner", ""), given.get("organisation", "")
    if owner == "account":
        return "", ""
    if owner != "organisation":
        return "", WHOSE
    if not name:
        return "", NO_NAME.format(host=host)
    if len(name) > 39 or not _ORGANISATION.fullmatch(name):
        return "", NAME.format(seen=name, host=host)
    return name, ""


def _web(text: str) -> str:
    """GitHub's address for people from what was typed; "" when it is none."""
    typed = text.lower().rstrip("/")
    parts = _split(typed if "://" in typed else f"//{typed}")
    host = parts.netloc.removeprefix("www.")
    host = GITHUB if host == f"api.{GITHUB}" else host
    if parts.path or parts.query or parts.fragment or not _is_host(parts, host):
        return ""
    if is_local(f"//{host}"):
        return f"{parts.scheme or 'http'}://{host}"
    return f"https://{host}" if parts.scheme in ("", "https") else ""


def _url(text: str, github: str) -> tuple[str, str]:
    """Where that GitHub reaches this App, and what is wrong with it."""
    if not text:
        return "", NO_URL
    local = is_local(f"//{github}")
    typed = text.rstrip("/").removesuffix("/webhook")
    parts = _split(typed)
    host = parts.hostname or ""
    if (is_local(typed) and not local) or not _is_reached(host, github):
        return "", UNREACHABLE.format(host=host)
    plain = not (parts.query or parts.fragment or parts.username or _WHITE.search(text))
    schemes = ("https", "http") if is_local(typed) else ("https",)
    if parts.scheme not in schemes or not plain or not _is_host(parts, parts.netloc.lower()):
        return "", URL.format(seen=text)
    return typed, ""


def _is_reached(host: str, github: str) -> bool:
    """Whether *host*, where it is a number, can be called by that GitHub."""
    try:
        number = ip_address(host)
    except ValueError:
        return True
    public = github == GITHUB or github.endswith(CLOUD)
    return not (number.is_unspecified or number.is_link_local or (public and number.is_private))


def _is_host(parts: SplitResult, host: str) -> bool:
    """Whether *host* is a name or a number, with a port or without one."""
    try:
        parts.port  # noqa: B018  # it is read for its error
    except ValueError:
        return False
    return bool(_HOST.fullmatch(host)) and ".." not in host


def _split(address: str) -> SplitResult:
    """The parts of *address*; none when it has none."""
    try:
        return urlsplit(address)
    except ValueError:
        return SplitResult("", "", "", "", "")
