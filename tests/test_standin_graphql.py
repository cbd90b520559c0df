"""The stand-in's GraphQL: blobs by expression, threads, refusals with status 200."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.standin import StandIn
from tests.standin.client import Client
from tests.standin.fixtures import standin
from tests.standin.objects import object_id
from tests.standin.query import Document
from tests.standin.state import PullRequest

__all__ = ["standin"]
THREADS = """
query($n: Int!) { repository(owner: "acme", name: "rocket") { pullRequest(number: $n) {
  reviewThreads(first: 1) {
    nodes { id isResolved viewerCanResolve comments(first: 5) { nodes { databaseId body } } }
    pageInfo { hasNextPage endCursor } } } } }
"""
RESOLVE = """
mutation($t: ID!) {
  resolveReviewThread(input: {threadId: $t}) { thread { id isResolved } } }
"""


@pytest.fixture
def pull(standin: StandIn) -> PullRequest:
    """Return a pull request with two comments on lines."""
    repository = standin.repository("acme/rocket", {"bin": b"\0"})
    return standin.open_pull_request(repository, {"a.py": "a = 1\nb = 2\n"})


@pytest.fixture
def client(standin: StandIn, pull: PullRequest) -> Client:
    """Return a client with what the App is installed with."""
    made = standin.client(pull.repository)
    comments = [{"path": "a.py", "line": line, "body": "Hm."} for line in (1, 2)]
    path = "/repos/acme/rocket/pulls/1/reviews"
    made.post(path, event="COMMENT", body="Look.", comments=comments)
    return made


def ask(client: Client, query: str, **variables: Any) -> dict[str, Any]:
    """Return the answer, which is always 200."""
    answer = client.post("/graphql", query=query, variables=variables)
    assert answer.status_code == 200
    told: dict[str, Any] = answer.json()
    return told


def test_object_ids_of_many_files(pull: PullRequest, client: Client) -> None:
    """One query, one alias a file; a missing one is null."""
    sha = pull.head_sha
    query = f"""{{ repository(owner: "acme", name: "rocket") {{
      a0: object(expression: "{sha}:a.py") {{ oid ... on Blob {{ byteSize text isTruncated }} }}
      a1: object(expression: "{sha}:bin") {{ ... on Blob {{ isBinary text }} }}
      a2: object(expression: "{sha}:none.py") {{ oid }} }} }}"""
    told = ask(client, query)["data"]["repository"]
    content = "a = 1\nb = 2\n"
    oid = object_id("blob", content.encode())
    assert told == {
        "a0": {"oid": oid, "byteSize": 12, "text": content, "isTruncated": False},
        "a1": {"isBinary": True, "text": None},
        "a2": None,
    }


def test_resolving_needs_contents_write(standin: StandIn, client: Client) -> None:
    """Without it: 200, FORBIDDEN, no data, and ``viewerCanResolve`` said so before."""
    told = ask(client, THREADS, n=1)["data"]["repository"]["pullRequest"]["reviewThreads"]
    first = told["nodes"][0]
    assert (first["isResolved"], first["viewerCanResolve"]) == (False, False)
    assert told["pageInfo"]["hasNextPage"] is True
    assert [comment["body"] for comment in first["comments"]["nodes"]] == ["Hm."]
    refused = ask(client, RESOLVE, t=first["id"])
    assert refused["errors"][0]["type"] == "FORBIDDEN"
    assert refused["data"] == {"resolveReviewThread": None}


def test_resolving_with_contents_write(standin: StandIn, pull: PullRequest, client: Client) -> None:
    """The thread is resolved and says so."""
    strong = standin.client(pull.repository, contents="write", pull_requests="write")
    thread = f"PRRT_{pull.review_comments[0].id}"
    assert ask(strong, RESOLVE, t=thread)["data"]["resolveReviewThread"]["thread"]["isResolved"]
    assert ask(strong, RESOLVE, t="PRRT_1")["errors"][0]["type"] == "NOT_FOUND"


def test_a_repository_out_of_reach_is_not_found(standin: StandIn, client: Client) -> None:
    """Another repository's name gives null and an error."""
    standin.repository("acme/other")
    told = ask(client, '{ repository(owner: "acme", name: "other") { id } }')
    assert (told["data"], told["errors"][0]["type"]) == ({"repository": None}, "NOT_FOUND")


