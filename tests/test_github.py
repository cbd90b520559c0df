"""The gateway: real HTTP against the stand-in, and every way in which GitHub says no."""

import base64
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from github import GithubException
from pydantic import SecretStr
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.wrappers import Response

from reviewer.github import Gateway, GitHubRefused, Gone, RetryLater, TooLarge, access, tokens
from reviewer.github.errors import meaning, meaning_of_graphql
from reviewer.github.gate import Gates, no_gates
from reviewer.model import FileStatus, NewComment, Target
from tests.standin import StandIn
from tests.standin.fixtures import standin
from tests.standin.server import Listener
from tests.standin.state import PullRequest, Repository

__all__ = ["standin"]  # the fixture

NOTE = {
    "path": "tests/test_a.py",
    "start_line": 1,
    "end_line": 1,
    "annotation_level": "notice",
    "message": "m",
}


@pytest.fixture(autouse=True)
def _no_long_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries are as many as ever, and quicker."""
    assert sum(access.PAUSES) < 5
    monkeypatch.setattr(access, "PAUSES", tuple(p / 20 for p in access.PAUSES))


@pytest.fixture
def repository(standin: StandIn) -> Repository:
    """A repository with the App on it."""
    return standin.repository("acme/widgets", {"tests/test_a.py": "x = 1\n"})


@pytest.fixture
def pull(standin: StandIn, repository: Repository) -> PullRequest:
    """An open pull request that adds a line to a test file."""
    return standin.open_pull_request(repository, {"tests/test_a.py": "x = 1\ny = 2\n"})


def gateway_to(
    standin: StandIn, repository: Repository, url: str = "", gates: Gates = no_gates
) -> Gateway:
    """A gateway to the repository, as the worker makes it."""
    credentials = SimpleNamespace(
        app_id=standin.app.id,
        private_key=SecretStr(standin.app.private_key),
        api_url=url or standin.url,
    )
    owner, name = repository.full_name.split("/")
    target = Target(standin.installation(repository).id, repository.id, owner, name, 1)
    return Gateway.for_target(credentials, target, gates)


@pytest.fixture
def gateway(standin: StandIn, repository: Repository) -> Gateway:
    """A gateway to the repository."""
    return gateway_to(standin, repository)


def test_it_reads_a_pull_request_with_one_request_each(
    standin: StandIn, gateway: Gateway, pull: PullRequest
) -> None:
    """A token for this repository alone, the pull request, its files, a blob: four requests."""
    found = gateway.pull_request(1)
    assert (found.head_sha, found.base_sha) == (pull.head_sha, pull.base_sha)
    assert (found.author, found.state, found.draft) == ("dev", "open", False)
    (file,) = gateway.changed_files(1)[1]
    assert (file.path, file.status) == ("tests/test_a.py", FileStatus.MODIFIED)
    assert file.patch == "@@ -1 +1,2 @@\n x = 1\n+y = 2"
    assert gateway.blob(file.blob_sha, 100) == b"x = 1\ny = 2\n"
    mint, *others = standin.requests
    assert mint.body == {
        "repository_ids": [pull.repository.id],
        "permissions": {
            "checks": "write",
            "contents": "read",
            "metadata": "read",
            "pull_requests": "write",
        },
    }
    assert len(others) == 3


def test_files_come_from_the_commit_that_is_named(
    standin: StandIn, repository: Repository, gateway: Gateway
) -> None:
    """A file at a ref, None where there is none, TooLarge beyond the limit; odd names too."""
    name = "docs/a b#c?é%2e.ini"
    standin.push_base(repository, {name: "[pytest]\n"})
    before = repository.branches["main"]
    standin.push_base(repository, {name: "changed\n"})
    assert gateway.file(name, before, 100) == b"[pytest]\n"
    assert gateway.file("nothing.ini", before, 100) is None
    with pytest.raises(TooLarge):
        gateway.file(name, before, 5)


def test_a_kept_blob_is_its_repositorys_alone(
    standin: StandIn, gateway: Gateway, pull: PullRequest
) -> None:
    """Who knows the SHA of a neighbour's file does not get its content from our cache."""
    (file,) = gateway.changed_files(pull.number)[1]
    assert gateway.blob(file.blob_sha, 1000)
    other = standin.repository("neighbour/house", {"other.txt": "nothing"})
    with pytest.raises(GitHubRefused, match="404"):
        gateway_to(standin, other).blob(file.blob_sha, 1000)


