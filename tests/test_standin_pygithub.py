"""PyGithub, which the gateway is built on, works against the stand-in."""

import base64
from collections.abc import Iterator

import pytest
from github import Auth, Github, GithubException, GithubIntegration

from tests.standin import StandIn
from tests.standin.fixtures import standin
from tests.standin.state import PullRequest

__all__ = ["standin"]


@pytest.fixture
def pull(standin: StandIn) -> PullRequest:
    """Return a pull request that changes one file and adds one."""
    repository = standin.repository("acme/rocket", {"test_a.py": "a = 1\n"})
    return standin.open_pull_request(
        repository, {"test_a.py": "a = 2\n", "test_b.py": "b = 1\n"}, author="dev"
    )


@pytest.fixture
def github(standin: StandIn, pull: PullRequest) -> Iterator[Github]:
    """Return PyGithub as an installation, found and authenticated by its own means."""
    auth = Auth.AppAuth(standin.app.id, standin.app.private_key)
    pace = {"seconds_between_requests": 0, "seconds_between_writes": 0}
    integration = GithubIntegration(auth=auth, base_url=standin.url, retry=None, **pace)
    made = integration.get_repo_installation("acme", "rocket")
    token = auth.get_installation_auth(made.id, {"checks": "write", "contents": "read",
                                                 "pull_requests": "write"})  # fmt: skip
    client = Github(auth=token, base_url=standin.url, retry=None, **pace)
    yield client
    client.close()
    integration.close()


def test_reading_a_pull_request(github: Github, pull: PullRequest) -> None:
    """Pull request, files, blobs, contents and commits."""
    repository = github.get_repo("acme/rocket")
    found = repository.get_pull(1)
    assert (found.head.sha, found.user.login, found.changed_files) == (pull.head_sha, "dev", 2)
    files = list(found.get_files())
    assert [(file.filename, file.status) for file in files] == [
        ("test_a.py", "modified"),
        ("test_b.py", "added"),
    ]
    blob = repository.get_git_blob(files[1].sha)
    assert base64.b64decode(blob.content) == b"b = 1\n"
    content = repository.get_contents("test_a.py", ref=found.base.sha)
    assert content.decoded_content == b"a = 1\n"
    assert [each.number for each in repository.get_commit(pull.head_sha).get_pulls()] == [1]


def test_a_check_run(github: Github, pull: PullRequest) -> None:
    """Create, find by name, annotate, conclude."""
    repository = github.get_repo("acme/rocket")
    run = repository.create_check_run(
        "secreview", pull.head_sha, status="in_progress", external_id="x"
    )
    note = {"path": "test_a.py", "start_line": 1, "end_line": 1, "annotation_level": "notice"}
    report = {"title": "t", "summary": "s", "annotations": [note | {"message": "m"}]}
    run.edit(output=report, status="completed", conclusion="failure")
    found = list(repository.get_commit(pull.head_sha).get_check_runs(check_name="secreview"))
    assert [(each.id, each.conclusion) for each in found] == [(run.id, "failure")]
    assert [each.message for each in found[0].get_annotations()] == ["m"]


def test_a_review(standin: StandIn, github: Github, pull: PullRequest) -> None:
    """A good one is posted; one beside the diff raises and posts nothing."""
    standin.strict_pace = False
    repository = github.get_repo("acme/rocket")
    found, commit = repository.get_pull(1), repository.get_commit(pull.head_sha)

    def post(line: int) -> None:
        comment = {"path": "test_b.py", "line": line, "side": "RIGHT", "body": "Hm."}
        found.create_review(commit=commit, body="Look.", event="COMMENT", comments=[comment])

    with pytest.raises(GithubException) as refusal:
        post(2)
    assert refusal.value.status == 422
    post(1)
    assert [(each.line, each.body) for each in found.get_review_comments()] == [(1, "Hm.")]


def test_comments_reactions_permissions(
    standin: StandIn, github: Github, pull: PullRequest
) -> None:
    """What a command needs: who asked, may they, and the reaction."""
    made = standin.comment(pull, "dev", "/secreview")
    repository = github.get_repo("acme/rocket")
    standin.permit(pull.repository, "dev", "maintain")
    assert repository.get_collaborator_permission("dev") == "write"
    comment = repository.get_pull(1).get_issue_comment(made.id)
    comment.create_reaction("eyes")
    assert [each.user.login for each in comment.get_reactions()] == ["secreview[bot]"]
    assert github.get_user("secreview[bot]").id == standin.app.bot.id


def test_object_ids_by_graphql(github: Github, pull: PullRequest) -> None:
    """PyGithub finds the endpoint beside the REST root."""
    query = """query($e: String!) { repository(owner: "acme", name: "rocket") {
      a0: object(expression: $e) { oid } } }"""
    expression = f"{pull.head_sha}:test_b.py"
    _, told = github.requester.graphql_query(query, {"e": expression})
    expected = pull.repository.store.commits[pull.head_sha].files["test_b.py"]
    assert told["data"]["repository"]["a0"]["oid"] == expected