@pytest.mark.parametrize(
    "query",
    [
        '{ repository(owner: "acme", name: "rocket") { stargazerCount } }',
        '{ repository(owner: "acme", name: "rocket", followRenames: false) { id } }',
        '{ repository(owner: "acme", name: "rocket") }',
        "subscription { x }",
        "{ viewer { login } } query Other { viewer { login } }",
        "{ viewer { ...Named } }",
        "{ viewer",
        "{ viewer { login ? } }",
    ],
)
def test_unknown_graphql_is_a_violation(standin: StandIn, client: Client, query: str) -> None:
    """501 for a field, an argument or a form that the stand-in does not know."""
    assert client.post("/graphql", query=query).status_code == 501
    assert len(standin.violations) == 1
    standin.violations.clear()


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_strings_come_through(text: str) -> None:
    """What was quoted is what the argument is."""
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    document = Document(f'{{ object(expression: "{quoted}") {{ oid }} }}', {})
    assert document.selections[0].arguments == {"expression": text}


CONVERSATION = """
query($after: String) { repository(owner: "acme", name: "rocket") { pullRequest(number: 1) {
  reviewThreads(first: 1, after: $after) {
    nodes { id isResolved resolvedBy { login } viewerCanResolve viewerCanUnresolve
            comments(first: 5) { nodes { databaseId author { login } } } }
    pageInfo { hasNextPage endCursor } } } } viewer { login } }
"""
UNRESOLVE = RESOLVE.replace("resolveReviewThread", "unresolveReviewThread")


def threads_of(client: Client) -> list[dict[str, Any]]:
    """Return all threads, read in pages of one."""
    found: list[dict[str, Any]] = []
    after = None
    while True:
        told = ask(client, CONVERSATION, after=after)["data"]["repository"]["pullRequest"]
        found += told["reviewThreads"]["nodes"]
        page = told["reviewThreads"]["pageInfo"]
        if not page["hasNextPage"]:
            return found
        after = page["endCursor"]


def test_threads_say_who_spoke_and_who_settled(
    standin: StandIn, pull: PullRequest, client: Client
) -> None:
    """A bot is its bare slug among authors, ``slug[bot]`` as the viewer."""
    first, second = pull.review_comments
    human = standin.reply(pull, first, "dev", "Why?")
    standin.resolve(pull, human, "mira")
    standin.resolve(pull, second, "secreview[bot]")
    one, two = threads_of(client)
    authors = [(c["databaseId"], c["author"]["login"]) for c in one["comments"]["nodes"]]
    assert authors == [(first.id, "secreview"), (human.id, "dev")]
    assert (one["isResolved"], one["resolvedBy"]) == (True, {"login": "mira"})
    assert two["resolvedBy"] == {"login": "secreview"}
    assert ask(client, "{ viewer { login } }")["data"]["viewer"]["login"] == "secreview[bot]"
    standin.unresolve(pull, first)
    assert [each["isResolved"] for each in threads_of(client)] == [False, True]


def test_unresolving_needs_contents_write_too(pull: PullRequest, client: Client) -> None:
    """Refused as resolving is: 200, FORBIDDEN, nothing changed."""
    opening = pull.review_comments[0]
    pull.resolved[opening.id] = opening.user
    refused = ask(client, UNRESOLVE, t=f"PRRT_{opening.id}")
    assert refused["errors"][0]["type"] == "FORBIDDEN"
    assert refused["data"] == {"unresolveReviewThread": None}
    assert list(pull.resolved) == [opening.id]


def test_threads_are_settled_and_opened(standin: StandIn, pull: PullRequest) -> None:
    """``viewerCanResolve`` and ``viewerCanUnresolve`` take turns; a person's word stays theirs."""
    standin.client(pull.repository).post(
        "/repos/acme/rocket/pulls/1/reviews",
        event="COMMENT",
        body="Look.",
        comments=[{"path": "a.py", "line": 1, "body": "Hm."}],
    )
    strong = standin.client(pull.repository, contents="write", pull_requests="write")
    thread = f"PRRT_{pull.review_comments[0].id}"

    def can() -> tuple[bool, bool]:
        (told,) = threads_of(strong)
        return told["viewerCanResolve"], told["viewerCanUnresolve"]

    assert can() == (True, False)
    ask(strong, RESOLVE, t=thread)
    assert can() == (False, True)
    ask(strong, UNRESOLVE, t=thread)
    assert can() == (True, False)
    standin.resolve(pull, pull.review_comments[0], "mira")
    ask(strong, RESOLVE, t=thread)
    assert [each.login for each in pull.resolved.values()] == ["mira"]