def test_a_large_blob_is_not_read_to_its_end(
    standin: StandIn, repository: Repository, gateway: Gateway
) -> None:
    """Twenty megabytes behind an innocent name cost no more than the limit."""
    content = base64.b64encode(bytes(15_000_000))
    standin.open_pull_request(repository, {"tests/test_big.py": content})
    (file,) = gateway.changed_files(1)[1]
    with pytest.raises(TooLarge):
        gateway.blob(file.blob_sha, 1_000_000)


def test_many_threads_get_what_they_asked_for(
    standin: StandIn, repository: Repository, gateway: Gateway
) -> None:
    """Eight threads fetch 200 blobs: each gets its own, and one token serves them all."""
    standin.open_pull_request(repository, {f"tests/test_{n}.py": f"x = {n}\n" for n in range(200)})
    files = gateway.changed_files(1)[1]
    with ThreadPoolExecutor(8) as pool:
        contents = list(pool.map(lambda file: gateway.blob(file.blob_sha, 100), files))
        heads = list(pool.map(lambda _: gateway.pull_request(1).number, files))
    wanted = [f"x = {f.path.removeprefix('tests/test_').removesuffix('.py')}\n" for f in files]
    assert [content.decode() for content in contents] == wanted
    assert set(heads) == {1}
    assert len(standin.called("POST", "access_tokens")) == 1


def test_lists_are_read_to_their_end(
    standin: StandIn, repository: Repository, gateway: Gateway
) -> None:
    """Files and comments come a hundred at a time, all pages of them."""
    standin.strict_pace = False
    files = {f"tests/test_{n}.py": "x = 1\n" for n in range(230)}
    pull = standin.open_pull_request(repository, files)
    assert len(gateway.changed_files(1)[1]) == 230
    assert len(standin.called("GET", "/files$")) == 3
    for start in range(0, 120, 60):
        made = [NewComment(f"tests/test_{n}.py", 1, 1, f"c{n}") for n in range(start, start + 60)]
        gateway.create_review(1, pull.head_sha, "body", made)
    comments = gateway.review_comments(1)
    assert [c.body for c in comments] == [f"c{n}" for n in range(120)]
    assert {c.author_id for c in comments} == {gateway.own_user_id()}
    assert {c.commit_sha for c in comments} == {pull.head_sha}


def test_a_comment_on_several_lines_and_an_outdated_one(
    standin: StandIn, gateway: Gateway, pull: PullRequest
) -> None:
    """A range is one comment; after its lines are gone it is known as outdated."""
    gateway.create_review(1, pull.head_sha, "body", [NewComment("tests/test_a.py", 1, 2, "both")])
    (made,) = pull.review_comments
    assert (made.start_line, made.line, made.side, made.start_side) == (1, 2, "RIGHT", "RIGHT")
    assert not gateway.review_comments(1)[0].outdated
    standin.push(pull, {"tests/test_a.py": "x = 3\n"})
    assert gateway.review_comments(1)[0].outdated


def test_check_runs_are_ours_only(
    standin: StandIn, repository: Repository, gateway: Gateway, pull: PullRequest
) -> None:
    """Another App's run of the same name is not ours; ours come newest first and whole."""
    standin.foreign_check_run(repository, pull.head_sha, "secreview")
    first = gateway.create_check_run(pull.head_sha, "one", "Title", "Summary")
    second = gateway.create_check_run(pull.head_sha, "two", "Title", "Summary")
    gateway.update_check_run(first, "Half", "done", annotations=[NOTE] * 50)
    gateway.update_check_run(first, "End", "done", annotations=[NOTE], conclusion="failure")
    newest, oldest = gateway.check_runs(pull.head_sha)
    assert (newest.id, newest.external_id, newest.conclusion) == (second, "two", "")
    assert (oldest.id, oldest.title, oldest.conclusion) == (first, "End", "failure")
    assert oldest.annotations == 51


@pytest.mark.parametrize("role", ["admin", "write", "read"])
def test_permissions(standin: StandIn, repository: Repository, gateway: Gateway, role: str) -> None:
    """What GitHub says somebody may do; a stranger may do nothing special."""
    standin.permit(repository, "someone", role)
    assert gateway.permission("someone") == role
    assert gateway.permission("no-such-account") == "none"


def test_a_reaction_is_one_however_often_it_is_made(
    standin: StandIn, gateway: Gateway, pull: PullRequest
) -> None:
    """Reactions are GitHub's own find-or-create."""
    standin.strict_pace = False
    comment = standin.comment(pull, "dev", "/secreview")
    for _ in range(2):
        gateway.react(comment.id, "eyes")
    assert [r.content for r in comment.reactions] == ["eyes"]


