"""GraphQL: object ids of many files in one request, review threads and their resolving."""

from typing import Any

from tests.standin.auth import grants
from tests.standin.query import Document, selected
from tests.standin.state import PullRequest, Repository
from tests.standin.web import Answer, Call, Unknown, operation

TEXT_BYTES = 512_000


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
    try:
        return Answer({"data": selected(roots[document.kind], document.selections)})
    except TypeError as problem:
        raise Unknown(f"GraphQL arguments: {problem}") from problem
    except Denied as denied:
        paths = [each.alias for each in document.selections]
        return Answer({"data": dict.fromkeys(paths), "errors": [denied.error | {"path": paths}]})


def query_root(call: Call) -> dict[str, Any]:
    """Return the fields of ``query``."""

    def repository(owner: str, name: str) -> dict[str, Any]:
        found = call.world.repositories.get(f"{owner}/{name}".lower())
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
        ref, _, path = expression.partition(":")
        commit = repository.resolve(ref)
        sha = commit.files.get(path) if commit else None
        return blob(repository, sha) if sha else None

    def pull_request(number: int) -> dict[str, Any]:
        allowed(call, pull_requests="read")
        if number not in repository.pulls:
            raise Denied("NOT_FOUND", f"Could not resolve to a PullRequest with number {number}.")
        pull = repository.pulls[number]
        return {"id": f"PR_{pull.id}", "reviewThreads": lambda **page: threads(call, pull, **page)}

    known = {"id": f"R_{repository.id}", "databaseId": repository.id}
    return known | {"object": found_object, "pullRequest": pull_request}


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
    if not 1 <= first <= 100:
        raise Denied("EXCESSIVE_PAGINATION", "`first` must be between 1 and 100.")
    start = int(after or 0)
    opening = [made for made in pull.review_comments if made.in_reply_to is None]
    page = opening[start : start + first]
    more = start + first < len(opening)
    return {
        "totalCount": len(opening),
        "nodes": [thread(call, pull, made.id) for made in page],
        "pageInfo": {"hasNextPage": more, "endCursor": str(start + len(page))},
    }


def thread(call: Call, pull: PullRequest, opening: int) -> dict[str, Any]:
    """Return the thread that the comment ``opening`` begins."""
    answers = [c for c in pull.review_comments if opening in {c.id, c.in_reply_to}]
    may = grants(call.token.permissions, {"contents": "write", "pull_requests": "write"})

    def comments(first: int) -> dict[str, Any]:
        nodes = [{"id": f"PRRC_{c.id}", "databaseId": c.id, "body": c.body} for c in answers]
        return {"totalCount": len(nodes), "nodes": nodes[:first]}

    resolver = pull.resolved.get(opening)
    return {
        "id": f"PRRT_{opening}",
        "isResolved": resolver is not None,
        "resolvedBy": resolver and {"login": resolver.login.removesuffix("[bot]")},
        "viewerCanResolve": may and resolver is None,
        "comments": comments,
    }


def mutation_root(call: Call) -> dict[str, Any]:
    """Return the fields of ``mutation``."""

    def resolve(input: dict[str, Any]) -> dict[str, Any]:  # noqa: A002
        allowed(call, contents="write", pull_requests="write")
        opening = int(str(input.get("threadId")).removeprefix("PRRT_"))
        for repository in call.token.installation.repositories:
            for pull in repository.pulls.values():
                if any(c.id == opening for c in pull.review_comments):
                    pull.resolved[opening] = call.world.app.bot
                    return {"thread": thread(call, pull, opening)}
        raise Denied("NOT_FOUND", "Could not resolve to a node with the global id.")

    return {"resolveReviewThread": resolve}


def allowed(call: Call, **needs: str) -> None:
    """Deny what the token's permissions do not cover."""
    if not grants(call.token.permissions, needs):
        raise Denied("FORBIDDEN", "Resource not accessible by integration")
