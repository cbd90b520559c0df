"""PyGithub's objects -> our words, and back."""

from typing import Any

from github.CheckRun import CheckRun as TheirCheckRun
from github.PullRequest import PullRequest as TheirPullRequest

from reviewer.model import (
    ChangedFile,
    CheckRun,
    FileStatus,
    NewComment,
    PullRequest,
    ReviewComment,
)

_GHOST = "ghost"


def pull_request(pull: TheirPullRequest) -> tuple[PullRequest, int]:
    """The pull request and the id of the repository it is to be merged into."""
    found = PullRequest(
        number=pull.number,
        author=pull.user.login if pull.user else _GHOST,
        state=pull.state,
        draft=pull.draft,
        head_sha=pull.head.sha,
        base_sha=pull.base.sha,
        base_ref=pull.base.ref,
        changed_files=pull.changed_files,
        html_url=pull.html_url,
    )
    return found, pull.base.repo.id


def comment(new: NewComment) -> dict[str, Any]:
    """A comment of a new review, as GitHub wants it."""
    start = {"start_line": new.line, "start_side": "RIGHT"}
    return {
        "path": new.path,
        "body": new.body,
        "line": new.end_line,
        "side": "RIGHT",
        **(start if new.line < new.end_line else {}),
    }


def changed_file(file: dict[str, Any]) -> ChangedFile:
    """One entry of a list of changed files."""
    return ChangedFile(
        path=file["filename"],
        previous_path=file.get("previous_filename"),
        status=FileStatus(file["status"]),
        blob_sha=file["sha"] or "",
        patch=file.get("patch"),
        changes=file.get("changes"),
    )


def check_run(run: TheirCheckRun) -> CheckRun:
    """A check run, without its texts."""
    return CheckRun(
        id=run.id,
        external_id=run.external_id or "",
        conclusion=run.conclusion or "",
        title=run.output.title or "",
        annotations=run.output.annotations_count,
    )


def review_comment(found: dict[str, Any]) -> ReviewComment:
    """A comment on a line, whoever made it."""
    return ReviewComment(
        id=found["id"],
        author_id=(found["user"] or {}).get("id", 0),
        path=found["path"],
        commit_sha=found["original_commit_id"],
        outdated=found.get("line") is None,
        body=found["body"],
        in_reply_to=found.get("in_reply_to_id") or 0,
    )
