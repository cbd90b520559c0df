"""Content: blobs, trees, files by path, commits and comparisons."""

import base64

from tests.standin import shapes
from tests.standin.diff import changes
from tests.standin.objects import Commit
from tests.standin.state import Repository
from tests.standin.web import PAGED, Answer, Call, Refused, not_found, operation

BLOB_BYTES = 100 * 1024 * 1024
TREE_ENTRIES = 100_000
COMPARED_FILES = 300
READ = {"contents": "read"}


@operation("GET", "/repos/{owner}/{repo}/git/blobs/{file_sha}", READ)
def get_blob(call: Call) -> Answer:
    """Answer with a blob in base64, whatever it is, up to 100 MB."""
    repository, sha = call.repository, call.arguments["file_sha"]
    if len(sha) != 40:
        raise Refused(422, "The sha parameter must be exactly 40 characters.")
    content = repository.store.blobs.get(sha)
    if content is None:
        raise not_found()
    if len(content) > BLOB_BYTES:
        raise too_large()
    link = f"{call.world.api}/repos/{repository.full_name}/git/blobs/{sha}"
    encoded = {"content": base64.encodebytes(content).decode(), "encoding": "base64"}
    known = {"sha": sha, "node_id": f"B_{sha}", "size": len(content), "url": link}
    return Answer(known | encoded)


def too_large() -> Refused:
    """Return the refusal of a file beyond 100 MB."""
    problem = "This API returns blobs up to 100 MB in size. The requested blob is too large"
    error = {"resource": "Blob", "field": "data", "code": "too_large"}
    return Refused(403, f"{problem} to fetch via the API.", [error])


@operation("GET", "/repos/{owner}/{repo}/git/trees/{tree_sha}", READ, query="recursive")
def get_tree(call: Call) -> Answer:
    """Answer with a tree, by its own id or a commit's; any ``recursive`` goes all the way down."""
    repository, sha = call.repository, call.arguments["tree_sha"]
    commit = repository.resolve(sha)
    tree = commit.tree if commit else sha
    if tree not in repository.store.trees:
        raise not_found()
    api = f"{call.world.api}/repos/{repository.full_name}/git"
    everything = [
        {
            "path": path,
            "mode": entry.mode,
            "type": entry.kind,
            "sha": entry.sha,
            **({} if entry.kind == "commit" else {"url": f"{api}/{entry.kind}s/{entry.sha}"}),
            **({"size": len(repository.store.blobs[entry.sha])} if entry.kind == "blob" else {}),
        }
        for path, entry in repository.store.walk(tree)
        if "recursive" in call.query or "/" not in path
    ]
    cut = len(everything) > TREE_ENTRIES
    listed = everything[:TREE_ENTRIES]
    link = f"{api}/trees/{tree}"
    return Answer({"sha": tree, "url": link, "tree": listed, "truncated": cut})


@operation("GET", "/repos/{owner}/{repo}/commits/{ref}", READ, query=PAGED)
def get_commit(call: Call) -> Answer:
    """Answer with a commit and the files it changes against its first parent."""
    repository = call.repository
    commit = known_commit(repository, call.arguments["ref"])
    store = repository.store
    before = store.commits[commit.parents[0]].files if commit.parents else {}
    files = changes(before, commit.files, store.contents)
    page = call.page(
        files, lambda file: shapes.changed_file(call.world, repository, commit.sha, file)
    )
    added = sum(file.patch.additions for file in files)
    deleted = sum(file.patch.deletions for file in files)
    stats = {"additions": added, "deletions": deleted, "total": added + deleted}
    shape = shapes.commit(call.world, repository, commit)
    page.body = shape | {"stats": stats, "files": page.body}
    return page


def known_commit(repository: Repository, ref: str) -> Commit:
    """Return the commit, 422 in GitHub's words when there is none."""
    commit = repository.resolve(ref)
    if commit is None:
        raise Refused(422, f"No commit found for SHA: {ref}")
    return commit


@operation("GET", "/repos/{owner}/{repo}/compare/{basehead}", READ, query=PAGED)
def compare(call: Call) -> Answer:
    """Answer with the merge base of two commits and what the second one changes against it."""
    repository, store = call.repository, call.repository.store
    names = call.arguments["basehead"].split("...")
    commits = [repository.resolve(name) for name in names]
    if len(commits) != 2 or None in commits:
        raise not_found()
    base, head = (commit for commit in commits if commit is not None)
    merge_base = store.commits[store.merge_base(base.sha, head.sha)]
    shared = set(store.ancestors(merge_base.sha))
    ahead = [store.commits[sha] for sha in store.ancestors(head.sha) if sha not in shared]
    behind = [sha for sha in store.ancestors(base.sha) if sha not in shared]
    files = changes(merge_base.files, head.files, store.contents)[:COMPARED_FILES]
    page = call.page(ahead[::-1], lambda each: shapes.commit(call.world, repository, each))
    link = f"/{repository.full_name}/compare/{call.arguments['basehead']}"
    html = call.world.html + link
    page.body = {
        "url": f"{call.world.api}/repos{link}",
        "html_url": html,
        "permalink_url": html,
        "diff_url": f"{html}.diff",
        "patch_url": f"{html}.patch",
        "base_commit": shapes.commit(call.world, repository, base),
        "merge_base_commit": shapes.commit(call.world, repository, merge_base),
        "status": relation(bool(ahead), bool(behind)),
        "ahead_by": len(ahead),
        "behind_by": len(behind),
        "total_commits": len(ahead),
        "commits": page.body,
        "files": [shapes.changed_file(call.world, repository, head.sha, file) for file in files],
    }
    return page


def relation(ahead: bool, behind: bool) -> str:
    """Return GitHub's word for how the second commit stands to the first."""
    return {(True, True): "diverged", (True, False): "ahead", (False, True): "behind"}.get(
        (ahead, behind), "identical"
    )
