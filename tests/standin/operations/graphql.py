"""GraphQL: object ids of many files in one request, review threads and their resolving."""

from typing import Any

from tests.standin.auth import grants
from tests.standin.query import Document, selected
from tests.standin.state import PullRequest, Repository, User
from tests.standin.web import Answer, Call, Unknown, operation

TEXT_BYTES = 512_000
RESOLVING = {"contents": "write", "pull_requests": "write"}


class Denied(Exception):  # noqa: N818
    """An error that GraphQL answers with status 200."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.error = {"type": kind, "message": message}


@operation("POST", "/graphql", body="query variables operationName")
def graphql(call: Call) -> Answer:
    """Answer a query or a mutation; what is refused comes as 200 with errors."""
    document = Document(call.body.get("query", ""), call.body.get("variables") or {})
    roots = {"query": query_root(call), "mutation": mutation_root(call)}
    if document.kind not in roots:
        raise Unknown(f"the GraphQL operation {document.kind} is not known")
    data: dict[str, Any] = {}
    errors = []
    for each in document.selections:
        try:
            data |= selected(roots[document.kind], (each,))
        except TypeError as problem:
            raise Unknown(f"GraphQL arguments: {problem}") from problem
        except Denied as denied:
            data[each.alias] = None
            errors.append(denied.error | {"path": [each.alias]})
    return Answer({"data": data} | ({"errors": errors} if errors else {}))


def query_root(call: Call) -> dict[str, Any]:
    """Return the fields of ``query``."""

    def repository(owner: str, name: str) -> dict[str, Any]:
        found = call.world.find(f"{owner}/{name}")
        if found is None or not call.token.reaches(found):
            problem = f"Could not resolve to a Repository with the name '{owner}/{name}'."
            raise Denied("NOT_FOUND", problem)
        return repository_fields(call, found)

    login = call.world.app.bot.login
    return {"repository": repository, "viewer": {"__typename": "Bot", "login": login}}


def repository_fields(call: Call, repository: Repository) -> dict[str, Any]:
    """Return the fields of a repository."""

    def found_object(expression: str) -> dict[str, Any] | None:
        allowed(call, contents="read")
        return git_object(repository, expression)

    def pull_request(number: int) -> dict[str, Any]:
        allowed(call, pull_requests="read")
        if number not in repository.pulls:
            raise Denied("NOT_FOUND", f"Could not resolve to a PullRequest with number {number}.")
        pull = repository.pulls[number]
        return {"id": f"PR_{pull.id}", "reviewThreads": lambda **page: threads(call, pull, **page)}

    known = {"id": f"R_{repository.id}", "databaseId": repository.id}
    return known | {"object": found_object, "pullRequest": pull_request}


def git_object(repository: Repository, expression: str) -> dict[str, Any] | None:
    """Return what ``ref`` or ``ref:path`` names: a commit, a tree, a blob, or nothing."""
    ref, colon, path = expression.partition(":")
    commit = repository.resolve(ref)
    if commit is None:
        return None
    if not colon:
        return {"__typename": "Commit", "oid": commit.sha}
    if path in commit.files:
        sha = commit.files[path]
        return blob(repository, sha) if sha in repository.store.blobs else None
    inner = {place: entry.sha for place, entry in repository.store.walk(commit.tree)}
    oid = inner.get(path.rstrip("/")) if path else commit.tree
    return {"__typename": "Tree", "oid": oid} if oid else None


def blob(repository: Repository, sha: str) -> dict[str, Any]:
    """Return the fields of a blob; a binary one has no text, a long one is cut."""
    content = repository.store.blobs[sha]
    binary = b"\0" in content[:8000]
    return {
        "__typename": "Blob",
        "oid": sha,
        "byteSize": len(content),
        "isBinary": binary,
        "isTruncated": len(content) > TEXT_BYTES and not binary,
        "text": None if binary else content[:TEXT_BYTES].decode("utf-8", "replace"),
    }


def threads(call: Call, pull: PullRequest, first: int, after: str | None = None) -> dict[str, Any]:
    """Return one page of the review threads, 100 at most."""
    within(first)
    start = int(after or 0)
    opening = [made for made in pull.review_comments if made.in_reply_to is None]
    page = opening[start : start + first]
    more = start + first < len(opening)
    return {
        "totalCount": len(opening),
        "nodes": [thread(call, pull, made.id) for made in page],
        "pageInfo": {"hasNextPage": more, "endCursor": str(start + len(page))},
    }


def within(first: int) -> int:
    """Return a page's size; more than 100 or less than 1 is denied."""
    if not 1 <= first <= 100:
        raise Denied("EXCESSIVE_PAGINATION", "`first` must be between 1 and 100.")
    return first


def thread(call: Call, pull: PullRequest, opening: int) -> dict[str, Any]:
    """Return the thread that the comment ``opening`` begins."""
    answers = [c for c in pull.review_comments if opening in {c.id, c.in_reply_to}]
    may = grants(call.token.permissions, RESOLVING)

    def comments(first: int) -> dict[str, Any]:
        nodes = [
            {
                "id": f"PRRC_{c.id}",
                "databaseId": c.id,
                "body": c.body,
                "author": actor(c.user),
                "viewerDidAuthor": c.user is call.world.app.bot,
            }
            for c in answers
        ]
        return {"totalCount": len(nodes), "nodes": nodes[: within(first)]}

    resolver = pull.resolved.get(opening)
    return {
        "__typename": "PullRequestReviewThread",
        "id": f"PRRT_{opening}",
        "isResolved": resolver is not None,
        "resolvedBy": resolver and actor(resolver),
        "viewerCanResolve": may and resolver is None,
        "viewerCanUnresolve": may and resolver is not None,
        "comments": comments,
    }


def actor(who: User) -> dict[str, Any]:
    """Return an account as GraphQL names it: a bot's login is the bare slug."""
    kind = "Bot" if who.type == "Bot" else "User"
    return {"__typename": kind, "login": who.login.removesuffix("[bot]")}


def mutation_root(call: Call) -> dict[str, Any]:
    """Return the fields of ``mutation``."""

    def resolve(input: dict[str, Any]) -> dict[str, Any]:  # noqa: A002
        pull, opening = wanted_thread(call, input)
        pull.resolved.setdefault(opening, call.world.app.bot)
        return {"thread": thread(call, pull, opening)}

    def unresolve(input: dict[str, Any]) -> dict[str, Any]:  # noqa: A002
        pull, opening = wanted_thread(call, input)
        pull.resolved.pop(opening, None)
        return {"thread": thread(call, pull, opening)}

    return {"resolveReviewThread": resolve, "unresolveReviewThread": unresolve}


def wanted_thread(call: Call, given: dict[str, Any]) -> tuple[PullRequest, int]:
    """Return the pull request and the first comment of the thread that a mutation is about."""
    allowed(call, **RESOLVING)
    if set(given) - {"threadId", "clientMutationId"}:
        raise Unknown(f"the GraphQL input {sorted(given)} is not known")
    name = str(given.get("threadId"))
    number = name.removeprefix("PRRT_")
    for repository in call.token.installation.repositories:
        for pull in repository.pulls.values() if call.token.reaches(repository) else ():
            for made in pull.review_comments:
                if str(made.id) == number != name and made.in_reply_to is None:
                    return pull, made.id
    raise Denied("NOT_FOUND", f"Could not resolve to a node with the global id of '{name}'")


def allowed(call: Call, **needs: str) -> None:
    """Deny what the token's permissions do not cover."""
    if not grants(call.token.permissions, needs):
        raise Denied("FORBIDDEN", "Resource not accessible by integration")
