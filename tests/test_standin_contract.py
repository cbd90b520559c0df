"""The stand-in against GitHub's own description: nothing invented, nothing left unchecked."""

import ast
import json
from pathlib import Path
from typing import Any

import pytest

from tests.contract import cut_openapi, cut_webhooks
from tests.standin import StandIn, contract
from tests.standin.web import OPERATIONS, Operation

SLICES = Path(__file__).parent / "contract"
OWN = "tests.standin.operations"  # has a module called checks
DESCRIBED = [each for each in OPERATIONS if each.path != "/graphql"]


@pytest.mark.parametrize("operation", DESCRIBED, ids=lambda each: f"{each.method} {each.path}")
def test_every_operation_is_githubs(operation: Operation) -> None:
    """Its path, query parameters and fields are in the description."""
    assert operation.query <= contract.parameters(operation.method, operation.path)
    assert operation.body <= contract.fields(operation.method, operation.path)


def test_the_slice_holds_nothing_else() -> None:
    """Each described operation is spoken by the stand-in."""
    spoken = {(each.method.lower(), each.path) for each in DESCRIBED}
    listed = {(method, path) for path, some in cut_openapi.OPERATIONS.items() for method in some}
    assert spoken == listed


def test_every_reference_of_the_slice_resolves() -> None:
    """A component that something refers to is in the slice."""
    document = json.loads((SLICES / "openapi.json").read_bytes())
    for reference in cut_openapi.references(document):
        kind, name = reference.removeprefix("#/components/").split("/")
        assert name in document["components"][kind]


def test_the_cutter_keeps_fields_called_like_prose() -> None:
    """A property named ``title`` or ``description`` is no prose; the schema's own title is."""
    properties = {"title": {"type": "string", "description": "x"}, "x-y": {"type": "null"}}
    schema = {"title": "Thing", "properties": properties, "x-github": 1, "example": 2}
    kept = {"title": {"type": "string"}, "x-y": {"type": "null"}}
    assert cut_openapi.bare(schema) == {"properties": kept}


def test_the_cutter_follows_references() -> None:
    """A component that only a component refers to comes along; others stay behind."""
    link = {"$ref": "#/components/schemas/a"}
    answer = {"content": {"application/json": {"schema": link}}}
    paths = {
        path: {method: {"responses": {"200": answer}} for method in methods}
        for path, methods in cut_openapi.OPERATIONS.items()
    }
    schemas: dict[str, Any] = {
        "a": {"items": {"$ref": "#/components/schemas/b"}},
        "b": {"type": "string"},
        "c": {"type": "null"},
    }
    whole = {
        "openapi": "3.0.3",
        "info": {"title": "t", "version": "v", "license": {"name": "MIT"}, "contact": {}},
        "paths": paths | {"/unused": {}},
        "components": {"schemas": schemas},
    }
    sliced = cut_openapi.cut(whole)
    assert set(sliced["components"]["schemas"]) == {"a", "b"}
    assert set(sliced["paths"]) == set(cut_openapi.OPERATIONS)


def test_the_webhook_slice_is_what_the_cutter_lists() -> None:
    """One body for each listed event and action."""
    slice_ = json.loads((SLICES / "webhooks.json").read_bytes())
    listed = {name: {a or "" for a in actions} for name, actions in cut_webhooks.ACTIONS.items()}
    assert {name: set(bodies) for name, bodies in slice_.items()} == listed
    assert all(
        body.get("action") in {action, None}
        for bodies in slice_.values()
        for action, body in bodies.items()
    )


def test_both_licences_are_beside_the_slices() -> None:
    """MIT, with the holders' names."""
    for name in ("LICENSE-openapi", "LICENSE-webhooks"):
        assert "Permission is hereby granted" in (SLICES / name).read_text("utf-8")


def test_an_answer_that_is_not_githubs_is_a_violation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Break one of our own answers: the validation sees it, and the status of a stranger too."""
    with StandIn() as github:
        repository = github.repository("acme/rocket")
        github.app.slug = None  # type: ignore[assignment]
        github.client().get("/app")
        assert len(github.violations) == 1
        assert "answer to GET /app" in github.violations[0]
        assert repository.full_name == "acme/rocket"
    problem = contract.response_problem("GET", "/app", 201, {})
    assert problem == "status 201 is not described"
    assert contract.response_problem("GET", "/app", 401, {}) is None


def test_the_stand_in_knows_nothing_of_the_product() -> None:
    """It would prove nothing if it shared a line with what it tests."""
    for module in (SLICES.parent / "standin").rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_bytes())):
            names = [alias.name for alias in getattr(node, "names", [])]
            source = getattr(node, "module", None) or ""
            roots = {name.partition(".")[0] for name in [source, *names]}
            is_import = isinstance(node, ast.Import | ast.ImportFrom)
            assert not (is_import and roots & {"reviewer", "checks"} and source != OWN), module


def test_nullable_becomes_a_type() -> None:
    """OpenAPI 3.0's ``nullable`` allows null beside what the schema allows; absent, it does not."""
    told = contract.modern({"properties": {"a": {"type": "string", "nullable": True}}})
    assert told == {"properties": {"a": {"anyOf": [{"type": "string"}, {"type": "null"}]}}}
