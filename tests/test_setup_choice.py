"""What a person may choose before the App is registered, and what is written in the end."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from pydantic_settings import DotEnvSettingsSource

from reviewer.settings import Settings, Unregistered
from reviewer.setup import keeping
from reviewer.setup.choice import BadChoice, read
from reviewer.setup.conversion import Registered
from reviewer.setup.manifest import LONGEST_NAME, WHY, manifest, permissions
from tests.standin import registering
from tests.work_rig import settings_in

RIGHT = {
    "owner": "organisation",
    "organisation": "acme",
    "host": "github.com",
    "url": "https://secreview.acme.example",
}


@pytest.mark.parametrize(
    ("host", "web", "api"),
    [
        ("github.com", "https://github.com", "https://api.github.com"),
        (" GitHub.com/ ", "https://github.com", "https://api.github.com"),
        ("https://www.github.com", "https://github.com", "https://api.github.com"),
        ("api.github.com", "https://github.com", "https://api.github.com"),
        ("acme.ghe.com", "https://acme.ghe.com", "https://api.acme.ghe.com"),
        ("github.acme.example", "https://github.acme.example", "https://github.acme.example/api/v3"),
        ("https://ghe:8443/", "https://ghe:8443", "https://ghe:8443/api/v3"),
        ("127.0.0.1:5000", "http://127.0.0.1:5000", "http://127.0.0.1:5000/api/v3"),
    ],
)  # fmt: skip
def test_a_host_is_known_by_whatever_people_paste(host: str, web: str, api: str) -> None:
    """github.com, the enterprise cloud, an Enterprise Server, and this machine."""
    found = read(RIGHT | {"host": host})
    assert (found.web, found.api) == (web, api)


@pytest.mark.parametrize(
    "host",
    ["", "git hub", "http://github.com", "ftp://ghe", "ghe/path", "ghe?x", "a@ghe", "ghe:port",
     "https://", "gh..e", "[::1", "ghe:99999", "-ghe", "ghé", "github.com; form-action *"],
)  # fmt: skip
def test_what_is_no_host_is_refused(host: str) -> None:
    """It would stand in a header and in links, and be sent a manifest."""
    with pytest.raises(BadChoice) as told:
        read(RIGHT | {"host": host})
    assert "is no address of GitHub" in told.value.problems["host"]


@pytest.mark.parametrize("name", ["a", "Acme-2", "a" * 39, "0a"])
def test_an_organisations_name_is_taken(name: str) -> None:
    """As GitHub allows it."""
    choice = read(RIGHT | {"organisation": name})
    assert choice.registration == f"https://github.com/organizations/{name}/settings/apps/new"


@pytest.mark.parametrize("name", ["-a", "a-", "a--b", "a" * 40, "a b", "a/b", "ä", "a\nb", "../x"])
def test_a_malformed_organisation_is_refused(name: str) -> None:
    """It would lead to another page of GitHub."""
    with pytest.raises(BadChoice) as told:
        read(RIGHT | {"organisation": name})
    assert f"“{name}” is no organisation's name" in told.value.problems["organisation"]


def test_an_organisation_without_a_name_is_refused() -> None:
    """And so is no choice at all."""
    with pytest.raises(BadChoice, match=r"Give the organisation's name"):
        read(RIGHT | {"organisation": " "})
    with pytest.raises(BadChoice, match="Choose whose App"):
        read({**RIGHT, "owner": ""})


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "Give the address"),
        ("secreview.acme.example", "begins with https"),
        ("http://secreview.acme.example", "begins with https"),
        ("https://a b", "begins with https"),
        ("https://a/?x=1", "begins with https"),
        ("https://user:password@a", "begins with https"),
        ("https://localhost:8000", "GitHub cannot reach localhost"),
        ("https://127.0.0.1", "GitHub cannot reach 127.0.0.1"),
        ("https://10.0.0.7", "GitHub cannot reach 10.0.0.7"),
        ("https://0.0.0.0", "GitHub cannot reach 0.0.0.0"),
    ],
)
def test_an_address_that_github_cannot_call_is_refused(url: str, why: str) -> None:
    """It would be refused there, or never hear of anything."""
    with pytest.raises(BadChoice, match=why):
        read(RIGHT | {"url": url})


def test_an_enterprise_server_may_call_a_private_number() -> None:
    """It stands in the same network; and /webhook at the end is meant well."""
    made = read(RIGHT | {"host": "ghe.acme.example", "url": "https://10.0.0.7/webhook"})
    assert made.url == "https://10.0.0.7"


def test_a_set_api_address_decides() -> None:
    """It would win over what setup writes, so nothing else may be chosen."""
    with pytest.raises(BadChoice, match="GITHUB_API_URL is set to https://ghe/api/v3"):
        read(RIGHT, "https://ghe/api/v3")
    assert read(RIGHT, "https://api.github.com").web == "https://github.com"


def test_the_manifest_is_that_of_app_yml_with_the_addresses() -> None:
    """GitHub's side takes it, and every permission says why."""
    made = manifest(read(RIGHT | {"organisation": "A" * 39}), "http://localhost:8000")
    assert registering.read(json.dumps(made)) == (made, "")
    assert made["hook_attributes"]["url"] == "https://secreview.acme.example/webhook"
    assert made["redirect_url"] == "http://localhost:8000/setup/done"
    assert made["setup_url"] == "https://secreview.acme.example/installed"
    assert made["public"] is False
    assert len(made["name"]) <= LONGEST_NAME
    assert set(WHY) == set(permissions())


texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=40)
hosts = st.from_regex(r"[A-Za-z0-9.:/@\[\]-]{1,24}", fullmatch=True)


@given(texts | hosts, texts | st.builds("https://{}".format, hosts))
def test_whatever_is_chosen_can_be_set(host: str, url: str) -> None:
    """What passes here passes the settings, too: nothing is registered that cannot be served."""
    form = RIGHT | {"host": host, "url": url}
    try:
        choice = read(form)
    except BadChoice:
        return
    for name, value in (("GITHUB_API_URL", choice.api), ("SECREVIEW_URL", choice.url)):
        Unregistered.model_validate({name: value})
    assert choice == read({**form, "host": choice.web, "url": choice.url})


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(secret=texts.filter(lambda text: bool(text.strip())))
def test_what_is_written_is_read_back(tmp_path: Path, secret: str) -> None:
    """Whatever characters GitHub puts into a secret."""
    known = settings_in(tmp_path)
    made = Registered(
        app_id=5,
        slug="secreview",
        html_url="https://github.com/apps/secreview",
        api_url="https://api.github.com",
        url="https://secreview.acme.example",
        private_key=known.private_key,
        webhook_secret=SecretStr(secret),
    )
    path = keeping.keep(tmp_path / "data", made)
    found = Settings.model_validate(DotEnvSettingsSource(Settings, env_file=path)())
    assert found.webhook_secret.get_secret_value() == secret
    assert found.private_key.get_secret_value() == known.private_key.get_secret_value()
    assert (found.app_id, found.api_url, found.url) == (5, made.api_url, made.url)
