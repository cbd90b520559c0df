"""GitHub's own OpenAPI description, held against requests and responses."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.exceptions import best_match
from referencing import Registry
from referencing.jsonschema import DRAFT202012

SLICE = Path(__file__).parent.parent / "contract" / "openapi.json"
ADDRESS = "urn:github"


@cache
def description() -> dict[str, Any]:
    """Return the committed slice as JSON Schema: ``nullable`` turned into a type of its own."""
    document: dict[str, Any] = json.loads(SLICE.read_bytes())
    correct(document)
    for operations in document["paths"].values():
        for operation in operations.values():
            close(operation.get("requestBody", {}))
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **modern(document)}


def correct(document: dict[str, Any]) -> None:
    """Mend, in place, the lines that no real answer of GitHub keeps to."""
    comment = document["components"]["schemas"]["pull-request-review-comment"]["properties"]
    for name in ("position", "line"):  # GitHub sends null when the comment is outdated
        comment[name]["nullable"] = True
    for name in ("pull-request", "pull-request-simple"):  # a fork can be deleted
        head = document["components"]["schemas"][name]["properties"]["head"]["properties"]
        head["repo"]["nullable"] = True
    answer = document["paths"]["/app/installations"]["get"]["responses"]["200"]
    listed = answer["content"]["application/json"]["schema"]["items"]["properties"]["account"]
    listed["anyOf"] = listed.pop("allOf")  # a user and an enterprise at once


def modern(node: Any) -> Any:
    """Return an OpenAPI 3.0 ``node`` with ``nullable`` written as JSON Schema has it."""
    if isinstance(node, list):
        return [modern(item) for item in node]
    if not isinstance(node, dict):
        return node
    rest = {key: modern(value) for key, value in node.items() if key != "nullable"}
    return {"anyOf": [rest, {"type": "null"}]} if node.get("nullable") is True else rest


def close(node: Any) -> None:
    """Forbid, in place, properties that the schema of a request does not name."""
    if isinstance(node, list):
        for item in node:
            close(item)
    elif isinstance(node, dict):
        if node.get("type") == "object" and "properties" in node:
            node.setdefault("additionalProperties", False)
        for value in node.values():
            close(value)


@cache
def validator(pointer: str) -> Draft202012Validator:
    """Return the validator of the schema at ``pointer`` of the description."""
    resource = DRAFT202012.create_resource(description())
    registry: Registry[Any] = Registry().with_resource(ADDRESS, resource)
    return Draft202012Validator({"$ref": f"{ADDRESS}#{pointer}"}, registry=registry)


def operation(method: str, path: str) -> dict[str, Any]:
    """Return the description of an operation; KeyError when the slice has none."""
    found: dict[str, Any] = description()["paths"][path][method.lower()]
    return found


def pointer(*parts: str) -> str:
    """Return a JSON pointer to ``parts``."""
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in parts)


def parameters(method: str, path: str) -> set[str]:
    """Return the names of the query parameters that GitHub documents."""
    listed = (resolved(each) for each in operation(method, path).get("parameters", []))
    return {each["name"] for each in listed if each["in"] == "query"}


def fields(method: str, path: str) -> set[str]:
    """Return the names of the body's top-level fields that GitHub documents."""
    content = operation(method, path).get("requestBody", {}).get("content", {})
    return set(content.get("application/json", {}).get("schema", {}).get("properties", {}))


def resolved(node: dict[str, Any]) -> dict[str, Any]:
    """Return what ``node`` refers to, or ``node``."""
    while "$ref" in node:
        kind, name = node["$ref"].removeprefix("#/components/").split("/")
        node = description()["components"][kind][name]
    return node


def request_problem(method: str, path: str, body: Any) -> str | None:
    """Return what GitHub's schema has against a request's body, in its words, or None."""
    described = operation(method, path)
    if "requestBody" not in described:
        return None
    where = ("paths", path, method.lower(), "requestBody", "content", "application/json", "schema")
    error = best_match(validator(pointer(*where)).iter_errors(body))
    return worded(error) if error else None


def worded(error: ValidationError) -> str:
    """Return a schema's error as GitHub words it."""
    value, rule = error.instance, error.validator_value
    if error.validator == "maxLength":
        return f"Only {rule} characters are allowed; {len(value)} were supplied."
    if error.validator == "maxItems":
        return f"No more than {rule} items are allowed; {len(value)} were supplied."
    if error.validator == "enum":
        return f"{json.dumps(value)} is not a member of {json.dumps(rule)}."
    if error.validator == "required":
        missing = ", ".join(f'"{name}"' for name in rule if name not in value)
        return f"{missing} wasn't supplied."
    if error.validator == "additionalProperties":
        extra = ", ".join(f'"{name}"' for name in value if name not in error.schema["properties"])
        return f"{extra} is not a permitted key."
    place = "/".join(str(part) for part in error.absolute_path)
    return f"For '{place}', {error.message}."


def response_problem(method: str, path: str, status: int, body: Any) -> str | None:
    """Return where an answer of ours is not what GitHub describes, or None.

    Refusals and redirects that it leaves out are not looked at; successes always are.
    """
    responses = operation(method, path)["responses"]
    if str(status) not in responses:
        return None if status >= 300 else f"status {status} is not described"
    content = resolved(responses[str(status)]).get("content", {})
    if "application/json" not in content:
        return None if body is None else "a body is not described"
    where = responses[str(status)].get("$ref", "").removeprefix("#")
    where = where or pointer("paths", path, method.lower(), "responses", str(status))
    schema = where + pointer("content", "application/json", "schema")
    error = best_match(validator(schema).iter_errors(body))
    return f"{error.json_path}: {error.message[:300]}" if error else None
