"""Documents that describe the API, and the answer to unknown routes; the function starts light."""

import os
import subprocess
import sys

import pytest

from foveal.api import reference
from foveal.api.openapi import DOCUMENT
from foveal.catalog.routes import documents
from tests.catalog_function import ENVIRONMENT
from tests.integration.catalog.conftest import Client
from tools.openapi import PAGE


def test_openapi_document_is_served_to_everyone() -> None:
    answer = Client("", subject="").call("GET /v1/openapi.json")
    assert (answer.status, answer.text) == (200, DOCUMENT.read_text())
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "public, max-age=300"


def test_reference_page_is_the_one_in_the_docs() -> None:
    answer = Client("", subject="").call("GET /v1/reference")
    assert (answer.status, answer.text) == (200, PAGE.read_text())
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize("key", ["$default", "GET /v1/nothing"])
def test_unknown_route_is_a_problem_document(key: str) -> None:
    answer = Client("", subject="").call(key)
    assert (answer.status, answer.body["code"]) == (404, "NotFound")
    assert answer.headers["content-type"] == "application/problem+json"
    assert "GET /v1/openapi.json" in answer.body["detail"]


def test_numpy_is_not_loaded_before_vectors_are_compared() -> None:
    program = "import sys, functions.catalog.handler; print('numpy' in sys.modules, 'boto3' in sys.modules)"
    environment = {**os.environ, **ENVIRONMENT, "LOG_LEVEL": "CRITICAL"}
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, env=environment)
    assert done.stdout.split() == ["False", "False"]


def test_reference_is_made_once_for_each_instance(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[object] = []

    def page(document: object) -> str:
        made.append(document)
        return f"page {len(made)}"

    monkeypatch.setattr(reference, "page", page)
    documents._page.cache_clear()
    try:
        answers = [Client("", subject="").call("GET /v1/reference").text for _ in range(3)]
    finally:
        documents._page.cache_clear()
    assert len(made) == 1
    assert len(set(answers)) == 1
