"""What reviews want of GitHub, in our own words."""

import re
from collections.abc import Iterator, Mapping, Sequence
from threading import Lock
from typing import Any, Protocol, Self
from urllib.parse import quote

from cachetools import TTLCache
from github import Github
from github.Repository import Repository
from pydantic import SecretStr

from reviewer.github import shapes
from reviewer.github.access import Access, signing
from reviewer.github.errors import GitHubRefused, Gone
from reviewer.github.gate import Gates, no_gates
from reviewer.github.sources import Sources
from reviewer.github.tokens import Grant
from reviewer.model import (
    ChangedFile,
    CheckRun,
    NewComment,
    PullRequest,
    ReviewComment,
    Target,
    Thread,
)

CHECK = "secreview"
ANNOTATIONS = 50

_REF_OF_URL = re.compile(r"[?&]ref=([0-9a-f]{40,64})\b")
_lock = Lock()
_user_ids: TTLCache[tuple[str, int], int] = TTLCache(1_000, 300)  # by host and App


class Credentials(Protocol):
    """What the gateway needs of the settings."""

    @property
    def app_id(self) -> int:
        """The App's id."""

    @property
    def private_key(self) -> SecretStr:
        """The App's private key, PEM."""

    @property
    def api_url(self) -> str:
        """GitHub's API, without a slash at the end."""


