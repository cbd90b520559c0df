"""What we ask of GitHub, as templates: a label must neither grow without end nor hold a name."""

import re

OTHER = "other"
VERBS = ("GET", "POST", "PATCH", "PUT", "DELETE")

_REPO = "/repos/{owner}/{repo}"
# All that we ask of GitHub; "{path}" may hold slashes.
PATHS = (
    "/app", "/app/hook/config", "/app/hook/deliveries", "/app/hook/deliveries/{n}/attempts",
    "/app/installations", "/app/installations/{n}/access_tokens", "/installation/repositories",
    "/graphql", "/users/{login}", _REPO, f"{_REPO}/installation",
    f"{_REPO}/pulls", f"{_REPO}/pulls/{{n}}", f"{_REPO}/pulls/{{n}}/files",
    f"{_REPO}/pulls/{{n}}/comments", f"{_REPO}/pulls/{{n}}/reviews",
    f"{_REPO}/pulls/comments/{{n}}",
    f"{_REPO}/issues/{{n}}/comments", f"{_REPO}/issues/comments/{{n}}",
    f"{_REPO}/issues/comments/{{n}}/reactions", f"{_REPO}/collaborators/{{login}}/permission",
    f"{_REPO}/check-runs", f"{_REPO}/check-runs/{{n}}", f"{_REPO}/commits/{{sha}}",
    f"{_REPO}/commits/{{sha}}/check-runs", f"{_REPO}/commits/{{sha}}/pulls",
    f"{_REPO}/compare/{{path}}", f"{_REPO}/contents/{{path}}",
    f"{_REPO}/git/blobs/{{sha}}", f"{_REPO}/git/trees/{{sha}}",
)  # fmt: skip
ENDPOINTS = tuple(f"{verb} {path}" for verb in VERBS for path in PATHS)
_PATTERNS = [
    (re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(p).replace(r"\{path\}", ".+"))), p)
    for p in PATHS
]
# GitHub Enterprise Server has its API below one of these.
_PREFIX = re.compile(r"^/api(/v3)?(?=/)")


def endpoint(verb: str, path: str) -> str:
    """One of ``ENDPOINTS``, or "other"."""
    bare = _PREFIX.sub("", path.partition("?")[0])
    for pattern, template in _PATTERNS:
        if pattern.fullmatch(bare):
            known = f"{verb.upper()} {template}"
            return known if verb.upper() in VERBS else OTHER
    return OTHER
