"""Cut the operations that the stand-in speaks out of GitHub's OpenAPI description.

    npm pack @octokit/openapi@23.0.2
    python tests/contract/cut_openapi.py octokit-openapi-23.0.2.tgz

The argument is the packed archive or the folder it was unpacked into. ``openapi.json``
next to this script is rewritten; prose, examples and vendor extensions are left out, so
that what remains is what a validator needs.
"""

import argparse
import json
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

DESCRIPTION = "package/generated/api.github.com.json"
REPOSITORY = "/repos/{owner}/{repo}"
OPERATIONS = {
    "/app": ["get"],
    "/app-manifests/{code}/conversions": ["post"],
    "/app/hook/config": ["get", "patch"],
    "/app/hook/deliveries": ["get"],
    "/app/hook/deliveries/{delivery_id}": ["get"],
    "/app/hook/deliveries/{delivery_id}/attempts": ["post"],
    "/app/installations": ["get"],
    "/app/installations/{installation_id}": ["get"],
    "/app/installations/{installation_id}/access_tokens": ["post"],
    "/installation/repositories": ["get"],
    "/rate_limit": ["get"],
    "/users/{username}": ["get"],
    REPOSITORY: ["get"],
    f"{REPOSITORY}/check-runs": ["post"],
    f"{REPOSITORY}/check-runs/{{check_run_id}}": ["get", "patch"],
    f"{REPOSITORY}/check-runs/{{check_run_id}}/annotations": ["get"],
    f"{REPOSITORY}/collaborators/{{username}}/permission": ["get"],
    f"{REPOSITORY}/commits/{{commit_sha}}/pulls": ["get"],
    f"{REPOSITORY}/commits/{{ref}}": ["get"],
    f"{REPOSITORY}/commits/{{ref}}/check-runs": ["get"],
    f"{REPOSITORY}/commits/{{ref}}/check-suites": ["get"],
    f"{REPOSITORY}/compare/{{basehead}}": ["get"],
    f"{REPOSITORY}/contents/{{path}}": ["get"],
    f"{REPOSITORY}/git/blobs/{{file_sha}}": ["get"],
    f"{REPOSITORY}/git/trees/{{tree_sha}}": ["get"],
    f"{REPOSITORY}/installation": ["get"],
    f"{REPOSITORY}/issues/comments/{{comment_id}}": ["get", "patch"],
    f"{REPOSITORY}/issues/comments/{{comment_id}}/reactions": ["get", "post"],
    f"{REPOSITORY}/issues/comments/{{comment_id}}/reactions/{{reaction_id}}": ["delete"],
    f"{REPOSITORY}/issues/{{issue_number}}/comments": ["get", "post"],
    f"{REPOSITORY}/pulls": ["get"],
    f"{REPOSITORY}/pulls/comments/{{comment_id}}": ["get", "patch", "delete"],
    f"{REPOSITORY}/pulls/{{pull_number}}": ["get"],
    f"{REPOSITORY}/pulls/{{pull_number}}/comments": ["get"],
    f"{REPOSITORY}/pulls/{{pull_number}}/comments/{{comment_id}}/replies": ["post"],
    f"{REPOSITORY}/pulls/{{pull_number}}/files": ["get"],
    f"{REPOSITORY}/pulls/{{pull_number}}/reviews": ["get", "post"],
}
PROSE = {"description", "summary", "title", "example", "examples", "externalDocs", "tags"}


def description(package: Path) -> dict[str, Any]:
    """Return GitHub's whole description from the archive or folder of the npm package."""
    if package.is_dir():
        inner = [package / DESCRIPTION, package / DESCRIPTION.removeprefix("package/")]
        content = next((path for path in inner if path.exists()), inner[0]).read_bytes()
    else:
        with tarfile.open(package) as archive:
            member = archive.extractfile(DESCRIPTION)
            assert member is not None, "a file in the archive, not a folder"
            content = member.read()
    found: dict[str, Any] = json.loads(content)
    return found


def bare(node: Any, *, names: bool = False) -> Any:
    """Return ``node`` without prose and extensions; ``names`` keeps keys that are names."""
    if isinstance(node, list):
        return [bare(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: bare(value, names=key in {"properties", "schemas", "parameters", "responses"})
        for key, value in node.items()
        if names or not (key in PROSE or key.startswith("x-"))
    }


def references(node: Any) -> Iterator[str]:
    """Yield every ``$ref`` below ``node``."""
    if isinstance(node, list):
        for item in node:
            yield from references(item)
    elif isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)


def cut(whole: dict[str, Any]) -> dict[str, Any]:
    """Return the slice: the listed operations and every component that they refer to."""
    paths = {
        path: {method: bare(whole["paths"][path][method]) for method in methods}
        for path, methods in OPERATIONS.items()
    }
    components: dict[str, dict[str, Any]] = {}
    waiting = list(references(paths))
    while waiting:
        kind, name = waiting.pop().removeprefix("#/components/").split("/")
        if name in components.setdefault(kind, {}):
            continue
        components[kind][name] = bare(whole["components"][kind][name])
        waiting.extend(references(components[kind][name]))
    tidy = {kind: dict(sorted(named.items())) for kind, named in sorted(components.items())}
    info = {key: whole["info"][key] for key in ("title", "version", "license")}
    return {"openapi": whole["openapi"], "info": info, "paths": paths, "components": tidy}


def main() -> int:
    """Write ``openapi.json`` next to this script."""
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("package", type=Path, help="octokit-openapi-*.tgz or its folder")
    sliced = cut(description(arguments.parse_args().package))
    target = Path(__file__).with_name("openapi.json")
    target.write_text(json.dumps(sliced, indent=0, separators=(",", ":")) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