def test_the_pull_requests_of_a_head(
    standin: StandIn, repository: Repository, gateway: Gateway, pull: PullRequest
) -> None:
    """Only those whose head it is now: not those that merely contain the commit."""
    head = pull.head_sha
    assert [p.number for p in gateway.pull_requests_of(head)] == [1]
    standin.push(pull, {"tests/test_a.py": "x = 2\n"})
    assert gateway.pull_requests_of(head) == []
    standin.close_pull_request(pull)
    assert [p.state for p in gateway.pull_requests_of(pull.head_sha)] == ["closed"]


@pytest.mark.parametrize("write", [False, True])
def test_a_revoked_token_is_replaced_once(
    standin: StandIn, gateway: Gateway, pull: PullRequest, write: bool
) -> None:
    """401 in the middle: a new token, and the same request again, a write too."""
    gateway.pull_request(1)
    standin.expire_tokens()
    if write:
        gateway.create_check_run(pull.head_sha, "x", "t", "s")
    else:
        gateway.pull_request(1)
    assert len(standin.called("POST", "access_tokens")) == 2
    assert len(standin.check_runs(pull.repository)) == int(write)


def test_a_new_token_that_is_not_accepted_either_is_waited_for(
    standin: StandIn, gateway: Gateway, pull: PullRequest
) -> None:
    """GitHub takes a while to know what it has issued, or revokes twice: no fault of a review."""
    standin.fail_next("GET", "/pulls/1", status=401, message="Bad credentials", times=2)
    with pytest.raises(RetryLater, match="Bad credentials") as later:
        gateway.pull_request(1)
    assert later.value.cause == "github"
    gateway.pull_request(1)


def test_a_token_is_renewed_before_it_expires(
    standin: StandIn, gateway: Gateway, pull: PullRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A token's last minute is not waited for."""
    gateway.pull_request(1)
    gateway.pull_request(1)
    assert len(standin.called("POST", "access_tokens")) == 1
    monkeypatch.setattr(tokens, "_RENEW", 3_601.0)
    gateway.pull_request(1)
    assert len(standin.called("POST", "access_tokens")) == 2


def test_a_wrong_key_says_what_github_said(
    standin: StandIn, gateway: Gateway, pull: PullRequest
) -> None:
    """Refused for good, with GitHub's own words and without the key."""
    standin.app.public_key = rsa.generate_private_key(65537, 2048).public_key()
    with pytest.raises(GitHubRefused, match="JSON web token") as caught:
        gateway.pull_request(1)
    assert caught.value.status == 401
    assert "PRIVATE" not in repr(caught.value)


def test_the_key_and_tokens_are_in_no_repr(
    standin: StandIn, gateway: Gateway, pull: PullRequest
) -> None:
    """Neither the gateway nor what is in it shows a secret when it is printed."""
    gateway.pull_request(1)
    (token,) = standin.world.tokens
    inside = [gateway, *vars(gateway).values(), *vars(gateway._access).values()]
    for part in inside:
        assert "PRIVATE KEY" not in repr(part)
    assert token not in repr(gateway) + repr(gateway._access)


Act = Callable[[Gateway, str], Any]
READ: Act = lambda gateway, sha: gateway.pull_request(1)  # noqa: E731
DOWNLOAD: Act = lambda gateway, sha: gateway.file("tests/test_a.py", sha, 100)  # noqa: E731
WRITE: Act = lambda gateway, sha: gateway.create_check_run(sha, "x", "t", "s")  # noqa: E731
PATHS = {READ: "/pulls/1$", DOWNLOAD: "/contents/", WRITE: "/check-runs$"}


@pytest.mark.parametrize("act", [READ, DOWNLOAD])
@pytest.mark.parametrize("status", [502, 503, 504, 0])
def test_a_read_is_tried_again_a_few_times(
    standin: StandIn, gateway: Gateway, pull: PullRequest, act: Act, status: int
) -> None:
    """Three broken answers or lost connections are bridged; lasting ones are for later."""
    standin.fail_next("GET", PATHS[act], status=status, times=3)
    assert act(gateway, pull.head_sha)
    standin.fail_next("GET", PATHS[act], status=status, times=9)
    with pytest.raises(RetryLater) as caught:
        act(gateway, pull.head_sha)
    assert caught.value.seconds == 30
    assert len(standin.called("GET", PATHS[act])) == 8


@pytest.mark.parametrize("status", [500, 502, 503, 0])
@pytest.mark.parametrize("after_effect", [False, True])
def test_a_write_is_never_repeated_blindly(
    standin: StandIn, gateway: Gateway, pull: PullRequest, status: int, after_effect: bool
) -> None:
    """Nobody knows whether it was done: the step above has to look before it tries again."""
    standin.fail_next("POST", PATHS[WRITE], status=status, after_effect=after_effect)
    with pytest.raises(RetryLater):
        WRITE(gateway, pull.head_sha)
    assert len(standin.called("POST", PATHS[WRITE])) == 1
    assert len(standin.check_runs(pull.repository)) == int(after_effect)


LIMITS = [
    (403, {"Retry-After": "17"}, "You have exceeded a secondary rate limit.", 17),
    (429, {"Retry-After": "17"}, "slow down", 17),
    (429, {}, "slow down", 60),
    (403, {}, "You have exceeded a secondary rate limit and so on.", 60),
    (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "{reset}"}, "API rate limit", 120),
    (429, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "0"}, "API rate limit", 1),
    (403, {"Retry-After": "999999"}, "You have exceeded a secondary rate limit.", 3600),
]


