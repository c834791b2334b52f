"""The OpenAPI document is the one that the code makes, and describes what the handlers serve."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from foveal.api import openapi
from foveal.catalog.annotations.models import WRITABLE
from foveal.database.documents import AnnotationFields, AssetFields
from foveal.probe.facts import Facts
from foveal.stack_contract import ROUTES
from tests.catalog_function import ENVIRONMENT

ROOT = Path(__file__).resolve().parents[3]


def test_document_in_the_repository_is_not_stale() -> None:
    # In a process of its own, as `make check` does: what other tests have loaded must not be in the document.
    check = subprocess.run(
        [sys.executable, "-m", "tools.openapi", "--check"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, **ENVIRONMENT},
    )
    assert check.returncode == 0, check.stderr


def test_every_route_is_described_with_an_operation_id_of_its_own() -> None:
    paths = json.loads(openapi.DOCUMENT.read_text())["paths"]
    described = {
        f"{method.upper()} {path}": each for path, methods in paths.items() for method, each in methods.items()
    }
    assert set(described) == {key for keys in ROUTES.values() for key in keys}
    ids = [each["operationId"] for each in described.values()]
    assert len(set(ids)) == len(ids)
    assert all(each["summary"] for each in described.values())


def operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in json.loads(openapi.DOCUMENT.read_text())["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


@pytest.mark.parametrize(("key", "operation"), list(operations()))
def test_operation_types_every_answer_that_has_a_body(key: str, operation: dict[str, Any]) -> None:
    without_body = {str(status) for status in (204, 302, 304)}
    for status, answer in operation["responses"].items():
        content = answer.get("content", {})
        assert bool(content) == (status not in without_body), key
        assert {"type": "object"} not in [each["schema"] for each in content.values()], key


@pytest.mark.parametrize(("key", "operation"), list(operations()))
def test_operation_names_its_problems_by_status(key: str, operation: dict[str, Any]) -> None:
    assert "default" not in operation["responses"], key
    assert {"500", "503"} < operation["responses"].keys()


def test_problem_code_is_one_of_the_problems_that_routes_declare() -> None:
    document = json.loads(openapi.DOCUMENT.read_text())["components"]["schemas"]["ProblemDocument"]
    codes = document["properties"]["code"]["enum"]
    assert {"NoSuchAsset", "QuotaExceeded", "RenditionNotReady", "InternalError"} <= set(codes)
    assert not {"RefusedByRender", "Problem", "NotFoundError"} & set(codes)


def test_asset_document_names_every_fact_of_the_probe() -> None:
    facts = Facts(width=1, height=1).document().keys() | set(Facts.__slots__)
    assert facts <= AssetFields.__annotations__.keys()


def test_annotation_document_names_every_member_that_callers_write() -> None:
    assert WRITABLE - {"extra"} <= AnnotationFields.__annotations__.keys()


def test_every_schema_is_a_json_schema_and_every_reference_leads_somewhere() -> None:
    document = json.loads(openapi.DOCUMENT.read_text())
    schemas = document["components"]["schemas"]
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)
    text = json.dumps(document)
    references = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert references <= set(schemas)
