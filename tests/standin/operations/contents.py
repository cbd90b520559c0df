"""Content by path: files, folders, links and submodules at a ref."""

import base64
import posixpath
from typing import Any

from tests.standin import shapes
from tests.standin.objects import LINK_MODE, MODULE_MODE, Commit
from tests.standin.operations.files import BLOB_BYTES, READ, too_large
from tests.standin.state import Repository
from tests.standin.web import Answer, Call, Refused, not_found, operation

INLINE_BYTES = 1024 * 1024
FOLDER_ENTRIES = 1000
RAW = "application/vnd.github.raw"


@operation("GET", "/repos/{owner}/{repo}/contents/{path}", READ, query="ref", media=RAW)
def get_contents(call: Call) -> Answer:
    """Answer with a file or a folder at ``ref`` (default: the default branch)."""
    repository = call.repository
    commit = repository.resolve(call.query.get("ref", repository.default_branch))
    if commit is None:
        raise Refused(404, f"No commit found for the ref {call.query.get('ref')}")
    path = call.arguments["path"].rstrip("/")
    if path in commit.files:
        return file_answer(call, repository, commit, path)
    inside = sorted(
        {
            f"{path}/{rest.partition('/')[0]}"
            for rest in (
                p.removeprefix(f"{path}/") for p in commit.files if p.startswith(f"{path}/")
            )
        }
    )
    if not inside:
        raise not_found()
    return Answer([entry(call, repository, commit, each) for each in inside[:FOLDER_ENTRIES]])


def file_answer(call: Call, repository: Repository, commit: Commit, path: str) -> Answer:
    """Answer with one file: raw if asked, in base64 up to 1 MB, empty beyond.

    A link to a file is that file; any other one, and a submodule, only say what they are.
    """
    mode = commit.modes.get(path)
    if mode == LINK_MODE:
        target = linked(repository, commit, path)
        if target not in commit.files or target in commit.modes:
            text = repository.store.blobs[commit.files[path]].decode()
            return Answer(entry(call, repository, commit, path) | {"target": text})
        path = target
    elif mode == MODULE_MODE:
        shape = entry(call, repository, commit, path)
        return Answer(shape | {"type": "submodule", "submodule_git_url": f"{call.world.html}/x/y"})
    content = repository.store.blobs[commit.files[path]]
    if len(content) > BLOB_BYTES:
        raise too_large()
    if RAW in call.accept:
        return Answer(content, media_type=f"{RAW}; charset=utf-8")
    small = len(content) <= INLINE_BYTES
    encoded = base64.encodebytes(content).decode() if small else ""
    shape = entry(call, repository, commit, path)
    return Answer(shape | {"content": encoded, "encoding": "base64" if small else "none"})


def linked(repository: Repository, commit: Commit, path: str) -> str:
    """Return where a link leads to, as a path of the repository."""
    text = repository.store.blobs[commit.files[path]].decode()
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), text))


def entry(call: Call, repository: Repository, commit: Commit, path: str) -> dict[str, Any]:
    """Return a file or folder as the contents API lists it."""
    sha = commit.files.get(path)
    tree = next((e for p, e in repository.store.walk(commit.tree) if p == path), None)
    assert tree is not None, "the path was found in this commit"
    api = f"{call.world.api}/repos/{repository.full_name}"
    quoted = shapes.quoted(path)
    me = f"{api}/contents/{quoted}?ref={commit.sha}"
    mode = commit.modes.get(path)
    kind = "blob" if sha and mode != MODULE_MODE else "tree"
    page = f"{call.world.html}/{repository.full_name}/{kind}/{commit.sha}/{quoted}"
    git = f"{api}/git/{kind}s/{tree.sha}"
    return {
        "type": "symlink" if mode == LINK_MODE else "file" if sha else "dir",
        "name": path.rpartition("/")[2],
        "path": path,
        "sha": tree.sha,
        "size": len(repository.store.blobs.get(sha, b"")) if sha else 0,
        "url": me,
        "html_url": page,
        "git_url": git,
        "download_url": page.replace("/blob/", "/raw/") if kind == "blob" else None,
        "_links": {"self": me, "git": git, "html": page},
    }
