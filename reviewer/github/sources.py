"""What commits hold: blobs, trees, files and what differs between two of them."""

import base64
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from threading import Lock
from typing import Any
from urllib.parse import quote

from cachetools import LRUCache
from github import Github

from reviewer.github import shapes
from reviewer.github.access import Access
from reviewer.github.errors import GitHubRefused, Gone, TooLarge
from reviewer.github.tokens import Grant
from reviewer.limits import MIB
from reviewer.model import ChangedFile, FileStatus, Target

_JSON = "application/vnd.github+json"
_RAW = "application/vnd.github.raw+json"
_FILES = frozenset({"100644", "100755"})  # neither links nor submodules
_COMPARED = 300  # GitHub's comparison of two commits lists no more files
_ORGANISATION = ".github"

_lock = Lock()
# By host, repository and SHA, whose content never changes. A SHA alone would let one repository
# ask for the blob of another: a submodule may have any.
_blobs: LRUCache[tuple[str, int, str], bytes] = LRUCache(64 * MIB, getsizeof=len)


class Sources:
    """The contents of a target's repository. Every method raises RetryLater, Gone, GitHubRefused.

    Methods may be called from several threads.
    """

    def __init__(self, access: Access, target: Target) -> None:
        self._access = access
        self._target = target
        self._path = f"/repos/{quote(target.owner)}/{quote(target.name)}"

    @property
    def owner(self) -> str:
        """The login of the account that owns the repository."""
        return self._target.owner

    @property
    def is_owners(self) -> bool:
        """Whether this is itself the owner's repository ".github"."""
        return self._target.name.lower() == _ORGANISATION

    @property
    def identity(self) -> tuple[str, int, str]:
        """What is the same for all repositories of an owner: host, App, owner."""
        return self._access.api_url, self._access.app_id, self._target.owner.lower()

    @property
    def requests(self) -> int:
        """How many requests were made so far."""
        return self._access.requests

    def page_of(self, sha: str) -> str:
        """The address of a commit's page."""
        return f"{self._access.web_url}/{self._target.full_name}/commit/{sha}"

    def blob(self, sha: str, limit: int) -> bytes:
        """The content of a blob; TooLarge where it has more than *limit* bytes."""
        key = (self._access.api_url, self._target.repository, sha)
        with _lock:
            known = _blobs.get(key)
        if known is None:
            room = limit * 3 // 2 + 4096  # base64 in lines, and what is around it
            body = self._access.download(f"{self._path}/git/blobs/{quote(sha)}", _JSON, room)
            known = base64.b64decode(json.loads(body)["content"])
            with _lock:
                _blobs[key] = known
        if len(known) > limit:
            raise TooLarge(sha)
        return known

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

    def blobs_at(
        self, ref: str, paths: Sequence[str], *, of_owner: bool = False
    ) -> dict[str, tuple[str, int]]:
        """Those of *paths* that are files at *ref*: path -> blob SHA, size in bytes.

        One request for all. Asked ``of_owner``, it is about the owner's repository ".github",
        which has none where we are not let in.
        """
        if not paths:
            return {}
        name = _ORGANISATION if of_owner else self._target.name
        access = self._owners if of_owner else self._access
        asked = {f"e{n}": f"{ref}:{path}" for n, path in enumerate(paths)}
        try:
            asking = {"owner": self._target.owner, "name": name, **asked}
            data = access.graphql(_objects(asked), asking)
        except (GitHubRefused, Gone):
            if of_owner:
                return {}
            raise
        found = data.get("repository") or {}
        return {
            path: (blob["oid"], int(blob["byteSize"]))
            for path, alias in zip(paths, asked, strict=True)
            if (blob := found.get(alias)) and blob.get("oid")
        }

    def owners_blob(self, sha: str, limit: int) -> bytes:
        """A blob of the owner's repository ".github"; TooLarge as above."""
        there = Target(0, 0, self._target.owner, _ORGANISATION, 0)
        return Sources(self._owners, there).blob(sha, limit)

    def compared(self, base_sha: str, head_sha: str) -> tuple[str, list[ChangedFile]]:
        """The merge base of two commits, and what the second one changes against it."""
        where = f"{self._path}/compare/{quote(base_sha)}...{quote(head_sha)}"
        found = self._json("GET", where)
        merge_base, listed = found["merge_base_commit"]["sha"], found["files"]
        if len(listed) >= _COMPARED:
            return merge_base, self._changed_trees(merge_base, head_sha)
        return merge_base, [shapes.changed_file(file) for file in listed]

    def parent(self, sha: str) -> str:
        """The first parent of a commit."""
        parents = self._json("GET", f"{self._path}/commits/{quote(sha)}")["parents"]
        return str(parents[0]["sha"]) if parents else sha

    @property
    def _owners(self) -> Access:
        """With a token for the owner's repository ".github": a review's does not reach it."""
        reading = {"contents": "read", "metadata": "read"}
        grant = Grant(self._target.installation, {"repositories": [_ORGANISATION]}, reading)
        return self._access.narrowed(grant)

    def _changed_trees(self, base_sha: str, head_sha: str) -> list[ChangedFile]:
        """What differs between the trees of two commits; without patches, renames as two."""
        before, after = (self.tree(sha, 32 * MIB) for sha in (base_sha, head_sha))
        return [*_tree_changes(before, after)]

    def _json(self, verb: str, path: str) -> dict[str, Any]:
        def send(github: Github) -> dict[str, Any]:
            answer: dict[str, Any]
            _, answer = github.requester.requestJsonAndCheck(verb, path)
            return answer

        return self._access.call(send)


_OBJECTS = """
query($owner: String!, $name: String!, {declared}) {{
  repository(owner: $owner, name: $name) {{ {objects} }}
}}"""
_OBJECT = "{alias}: object(expression: ${alias}) {{ ... on Blob {{ oid byteSize }} }}"


def _objects(aliases: Iterable[str]) -> str:
    """A query for the blobs that *aliases*, its variables, are expressions of."""
    return _OBJECTS.format(
        declared=", ".join(f"${alias}: String!" for alias in aliases),
        objects=" ".join(_OBJECT.format(alias=alias) for alias in aliases),
    )


def _tree_changes(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[ChangedFile]:
    for path in sorted(before.keys() | after.keys()):
        old, new = before.get(path), after.get(path)
        if old != new:
            status = FileStatus.MODIFIED if old and new else FileStatus.ADDED
            status = status if new else FileStatus.REMOVED
            yield ChangedFile(path, None, status, new or old or "", None)