def test_a_thread_in_a_repository_out_of_reach_is_not_there(
    standin: StandIn, pull: PullRequest, client: Client
) -> None:
    """The same installation, but a token for another repository only; a reply is no thread."""
    other = standin.repository("acme/other")
    narrow = standin.client(other, contents="write", pull_requests="write")
    first = pull.review_comments[0]
    assert ask(narrow, RESOLVE, t=f"PRRT_{first.id}")["errors"][0]["type"] == "NOT_FOUND"
    wide = standin.client(pull.repository, contents="write", pull_requests="write")
    answer = standin.reply(pull, first, "dev", "Why?")
    for name in (f"PRRT_{answer.id}", str(first.id), "PRRT_"):
        assert ask(wide, RESOLVE, t=name)["errors"][0]["type"] == "NOT_FOUND"
    assert pull.resolved == {}


def test_the_organisations_repository_needs_a_token_of_its_own(
    standin: StandIn, pull: PullRequest
) -> None:
    """One query for both: what the token does not reach is null, the other is answered."""
    shared = standin.repository("acme/.github", {"secreview.yml": "profile: strict\n"})
    query = """{
      own: repository(owner: "acme", name: "rocket") {
        object(expression: "HEAD:bin") { ... on Blob { oid } } }
      shared: repository(owner: "acme", name: ".github") {
        object(expression: "HEAD:secreview.yml") { ... on Blob { text } } } }"""
    told = ask(standin.client(pull.repository), query)
    assert told["data"] == {"own": {"object": {"oid": object_id("blob", b"\0")}}, "shared": None}
    assert [(e["type"], e["path"]) for e in told["errors"]] == [("NOT_FOUND", ["shared"])]
    told = ask(standin.client(shared), query)
    assert told["data"] == {"own": None, "shared": {"object": {"text": "profile: strict\n"}}}


def test_objects_that_are_no_blobs(standin: StandIn) -> None:
    """A folder is a tree, a ref alone a commit; neither has anything of a blob's."""
    repository = standin.repository("acme/rocket", {"tests/unit/a.py": "a\n"})
    head = repository.branches["main"]
    query = """{ repository(owner: "acme", name: "rocket") {
      folder: object(expression: "main:tests/unit") { __typename ... on Blob { text } }
      root: object(expression: "main:") { __typename oid }
      commit: object(expression: "refs/heads/main") { __typename oid }
      none: object(expression: "nope:tests") { oid } } }"""
    told = ask(standin.client(repository), query)["data"]["repository"]
    assert told == {
        "folder": {"__typename": "Tree"},
        "root": {"__typename": "Tree", "oid": repository.store.commits[head].tree},
        "commit": {"__typename": "Commit", "oid": head},
        "none": None,
    }


def test_a_long_blob_is_cut_and_says_so(standin: StandIn) -> None:
    """``byteSize`` is the whole; ``text`` is the beginning."""
    repository = standin.repository("acme/rocket", {"big.py": "x = 1\n" * 100_000})
    query = """{ repository(owner: "acme", name: "rocket") { object(expression: "main:big.py") {
      ... on Blob { byteSize isTruncated text } } } }"""
    told = ask(standin.client(repository), query)["data"]["repository"]["object"]
    assert (told["byteSize"], told["isTruncated"], len(told["text"])) == (600_000, True, 512_000)


def test_limits_come_with_status_200(standin: StandIn, client: Client) -> None:
    """The primary one by itself, any other on demand."""
    standin.fail_next("POST", "/graphql", status=200, body={"errors": [{"type": "TIMEOUT"}]})
    assert ask(client, "{ viewer { login } }") == {"errors": [{"type": "TIMEOUT"}]}
    rate = standin.world.rate(standin.installation(standin.world.repositories["acme/rocket"]).id)
    rate.limit = rate.used
    answer = client.post("/graphql", query="{ viewer { login } }")
    assert (answer.status_code, answer.headers["X-RateLimit-Remaining"]) == (200, "0")
    (error,) = answer.json()["errors"]
    assert error["type"] == "RATE_LIMITED"
    assert "data" not in answer.json()