@pytest.mark.parametrize(("status", "headers", "message", "seconds"), LIMITS)
@pytest.mark.parametrize("act", [READ, WRITE, DOWNLOAD])
def test_rate_limits_say_when_to_come_back(
    standin: StandIn,
    gateway: Gateway,
    pull: PullRequest,
    act: Act,
    status: int,
    headers: dict[str, str],
    message: str,
    seconds: float,
) -> None:
    """Retry-After, else the reset, else a minute; nothing is slept away in here."""
    told = {k: v.format(reset=int(time.time()) + 120) for k, v in headers.items()}
    method = "POST" if act is WRITE else "GET"
    standin.fail_next(method, PATHS[act], status=status, headers=told, message=message)
    begun = time.monotonic()
    with pytest.raises(RetryLater, match="rate limit") as caught:
        act(gateway, pull.head_sha)
    assert abs(caught.value.seconds - seconds) <= 2
    assert time.monotonic() - begun < 2
    assert len(standin.called(method, PATHS[act])) == 1


def test_a_limit_in_the_guise_of_a_422() -> None:
    """Review replies are limited with 422 and a code."""
    told = {"message": "Validation Failed", "errors": [{"resource": "x", "code": "abuse"}]}
    assert isinstance(meaning(GithubException(422, told, {})), RetryLater)
    limited = meaning(GithubException(422, {"message": "Validation Failed", "code": "abuse"}, {}))
    assert isinstance(limited, RetryLater)
    assert limited.seconds == 60


@pytest.mark.parametrize("data", ["<html>", ["a list"], None, {"errors": "no list"}])
def test_strange_answers_are_refusals(data: Any) -> None:
    """Whatever the body is, there is an error that can be shown."""
    assert str(meaning(GithubException(418, data, {}))).startswith("GitHub refused (418)")


def test_a_truncated_answer_is_for_later() -> None:
    """Half a JSON document is a broken connection by another name."""
    assert isinstance(meaning(requests.exceptions.ChunkedEncodingError()), RetryLater)
    assert isinstance(meaning(requests.exceptions.JSONDecodeError("x", "y", 0)), RetryLater)


def test_a_refusal_says_what_was_wrong(
    standin: StandIn, gateway: Gateway, pull: PullRequest
) -> None:
    """A comment outside the diff: the reason that GitHub gives is kept."""
    with pytest.raises(GitHubRefused, match="must be part of the diff") as caught:
        gateway.create_review(1, pull.head_sha, "b", [NewComment("tests/test_a.py", 9, 9, "c")])
    assert caught.value.status == 422
    again = GitHubRefused(*caught.value.args)
    assert str(again) == str(caught.value)


def test_a_missing_permission_is_named(
    standin: StandIn, gateway: Gateway, pull: PullRequest
) -> None:
    """403 answers carry the permission that would have done."""
    gateway.pull_request(1)
    for token in standin.world.tokens.values():
        token.permissions["checks"] = "read"
    with pytest.raises(GitHubRefused, match="it needs checks=write"):
        WRITE(gateway, pull.head_sha)


