"""The stand-in's doors: App JWTs, installation tokens, permissions."""

import time
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.standin import StandIn
from tests.standin.client import Client, app_token
from tests.standin.state import Repository


@pytest.fixture
def github() -> Iterator[StandIn]:
    """Return a stand-in whose violations the test looks at itself."""
    with StandIn() as started:
        yield started


@pytest.fixture
def repository(github: StandIn) -> Repository:
    """Return a repository that the App is installed on."""
    return github.repository("acme/rocket", {"a.py": "a = 1\n"})


def test_a_good_jwt_opens_the_app(github: StandIn) -> None:
    """The App's own key and id are enough, the id as text or as number."""
    assert github.client().get("/app").json()["slug"] == "secreview"
    number = app_token(github.app.id, github.app.private_key, iss=github.app.slug)
    assert Client(github.url, number).get("/app").status_code == 401


def test_a_foreign_key_is_refused(github: StandIn) -> None:
    """A JWT signed by another key is not decoded."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
    answer = Client(github.url, app_token(github.app.id, pem)).get("/app")
    assert (answer.status_code, answer.json()["message"]) == (
        401,
        "A JSON web token could not be decoded",
    )


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ({"exp": 3600}, "too far in the future"),
        ({"exp": -1}, "future time"),
        ({"iat": 600}, "'Issued at'"),
        ({"iat": None}, "'Issued at'"),
        ({"exp": None}, "'Expiration time'"),
    ],
)
def test_a_jwt_with_odd_times_is_refused(
    github: StandIn, claims: dict[str, int | None], words: str
) -> None:
    """Ten minutes at most, not from the future, both times there."""
    now = int(time.time())
    moved = {name: offset and now + offset for name, offset in claims.items()}
    answer = Client(
        github.url, app_token(github.app.id, github.app.private_key, **moved)
    ).get("/app")  # fmt: skip
    assert answer.status_code == 401
    assert words in answer.json()["message"]


def test_token_is_long_and_narrowed(github: StandIn, repository: Repository) -> None:
    """A token has today's form and carries only what it was asked for, for one hour."""
    other = github.repository("acme/other")
    made = github.installation(repository)
    path = f"/app/installations/{made.id}/access_tokens"
    answer = github.client().post(
        path, repository_ids=[repository.id], permissions={"contents": "read"}
    )
    told = answer.json()
    assert answer.status_code == 201
    assert told["token"].startswith(f"ghs_{github.app.id}_")
    assert len(told["token"]) > 40
    assert told["permissions"] == {"contents": "read", "metadata": "read"}
    narrow = Client(github.url, told["token"])
    assert narrow.get(f"/repos/{repository.full_name}").status_code == 200
    assert narrow.get(f"/repos/{other.full_name}").status_code == 404
    assert narrow.get(f"/repos/{repository.full_name}/pulls").status_code == 403


@pytest.mark.parametrize(
    "body",
    [
        {"repositories": ["unheard-of"]},
        {"repository_ids": [1]},
        {"permissions": {"contents": "write"}},
        {"permissions": {"administration": "read"}},
    ],
)
def test_a_token_cannot_be_more_than_the_installation(
    github: StandIn, repository: Repository, body: dict[str, object]
) -> None:
    """Unknown repositories and permissions that were not granted are 422."""
    made = github.installation(repository)
    answer = github.client().post(f"/app/installations/{made.id}/access_tokens", **body)
    assert answer.status_code == 422


def test_an_expired_or_unknown_token_is_refused(github: StandIn, repository: Repository) -> None:
    """401 once the hour is over, and for what was never minted."""
    client = github.client(repository)
    assert client.get(f"/repos/{repository.full_name}").status_code == 200
    github.expire_tokens()
    assert client.get(f"/repos/{repository.full_name}").status_code == 401
    assert Client(github.url, "ghs_never_minted").get("/rate_limit").status_code == 401


def test_a_lacking_permission_is_named(github: StandIn, repository: Repository) -> None:
    """403 says in a header what would have been enough."""
    client = github.client(repository, contents="read")
    answer = client.post(
        f"/repos/{repository.full_name}/check-runs", name="x", head_sha=repository.branches["main"]
    )
    assert answer.status_code == 403
    assert answer.headers["X-Accepted-GitHub-Permissions"] == "checks=write"


def test_each_door_takes_its_own_key(github: StandIn, repository: Repository) -> None:
    """A token does not open the App's endpoints, nor a JWT the repository's."""
    assert github.client(repository).get("/app").status_code == 401
    assert github.client().get(f"/repos/{repository.full_name}").status_code == 403
    nobody = Client(github.url, "").send("GET", "/app", headers={"Authorization": ""})
    assert nobody.status_code == 401


def test_a_suspended_or_removed_installation_is_closed(
    github: StandIn, repository: Repository
) -> None:
    """Suspended: 403 and no new tokens; removed: its tokens are dead and it is not found."""
    client, made = github.client(repository), github.installation(repository)
    path = f"/app/installations/{made.id}/access_tokens"
    github.suspend(made)
    assert client.get(f"/repos/{repository.full_name}").status_code == 403
    assert github.client().post(path).status_code == 403
    github.unsuspend(made)
    assert client.get(f"/repos/{repository.full_name}").status_code == 200
    github.uninstall(made)
    assert client.get(f"/repos/{repository.full_name}").status_code == 401
    assert github.client().post(path).status_code == 404
    where = f"/repos/{repository.full_name}/installation"
    assert github.client().get(where).status_code == 404


def test_a_repository_taken_away_is_not_found(github: StandIn, repository: Repository) -> None:
    """A token minted before cannot reach it any more."""
    client = github.client(repository)
    github.remove_repository(github.installation(repository), repository)
    assert client.get(f"/repos/{repository.full_name}").status_code == 404
