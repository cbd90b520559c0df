"""What reviews want of GitHub, in our own words."""

import base64
import json
from collections.abc import Sequence
from typing import Any, Protocol, Self
from urllib.parse import quote

from github import Github
from github.Repository import Repository
from pydantic import SecretStr

from reviewer.github import shapes
from reviewer.github.access import Access
from reviewer.github.errors import GitHubRefused, Gone
from reviewer.model import ChangedFile, CheckRun, NewComment, PullRequest, ReviewComment, Target

CHECK = "secreview"
ANNOTATIONS = 50

_JSON = "application/vnd.github+json"
_RAW = "application/vnd.github.raw+json"
_FILES = frozenset({"100644", "100755"})  # neither links nor submodules
_user_ids: dict[tuple[str, int], int] = {}  # by host and App: it never changes


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


class Gateway:
    """GitHub as seen from one target. Every method raises RetryLater, Gone or GitHubRefused.

    Methods may be called from several threads.
    """

    def __init__(self, access: Access, target: Target) -> None:
        self._access = access
        self._target = target
        self._path = f"/repos/{quote(target.owner)}/{quote(target.name)}"

    @classmethod
    def for_target(cls, credentials: Credentials, target: Target) -> Self:
        """A gateway that can reach the target's repository and nothing else."""
        key = credentials.private_key.get_secret_value()
        access = Access(
            credentials.app_id, key, credentials.api_url, target.installation, target.repository
        )
        return cls(access, target)

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

    def changed_files(self, number: int) -> list[ChangedFile]:
        """What the pull request changes; GitHub lists 3,000 files at most."""

        def listed(github: Github) -> list[ChangedFile]:
            return [
                shapes.changed_file(file)
                for file in self._repository(github).get_pull(number).get_files()
            ]

        return self._access.call(listed)

    def blob(self, sha: str, limit: int) -> bytes:
        """The content of a blob; TooLarge where it has more than *limit* bytes."""
        room = limit * 3 // 2 + 4096  # base64 in lines, and what is around it
        body = self._access.download(f"{self._path}/git/blobs/{quote(sha)}", _JSON, room)
        return base64.b64decode(json.loads(body)["content"])

    def tree(self, commit: str, limit: int) -> dict[str, str]:
        """The files of a commit: path -> blob SHA, without links; TooLarge as above.

        GitHub lists 100,000 entries or 7 MB; of a larger tree it is the beginning.
        """
        where = f"{self._path}/git/trees/{quote(commit)}"
        listed = json.loads(self._access.download(where, _JSON, limit, recursive="1"))["tree"]
        return {entry["path"]: entry["sha"] for entry in listed if entry["mode"] in _FILES}

    def file(self, path: str, ref: str, limit: int) -> bytes | None:
        """The file at *path* in the commit *ref*, None if there is none; TooLarge as above."""
        try:
            where = f"{self._path}/contents/{quote(path)}"
            return self._access.download(where, _RAW, limit, ref=ref)
        except GitHubRefused as refused:
            if refused.status == 404:
                return None
            raise

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
    ) -> None:
        """Rewrite a check run and add up to 50 annotations; a *conclusion* completes it."""
        assert len(annotations) <= ANNOTATIONS
        output: dict[str, Any] = {"title": title, "summary": summary}
        if annotations:
            output["annotations"] = list(annotations)
        ending = {"status": "completed", "conclusion": conclusion} if conclusion else {}
        self._write("PATCH", f"/check-runs/{run}", output=output, **ending)

    def review_comments(self, number: int) -> list[ReviewComment]:
        """All comments on lines of the pull request, oldest first."""

        def listed(github: Github) -> list[ReviewComment]:
            return [
                shapes.review_comment(comment)
                for comment in self._repository(github).get_pull(number).get_review_comments()
            ]

        return self._access.call(listed)

    def create_review(
        self, number: int, head_sha: str, body: str, comments: Sequence[NewComment]
    ) -> int:
        """Post one review with all its comments, on the commit that was looked at; its id."""
        review = self._write(
            "POST",
            f"/pulls/{number}/reviews",
            commit_id=head_sha,
            event="COMMENT",
            body=body,
            comments=[shapes.comment(comment) for comment in comments],
        )
        return int(review["id"])

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
        self._write("POST", f"/issues/comments/{comment_id}/reactions", content=content)

    def own_user_id(self) -> int:
        """The id of the account in whose name the App comments."""
        known = (self._access.api_url, self._access.app_id)
        if known not in _user_ids:
            login = f"{self._access.as_app('GET', '/app')['slug']}[bot]"
            _user_ids[known] = self._access.call(lambda github: github.get_user(login).id)
        return _user_ids[known]

    def _repository(self, github: Github) -> Repository:
        return github.get_repo(self._target.full_name)

    def _write(self, verb: str, path: str, **body: Any) -> dict[str, Any]:
        def send(github: Github) -> dict[str, Any]:
            answer: dict[str, Any]
            _, answer = github.requester.requestJsonAndCheck(verb, self._path + path, input=body)
            return answer

        answer = self._access.call(send, write=True)
        if (
            "id" not in answer
        ):  # PyGithub takes a redirect, as of a renamed repository, for success.
            raise GitHubRefused(307, f"{self._target.full_name} has moved")
        return answer
