"""Shapes of the tokens that providers hand out: prefix, length, checksum or randomness."""

import base64
import binascii
import hashlib
import json
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from checks.values import is_generated, is_marked

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CHECKSUM = 6


@dataclass(frozen=True, slots=True)
class Token:
    """A token found in a text: what it is, its public prefix, and whether a checksum agrees.

    ``start`` is where it begins in the text. The token itself is not kept.
    """

    kind: str
    prefix: str
    certain: bool
    start: int


def _base62(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 62)
        digits = _BASE62[digit] + digits
    return digits.rjust(_CHECKSUM, "0")


def has_checksum(body: str) -> bool:
    """Whether the last six characters are the base 62 CRC-32 of the others (GitHub, npm)."""
    return _base62(zlib.crc32(body[:-_CHECKSUM].encode())) == body[-_CHECKSUM:]


def _is_jwt(body: str) -> bool:
    try:
        for part in body.split(".")[:2]:
            json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, RecursionError):  # binascii and JSON errors are ValueErrors
        return False
    return True


def _is_signed(body: str) -> bool:
    return _is_jwt(body) and is_generated(body.rpartition(".")[2])


def _names_a_user(body: str) -> bool:
    """A Discord token begins with the number of its bot, in base 64."""
    first = body.partition(".")[0]
    try:
        number = base64.urlsafe_b64decode(first + "=" * (-len(first) % 4))
    except binascii.Error:
        return False
    return number.isdigit() and is_generated(body.rpartition(".")[2])


@dataclass(frozen=True, slots=True)
class _Shape:
    """One kind of token. The pattern's only group is the part that must be random."""

    kind: str
    pattern: str
    is_live: Callable[[str], bool] = is_generated
    certain: bool = False


