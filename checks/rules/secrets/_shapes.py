"""The table of providers: what the tokens they hand out look like."""

import base64
import binascii
import json
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from checks.values import is_generated

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CHECKSUM = 6


def _base62(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 62)
        digits = _BASE62[digit] + digits
    return digits.rjust(_CHECKSUM, "0")


def checksum(body: str) -> str:
    """The six characters that GitHub and npm put behind a *body*: its CRC-32 in base 62."""
    return _base62(zlib.crc32(body.encode()))


def has_checksum(body: str) -> bool:
    """Whether the last six characters are the checksum of the others."""
    return checksum(body[:-_CHECKSUM]) == body[-_CHECKSUM:]


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


def _is_mixed(body: str) -> bool:
    """For bodies whose prefix says little: generated, and of more than one kind of character."""
    kinds = [any(map(test, body)) for test in (str.isdigit, str.islower, str.isupper)]
    return sum(kinds) == len(kinds) and is_generated(body)


def _ends_in_a_generated_part(body: str) -> bool:
    """For bodies that begin with the numbers of a team and an application."""
    return is_generated(body.rpartition("-")[2])


@dataclass(frozen=True, slots=True)
class Shape:
    """One kind of token. The pattern's only group is the part that must be random.

    One of the *hints* stands in every such token: where none does, none is looked for.
    """

    kind: str
    hints: str
    pattern: str
    is_live: Callable[[str], bool] = is_generated
    certain: bool = False
    flags: int = 0