class Gateway(Sources):
    """GitHub as seen from one target. Every method raises RetryLater, Gone or GitHubRefused.

    Methods may be called from several threads.
    """

    @classmethod
    def for_target(cls, credentials: Credentials, target: Target, gates: Gates = no_gates) -> Self:
        """A gateway that can reach the target's repository and nothing else."""
        app = signing(credentials.app_id, credentials.private_key.get_secret_value())
        grant = Grant.for_review(target.installation, target.repository)
        return cls(Access(app, credentials.api_url, grant, gates), target)

    def pull_request(self, number: int) -> PullRequest:
        """The pull request as it is now; Gone where it cannot be seen any more."""
        try:
            found, repository = self._access.call(
                lambda github: shapes.pull_request(self._repository(github).get_pull(number))
            )
        except GitHubRefused as refused:
            if refused.status == 404:
                raise Gone(f"{self._target.full_name}#{number} is not there") from refused
            raise
        if repository != self._target.repository:
            raise Gone(f"{self._target.full_name} is another repository now")
        return found

    def pull_requests_of(self, head_sha: str) -> list[PullRequest]:
        """The repository's pull requests, of whatever state, whose head is *head_sha* now."""

        def find(github: Github) -> list[PullRequest]:
            repository = self._repository(github)
            # For a fork's commit the first list may be empty: then look through all open ones.
            for listed in (repository.get_commit(head_sha).get_pulls(), repository.get_pulls()):
                found = [shapes.pull_request(p) for p in listed if p.head.sha == head_sha]
                ours = [pull for pull, base in found if base == self._target.repository]
                if ours:
                    return ours
            return []

        return self._access.call(find)

    def changed_files(self, number: int) -> tuple[str, list[ChangedFile]]:
        """The head SHA that the pull request has now, and what it changes.

        GitHub lists 3,000 files at most. The SHA is "" where no file says it.
        """
        listed = list(self._access.pages(f"{self._path}/pulls/{number}/files"))
        # A head that moves while pages are read shows as two of them.
        heads = {m[1] for file in listed if (m := _REF_OF_URL.search(file["contents_url"]))}
        return "|".join(sorted(heads)), [shapes.changed_file(file) for file in listed]

    def check_runs(self, head_sha: str) -> list[CheckRun]:
        """Our check runs on a commit, newest first."""

        def listed(github: Github) -> list[CheckRun]:
            runs = (
                self._repository(github)
                .get_commit(head_sha)
                .get_check_runs(check_name=CHECK, filter="all")
            )
            return [shapes.check_run(run) for run in runs if run.app.id == self._access.app_id]

        return sorted(self._access.call(listed), key=lambda run: -run.id)

    def create_check_run(self, head_sha: str, external_id: str, title: str, summary: str) -> int:
        """Put a check run in progress on a commit; its id."""
        run = self._write(
            "POST",
            "/check-runs",
            name=CHECK,
            head_sha=head_sha,
            external_id=external_id,
            status="in_progress",
            output={"title": title, "summary": summary},
        )
        return int(run["id"])

    def update_check_run(
        self,
        run: int,
        title: str,
        summary: str,
        *,
        annotations: Sequence[dict[str, Any]] = (),
        conclusion: str = "",
        actions: Sequence[Mapping[str, str]] = (),
    ) -> None:
        """Rewrite a check run and add up to 50 annotations; a *conclusion* completes it.

        The *actions* are the buttons that a completed run gets.
        """
        assert len(annotations) <= ANNOTATIONS
        output: dict[str, Any] = {"title": title, "summary": summary}
        if annotations:
            output["annotations"] = list(annotations)
        ending: dict[str, Any] = {}
        if conclusion:
            ending = {"status": "completed", "conclusion": conclusion, "actions": list(actions)}
        self._write("PATCH", f"/check-runs/{run}", output=output, **ending)

    def review_comments(self, number: int) -> list[ReviewComment]:
        """All comments on lines of the pull request, oldest first."""
        listed = self._access.pages(f"{self._path}/pulls/{number}/comments")
        return [shapes.review_comment(comment) for comment in listed]

    def create_review(
        self, number: int, head_sha: str, body: str, comments: Sequence[NewComment]
    ) -> int:
        """Post one review with all its comments, on the commit that was looked at; its id."""
        review = self._create(
            "POST",
            f"/pulls/{number}/reviews",
            commit_id=head_sha,
            event="COMMENT",
            body=body,
            comments=[shapes.comment(comment) for comment in comments],
        )
        return int(review["id"])

    def edit_review_comment(self, comment: int, body: str) -> None:
        """Rewrite one of our inline comments."""
        self._create("PATCH", f"/pulls/comments/{comment}", body=body)

    def comments(self, number: int) -> Iterator[tuple[int, str]]:
        """The conversation of the pull request, oldest first: author's id and text."""
        for comment in self._access.pages(f"{self._path}/issues/{number}/comments"):
            yield (comment["user"] or {}).get("id", 0), comment["body"] or ""

    def reply(self, number: int, body: str) -> None:
        """Post a comment in the conversation of the pull request."""
        self._create("POST", f"/issues/{number}/comments", body=body)

    def threads(self, number: int) -> dict[int, Thread]:
        """The threads of inline comments, by the id of their first comment."""
        found: dict[int, Thread] = {}
        after: str | None = None
        while True:
            where = {"owner": self._target.owner, "name": self._target.name, "number": number}
            data = self._access.graphql(_THREADS, {**where, "after": after})
            page = data["repository"]["pullRequest"]["reviewThreads"]
            viewer = data["viewer"]["login"]
            for thread in page["nodes"]:
                for comment in thread["comments"]["nodes"]:
                    by = (thread["resolvedBy"] or {}).get("login")
                    ours = by in (viewer, viewer.removesuffix("[bot]"))
                    found[comment["databaseId"]] = Thread(
                        thread["id"], thread["isResolved"], thread["isResolved"] and not ours
                    )
            if not page["pageInfo"]["hasNextPage"]:
                return found
            after = page["pageInfo"]["endCursor"]

    def resolve_thread(self, thread: str) -> None:
        """Resolve a thread; GitHubRefused where contents: write is not granted.

        GitHub wants that permission for it, which no review asks for: a token of its own has it.
        """
        repositories = {"repository_ids": [self._target.repository]}
        grant = Grant(self._target.installation, repositories, _RESOLVING)
        self._access.narrowed(grant).graphql(_RESOLVE, {"thread": thread}, paced=True)

    def permission(self, login: str) -> str:
        """What *login* may do in the repository: admin, write, read or none."""
        try:
            return self._access.call(
                lambda github: self._repository(github).get_collaborator_permission(login)
            )
        except GitHubRefused as refused:
            if refused.status == 404:
                return "none"
            raise

    def react(self, comment_id: int, content: str) -> None:
        """Put a reaction under a comment in the conversation; the same again changes nothing."""
        self._create("POST", f"/issues/comments/{comment_id}/reactions", content=content)

    def own_user_id(self) -> int:
        """The id of the account in whose name the App comments."""
        ours = (self._access.api_url, self._access.app_id)
        with _lock:
            known = _user_ids.get(ours)
        if known is None:
            login = f"{self._access.as_app('GET', '/app')['slug']}[bot]"
            known = int(self._json("GET", f"/users/{quote(login)}")["id"])
            with _lock:
                _user_ids[ours] = known
        return known

    def _repository(self, github: Github) -> Repository:
        return github.get_repo(self._target.full_name)

    def _create(self, verb: str, path: str, **body: Any) -> dict[str, Any]:
        """Make or edit what people see: at the pace that GitHub wants."""
        return self._write(verb, path, paced=True, **body)

    def _write(self, verb: str, path: str, *, paced: bool = False, **body: Any) -> dict[str, Any]:
        def send(github: Github) -> dict[str, Any]:
            answer: dict[str, Any]
            _, answer = github.requester.requestJsonAndCheck(verb, self._path + path, input=body)
            return answer

        answer = self._access.call(send, write=True, paced=paced)
        if (
            "id" not in answer
        ):  # PyGithub takes a redirect, as of a renamed repository, for success.
            raise GitHubRefused(307, f"{self._target.full_name} has moved")
        return answer


_RESOLVING = {"contents": "write", "pull_requests": "write"}
_THREADS = """
query($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) { pullRequest(number: $number) {
    reviewThreads(first: 100, after: $after) {
      pageInfo { hasNextPage endCursor }
      nodes { id isResolved resolvedBy { login } comments(first: 1) { nodes { databaseId } } }
    } } }
  viewer { login }
}"""
_RESOLVE = """
mutation($thread: ID!) { resolveReviewThread(input: {threadId: $thread}) { thread { id } } }"""
