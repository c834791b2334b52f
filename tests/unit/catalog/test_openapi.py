"""The OpenAPI document is the one that the code makes, and describes what the handlers serve."""

import json
import os
import subprocess
import sys
from pathlib import Path

from jsonschema import Draft202012Validator

from foveal.api import openapi
from foveal.api.documentation import documentation_of
from foveal.catalog.annotations.models import WRITABLE
from foveal.database.documents import AnnotationFields, AssetFields
from foveal.probe.facts import Facts
from foveal.stack_contract import ROUTES
from tests.catalog_function import ENVIRONMENT, handler

ROOT = Path(__file__).resolve().parents[3]


def test_the_document_in_the_repository_is_not_stale() -> None:
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


def test_catalog_routes_document_an_answer_unless_they_have_no_body() -> None:
    untyped = {
        key: documentation.status
        for key, route in handler.api.routes.items()
        if (documentation := documentation_of(route)).answer is None
    }
    assert set(untyped.values()) <= {204, 304}, untyped
    assert handler.api.routes.keys() == set(ROUTES["catalog"])


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
