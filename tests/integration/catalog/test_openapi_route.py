"""The document that describes the API is served by the API; the function starts light."""

import os
import subprocess
import sys

from foveal.api.openapi import DOCUMENT
from tests.catalog_function import ENVIRONMENT
from tests.integration.catalog.conftest import Client


def test_the_document_is_served_to_whoever_is_signed_in(viewer: Client) -> None:
    answer = viewer.call("GET /v1/openapi.json")
    assert (answer.status, answer.text) == (200, DOCUMENT.read_text())
    assert answer.headers["content-type"] == "application/json"
    assert Client("", subject="").call("GET /v1/openapi.json").status == 401


def test_numpy_is_not_loaded_before_vectors_are_compared() -> None:
    program = "import sys, functions.catalog.handler; print('numpy' in sys.modules, 'boto3' in sys.modules)"
    environment = {**os.environ, **ENVIRONMENT, "LOG_LEVEL": "CRITICAL"}
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, env=environment)
    assert done.stdout.split() == ["False", "False"]