_W = "[A-Za-z0-9_-]"  # base 64 for URLs
_SHAPES = (
    _Shape(
        "GitHub token",
        "gh[pousr]_([A-Za-z0-9]{36}(?:[A-Za-z0-9]{40})?)",
        has_checksum,
        certain=True,
    ),
    _Shape(
        "GitHub installation token",
        rf"ghs_[0-9]+_(eyJ{_W}+\.eyJ{_W}+\.{_W}{{20,}})",
        _is_signed,
        certain=True,
    ),
    _Shape("GitHub fine-grained token", "github_pat_([A-Za-z0-9]{22}_[A-Za-z0-9]{59})"),
    _Shape("npm token", "npm_([A-Za-z0-9]{36})", has_checksum, certain=True),
    _Shape("PyPI token", f"pypi-Ag(?:EIcHlwaS5vcmc|ENdGVzdC5weXBpLm9yZ)({_W}{{50,}})"),
    _Shape("GitLab token", f"gl(?:pat|dt|rt|ft|oas|soat|imt|cbt|agent|ptt)-({_W}{{20,}})"),
    _Shape("Stripe live key", "[sr]k_live_([A-Za-z0-9]{24,})"),
    _Shape("OpenAI key", f"sk-(?:proj-|svcacct-|admin-)?({_W}{{20,}}T3BlbkFJ{_W}{{20,}})"),
    _Shape("Anthropic key", f"sk-ant-(?:api|admin|oat|ort)[0-9]{{2}}-({_W}{{80,}}AA)"),
    _Shape("Groq key", "gsk_([A-Za-z0-9]{52})"),
    _Shape("xAI key", "xai-([A-Za-z0-9]{80})"),
    _Shape("Hugging Face token", "hf_([A-Za-z]{34})"),
    _Shape("SendGrid key", rf"SG\.({_W}{{22}}\.{_W}{{43}})"),
    _Shape("Telegram bot token", f"[0-9]{{8,10}}:(AA{_W}{{33}})"),
    _Shape("Twilio API key", "SK([0-9a-f]{32})"),
    _Shape("Slack token", "xox[abprse]-((?:[0-9]{10,13}-){1,3}[A-Za-z0-9]{24,64})"),
    _Shape("Slack app token", "xapp-[0-9]-([A-Z0-9]{9,12}-[0-9]{10,13}-[0-9a-f]{64})"),
    _Shape(
        "Slack webhook",
        r"hooks\.slack\.com/services/T[A-Z0-9]{8,11}/B[A-Z0-9]{8,11}/([A-Za-z0-9]{24})",
    ),
    _Shape(
        "Discord bot token",
        rf"([MNO][A-Za-z0-9_-]{{23,27}}\.{_W}{{6}}\.{_W}{{27,40}})",
        _names_a_user,
        certain=True,
    ),
    _Shape("Discord webhook", rf"discord(?:app)?\.com/api/webhooks/[0-9]{{17,20}}/({_W}{{60,80}})"),
    _Shape("AWS access key", "(?:AKIA|ASIA)([A-Z2-7]{16})"),
    _Shape("Google API key", f"AIza({_W}{{35}})"),
    _Shape("Google client secret", f"GOCSPX-({_W}{{28}})"),
    _Shape("Google access token", rf"ya29\.({_W}{{40,}})"),
    _Shape("Azure storage key", "AccountKey=([A-Za-z0-9+/]{86}==)"),
    _Shape("Azure shared access key", "SharedAccessKey=([A-Za-z0-9+/]{43}=)"),
    _Shape("Azure client secret", "([A-Za-z0-9_~.]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34})"),
    _Shape("DigitalOcean token", "do[opr]_v1_([0-9a-f]{64})"),
    _Shape("Shopify token", "shp(?:at|ca|pa|ss)_([0-9a-fA-F]{32})"),
    _Shape("Square token", f"sq0(?:atp|csp)-({_W}{{22,43}})"),
    _Shape("Mailgun key", "key-([0-9a-f]{32})"),
    _Shape("Mailchimp key", "([0-9a-f]{32})-us[0-9]{1,2}"),
    _Shape("Databricks token", "dapi([0-9a-f]{32})"),
    _Shape("Grafana token", "glsa_([A-Za-z0-9]{32}_[0-9a-f]{8})"),
    _Shape("Vault token", rf"hvs\.({_W}{{90,}})"),
    _Shape("Docker Hub token", f"dckr_(?:pat|oat)_({_W}{{27,32}})"),
    _Shape("New Relic key", "NRAK-([A-Z0-9]{27})"),
    _Shape("Postman key", "PMAK-([0-9a-f]{24}-[0-9a-f]{34})"),
    _Shape("RubyGems key", "rubygems_([0-9a-f]{48})"),
    _Shape("Supabase token", "sbp_([0-9a-f]{40})"),
    _Shape("Pulumi token", "pul-([0-9a-f]{40})"),
    _Shape("Linear key", "lin_api_([A-Za-z0-9]{40})"),
    _Shape("Atlassian token", f"ATATT3({_W}{{180,}}=[0-9A-F]{{8}})"),
    _Shape("Tailscale key", "tskey-(?:auth|api|client)-([A-Za-z0-9]+-[A-Za-z0-9]{32})"),
    _Shape("age secret key", "AGE-SECRET-KEY-1([02-9AC-HJ-NP-Z]{58})"),
)
_PATTERNS = tuple(
    (shape, re.compile(rf"(?<![A-Za-z0-9_]){shape.pattern}(?![A-Za-z0-9_-])")) for shape in _SHAPES
)
# One pass over a text that holds no token; every pattern's beginning is in it.
_BEGINNINGS = re.compile(
    r"gh[pousr]_|github_pat_|npm_|pypi-Ag|gl[a-z]{2,5}-|[sr]k_live_|sk-|gsk_|xai-|hf_|SG\.|:AA|SK[0-9a-f]{8}"
    r"|xox[abprse]-|xapp-|hooks\.slack|discord|[MNO][A-Za-z0-9_-]{23,27}\.|A[KS]IA|AIza|GOCSPX-"
    r"|ya29\.|AccountKey=|AccessKey=|[0-9]Q~|do[opr]_v1_|shp[acps]|sq0|key-|-us[0-9]|dapi|glsa_"
    r"|hvs\.|dckr_|NRAK-|PMAK-|rubygems_|sbp_|pul-|lin_api_|ATATT3|tskey-|AGE-S"
)
_SHORTEST = 20

# SHA-256 (beginning) of keys that their providers print in their own documentation or
# build into an emulator: GitHub, Telegram, SendGrid, Discord, Google, Azurite, Cosmos DB.
_PUBLISHED = frozenset(
    {
        "976b57ee8acdfcf4",
        "0b5dd075ccdd03c4",
        "02091175c1ae3023",
        "02f7ce3c263f85c0",
        "ac9265e56c79b234",
        "0011cc25eb432071",
        "aa6547439583c3a2",
    }
)


def is_published(token: str) -> bool:
    """Whether a token, or the secret at its end, is an example that everyone knows."""
    forms = {token, token.partition("AccountKey=")[2]}
    return any(hashlib.sha256(f.encode()).hexdigest()[:16] in _PUBLISHED for f in forms)


def token_in(text: str) -> Token | None:
    """The first token of a provider in *text* that can be a live one, or None.

    Examples from documentation, sequences, repetitions and bodies whose checksum is
    wrong are none.
    """
    if len(text) < _SHORTEST or not _BEGINNINGS.search(text):
        return None
    for shape, pattern in _PATTERNS:
        for found in pattern.finditer(text):
            body = found[1]
            live = shape.is_live(body) and not is_marked(found[0]) and not is_published(found[0])
            if live:
                prefix = found[0].partition(body)[0]
                return Token(shape.kind, prefix, shape.certain, found.start())
    return None