def test_permissions_that_were_not_granted_are_refused(
    standin: StandIn, repository: Repository, gateway: Gateway, pull: PullRequest
) -> None:
    """An installation that has not approved a permission yet: GitHub's words, and not Gone."""
    standin.installation(repository).permissions["checks"] = "read"
    with pytest.raises(GitHubRefused, match="not granted to this installation"):
        gateway.pull_request(1)


@pytest.mark.parametrize(
    "how", ["suspended", "uninstalled", "removed", "replaced", "no pull", "451"]
)
@pytest.mark.parametrize("late", [False, True])
def test_lost_access_is_gone(
    standin: StandIn, repository: Repository, pull: PullRequest, how: str, late: bool
) -> None:
    """Suspended, uninstalled, taken from the installation, replaced, blocked: before and during."""
    gateway = gateway_to(standin, repository)
    if late:
        gateway.pull_request(1)
    made = standin.installation(repository)
    if how == "suspended":
        standin.suspend(made)
    elif how == "uninstalled":
        standin.uninstall(made)
    elif how == "removed":
        standin.remove_repository(made, repository)
    elif how == "replaced":
        repository.id += 1
    elif how == "no pull":
        repository.pulls.clear()
    else:
        standin.fail_next("GET", "/pulls/1$", status=451, message="Repository access blocked")
    with pytest.raises(Gone):
        gateway.pull_request(1)


def test_a_renamed_repository_does_not_look_like_success(
    standin: StandIn, gateway: Gateway, pull: PullRequest
) -> None:
    """PyGithub takes the redirect of a write for its answer; we do not."""
    standin.fail_next("POST", "/check-runs$", status=307, message="Moved Permanently")
    with pytest.raises(GitHubRefused, match="has moved"):
        WRITE(gateway, pull.head_sha)


def test_github_enterprise_server_needs_its_url_only(standin: StandIn) -> None:
    """The same over http://host/api/v3, downloads and pages included."""
    prefixed: Any = DispatcherMiddleware(Response(status=404), {"/api/v3": standin.service})
    listener = Listener(prefixed)
    try:
        standin.world.api = f"{listener.url}/api/v3"
        repository = standin.repository("acme/gadgets")
        files = {f"tests/test_{n}.py": "x = 1\n" for n in range(120)}
        pull = standin.open_pull_request(repository, files)
        gateway = gateway_to(standin, repository, f"{listener.url}/api/v3")
        found = gateway.changed_files(1)[1]
        assert len(found) == 120
        assert gateway.blob(found[0].blob_sha, 100) == b"x = 1\n"
        run = gateway.create_check_run(pull.head_sha, "x", "t", "s")
        gateway.update_check_run(run, "t", "s", conclusion="success")
        assert gateway.own_user_id() == standin.app.bot.id
    finally:
        listener.close()


@pytest.mark.parametrize(
    ("errors", "expected"),
    [
        ([{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}], RetryLater),
        ([{"message": "Something went wrong while executing your query."}], RetryLater),
        ([{"message": "You have exceeded a secondary rate limit."}], RetryLater),
        ([{"type": "FORBIDDEN", "message": "Resource not accessible"}], GitHubRefused),
        ([{"type": "UNPROCESSABLE", "message": "no"}], GitHubRefused),
    ],
)
def test_graphql_s_errors_come_with_status_200(
    errors: list[dict[str, str]], expected: type[Exception]
) -> None:
    """A limit is for later, a refusal is one, a fault on their side is for later."""
    found = meaning_of_graphql({"Retry-After": "17"}, errors)
    assert isinstance(found, expected)
    if "RATE_LIMITED" in str(errors):
        assert isinstance(found, RetryLater)
        assert found.seconds == 17


def test_a_query_for_many_files_is_one_request(
    standin: StandIn, repository: Repository, gateway: Gateway
) -> None:
    """Those that are there, with their size; a folder, a gap and another owner's are not."""
    head = standin.push_base(repository, {"a.py": "x", "b/c.py": "yy", "é b.py": "z\n"})
    gateway.pull_requests_of(head)
    before = len(standin.requests)
    found = gateway.blobs_at(head, ["a.py", "b/c.py", "é b.py", "b", "gone.py"])
    assert {path: size for path, (_, size) in found.items()} == {
        "a.py": 1,
        "b/c.py": 2,
        "é b.py": 2,
    }
    assert gateway.blob(found["é b.py"][0], 10) == b"z\n"
    assert len(standin.requests) == before + 2
    assert gateway.blobs_at("refs/heads/no-such-branch", ["a.py"]) == {}
    assert gateway.blobs_at(head, []) == {}