_W = "[A-Za-z0-9_-]"  # base 64 for URLs
_A = "[A-Za-z0-9]"
_H = "[0-9a-f]"
_UUID = f"{_H}{{8}}(?:-{_H}{{4}}){{3}}-{_H}{{12}}"
_DIGITS = "[MNO][DTjz][AEIMQUYcgk][w-z0-5]"  # three digits of a number in base 64
_GITLAB = "glpat- gldt- glrt- glft- gloas- glsoat- glimt- glcbt- glagent- glptt-"
_TERRAFORM = rf"{_A}{{14}}\.atlasv1\.({_W}{{60,70}})"
SHAPES = (
    Shape(
        "GitHub token",
        "ghp_ gho_ ghu_ ghs_ ghr_",
        f"gh[pousr]_({_A}{{36}}(?:{_A}{{40}})?)",
        has_checksum,
        certain=True,
    ),
    Shape(
        "GitHub installation token",
        "ghs_",
        rf"ghs_[0-9]+_(eyJ{_W}+\.eyJ{_W}+\.{_W}{{20,}})",
        _is_signed,
        certain=True,
    ),
    Shape("GitHub fine-grained token", "github_pat_", f"github_pat_({_A}{{22}}_{_A}{{59}})"),
    Shape("npm token", "npm_", f"npm_({_A}{{36}})", has_checksum, certain=True),
    Shape("PyPI token", "pypi-Ag", f"pypi-Ag(?:EIcHlwaS5vcmc|ENdGVzdC5weXBpLm9yZ)({_W}{{50,}})"),
    Shape("GitLab token", _GITLAB, rf"gl[a-z]{{2,5}}-({_W}{{20,50}}(?:\.[0-9a-z]{{2,9}}){{0,2}})"),
    Shape("Stripe live key", "k_live_", f"[sr]k_live_({_A}{{24,}})"),
    Shape("Stripe webhook secret", "whsec_", f"whsec_({_A}{{32,}})"),
    Shape(
        "OpenAI key", "T3BlbkFJ", f"sk-(?:proj-|svcacct-|admin-)?({_W}{{20,}}T3BlbkFJ{_W}{{20,}})"
    ),
    Shape("Anthropic key", "sk-ant-", f"sk-ant-(?:api|admin|oat|ort)[0-9]{{2}}-({_W}{{80,}}AA)"),
    Shape("OpenRouter key", "sk-or-v1-", f"sk-or-v1-({_H}{{64}})"),
    Shape("Groq key", "gsk_", f"gsk_({_A}{{52}})"),
    Shape("xAI key", "xai-", f"xai-({_A}{{80}})"),
    Shape("Hugging Face token", "hf_", f"hf_({_A}{{34}})", _is_mixed),
    Shape("Hugging Face token", "hf_", "hf_([A-Za-z]{34})"),
    Shape("Replicate token", "r8_", f"r8_({_A}{{37}})"),
    Shape("Perplexity key", "pplx-", f"pplx-({_A}{{48}})"),
    Shape("LangSmith key", "lsv2_", f"lsv2_(?:pt|sk)_({_H}{{32}}_{_H}{{10}})"),
    Shape("SendGrid key", "SG.", rf"SG\.({_W}{{22}}\.{_W}{{43}})"),
    Shape("Brevo key", "xkeysib-", f"xkeysib-({_H}{{64}})-{_A}{{16}}"),
    Shape("Telegram bot token", ":AA", f"(?:bot)?[0-9]{{8,10}}:(AA{_W}{{33}})"),
    Shape("Twilio API key", "SK", f"SK({_H}{{32}})"),
    Shape(
        "Slack token",
        "xox",
        f"xox[abprse]-((?:[0-9]{{10,13}}-){{1,3}}{_A}{{24,64}})",
        _ends_in_a_generated_part,
    ),
    Shape(
        "Slack app token",
        "xapp-",
        f"xapp-[0-9]-([A-Z0-9]{{9,12}}-[0-9]{{10,13}}-{_H}{{64}})",
        _ends_in_a_generated_part,
    ),
    Shape(
        "Slack webhook",
        "hooks.slack.com",
        rf"hooks\.slack\.com/(?:services|workflows)/T[A-Z0-9]{{8,11}}/[AB][A-Z0-9]{{8,11}}/({_A}{{24}})",
    ),
    Shape(
        "Discord bot token",
        "MT Mj Mz MD NT Nj Nz ND OT Oj Oz OD",
        rf"((?:{_DIGITS}){{5,6}}{_W}{{2,5}}\.{_W}{{6}}\.{_W}{{27,40}})",
        _names_a_user,
        certain=True,
    ),
    Shape(
        "Discord webhook",
        "api/webhooks/",
        rf"discord(?:app)?\.com/api/webhooks/[0-9]{{17,20}}/({_W}{{60,80}})",
    ),
    Shape("AWS access key", "AKIA ASIA", "(?:AKIA|ASIA)([A-Z2-7]{16})"),
    Shape(
        "AWS secret key",
        "ecret_access_key ECRET_ACCESS_KEY ecretAccessKey",
        r"aws_?secret_?access_?key\W{1,5}([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])",
        flags=re.IGNORECASE,
    ),
    Shape("Google API key", "AIza", f"AIza({_W}{{35}})"),
    Shape("Google client secret", "GOCSPX-", f"GOCSPX-({_W}{{28}})"),
    Shape("Google access token", "ya29.", rf"ya29\.({_W}{{40,}})"),
    Shape("Azure storage key", "AccountKey=", "AccountKey=([A-Za-z0-9+/]{86}==)"),
    Shape("Azure shared access key", "AccessKey=", "SharedAccessKey=([A-Za-z0-9+/]{43}=)"),
    Shape("Azure client secret", "Q~", rf"({_A}{{3}}[0-9]Q~[A-Za-z0-9_~.-]{{31,34}})"),
    Shape("DigitalOcean token", "_v1_", f"do[opr]_v1_({_H}{{64}})"),
    Shape("Shopify token", "shp", "shp(?:at|ca|pa|ss)_([0-9a-fA-F]{32})"),
    Shape("Square token", "sq0", f"sq0(?:atp|csp)-({_W}{{22,43}})"),
    Shape("Square token", "EAAA", f"EAAA({_W}{{60}})", _is_mixed),
    Shape("Heroku key", "HRKU-", f"HRKU-(AA{_W}{{58}})"),
    Shape("Notion token", "ntn_", f"ntn_[0-9]{{11}}({_A}{{35}})", _is_mixed),
    Shape("Notion token", "secret_", f"secret_({_A}{{43}})", _is_mixed),
    Shape("Mailgun key", "key-", f"key-({_H}{{32}})"),
    Shape("Mailchimp key", "-us", f"({_H}{{32}})-us[0-9]{{1,2}}"),
    Shape("Databricks token", "dapi", f"dapi({_H}{{32}})(?:-[0-9])?"),
    Shape("Grafana token", "glsa_", f"glsa_({_A}{{32}}_{_H}{{8}})"),
    Shape("Sentry token", "sntryu_", f"sntryu_({_H}{{64}})"),
    Shape("SonarQube token", "sqp_ squ_ sqa_", f"sq[pua]_({_H}{{40}})"),
    Shape("Vault token", "hvs. hvb. hvr.", rf"hv[sbr]\.({_W}{{90,}})"),
    Shape("Terraform Cloud token", ".atlasv1.", _TERRAFORM),
    Shape("Doppler token", "dp.", rf"dp\.(?:pt|st|ct|sa|scim|audit)\.({_A}{{40,44}})"),
    Shape("PlanetScale token", "pscale_", r"pscale_(?:tkn|pw|oauth)_([A-Za-z0-9_.-]{32,64})"),
    Shape("Docker Hub token", "dckr_", f"dckr_(?:pat|oat)_({_W}{{27,32}})"),
    Shape("New Relic key", "NRAK-", "NRAK-([A-Z0-9]{27})"),
    Shape("Postman key", "PMAK-", f"PMAK-({_H}{{24}}-{_H}{{34}})"),
    Shape("RubyGems key", "rubygems_", f"rubygems_({_H}{{48}})"),
    Shape("Artifactory key", "AKCp", f"AKCp({_A}{{69}})"),
    Shape("Figma token", "figd_", f"figd_({_W}{{40}})"),
    Shape("Netlify token", "nfp_", f"nfp_({_A}{{36}})"),
    Shape("Supabase token", "sbp_", f"sbp_({_H}{{40}})"),
    Shape("Pulumi token", "pul-", f"pul-({_H}{{40}})"),
    Shape("Linear key", "lin_", f"lin_(?:api|oauth)_({_A}{{40,64}})"),
    Shape("Atlassian token", "ATATT3", f"ATATT3({_W}{{170,}}=[0-9A-F]{{8}})"),
    Shape("Tailscale key", "tskey-", f"tskey-(?:auth|api|client)-({_A}+-{_A}{{32}})"),
    Shape("Atlassian token", "ATCTT3", f"ATCTT3({_W}{{170,}}=[0-9A-F]{{8}})"),
    Shape("Bitbucket app password", "ATBB", f"ATBB({_A}{{32}})", _is_mixed),
    Shape("HubSpot token", "pat-", rf"pat-(?:na|eu)[0-9]-({_UUID})"),
    Shape("Fly.io token", "fm1_ fm2_", "(fm[12]_[A-Za-z0-9+/=,_-]{100,})"),
    Shape("CircleCI token", "CCIPAT_", f"CCIPAT_({_A}{{22}}_{_H}{{40}})"),
    Shape("Buildkite token", "bkua_", f"bkua_({_H}{{40}})"),
    Shape("Prefect key", "pnu_", f"pnu_({_A}{{36}})"),
    Shape("Typeform token", "tfp_", r"tfp_([A-Za-z0-9_.-]{59})"),
    Shape("Razorpay key", "rzp_live_", f"rzp_live_({_A}{{14}})"),
    Shape("Dynatrace token", "dt0c01.", r"dt0c01\.[A-Z0-9]{24}\.([A-Z0-9]{64})"),
    Shape("Duffel token", "duffel_live_", f"duffel_live_({_W}{{43}})"),
    Shape("EasyPost key", "EZAK", f"EZAK({_A}{{54}})"),
    Shape("Shippo key", "shippo_live_", f"shippo_live_({_H}{{40}})"),
    Shape("Flutterwave key", "FLWSECK-", f"FLWSECK-({_H}{{32}}-X)"),
    Shape("Adafruit key", "aio_", f"aio_({_A}{{28}})", _is_mixed),
    Shape("1Password token", "ops_eyJ", f"ops_(eyJ{_W}{{200,}}={{0,2}})"),
    Shape("Sentry token", "sntrys_", rf"sntrys_(eyJ{_W}{{80,}}={{0,2}}_[A-Za-z0-9+/]{{43}})"),
    Shape("Grafana token", "glc_", "glc_(eyJ[A-Za-z0-9+/]{60,}={0,2})"),
    Shape("Mapbox token", "sk.eyJ", rf"sk\.(eyJ{_W}{{40,}}\.{_W}{{22}})"),
    Shape("Contentful token", "CFPAT-", f"CFPAT-({_W}{{43}})"),
    Shape("NuGet key", "oy2", "oy2([a-z0-9]{43})"),
    Shape("Clojars token", "CLOJARS_", f"CLOJARS_({_H}{{60}})"),
    Shape("OpenShift token", "sha256~", f"sha256~({_W}{{43}})"),
    Shape("Cloudinary address", "cloudinary://", f"cloudinary://[0-9]{{15}}:({_W}{{27}})@"),
    Shape("Alibaba Cloud key", "LTAI", f"LTAI({_A}{{20}})", _is_mixed),
    Shape("Facebook token", "EAA", f"EAA[A-Z]({_A}{{90,}})", _is_mixed),
    Shape(
        "Teams webhook",
        "webhook.office.com",
        rf"webhook\.office\.com/webhookb2/{_UUID}@{_UUID}/IncomingWebhook/({_H}{{32}})",
    ),
    Shape(
        "Braintree token",
        "$production$",
        rf"access_token\$production\$([0-9a-z]{{16}}\${_H}{{32}})",
    ),
    Shape("age secret key", "AGE-SECRET-KEY-", "AGE-SECRET-KEY-1([02-9AC-HJ-NP-Z]{58})"),
)
