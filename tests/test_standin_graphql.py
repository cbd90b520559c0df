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
