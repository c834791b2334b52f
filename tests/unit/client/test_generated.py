"""What is generated from the OpenAPI document: a method for every operation, fresh, with its types."""

import inspect
import json
from pathlib import Path

from foveal.client._async.operations import AsyncOperations
from foveal.client._sync.operations import Operations
from tools.client import __main__ as generator
from tools.client.operations import FOR_UPPY, METHODS
from tools.client.unasync import sync_source

DOCUMENT = json.loads((Path(__file__).parents[3] / "foveal/api/openapi.json").read_text())
OPERATIONS = {
    item[method]["operationId"] for item in DOCUMENT["paths"].values() for method in METHODS if method in item
}


def test_client_has_a_method_for_every_operation_that_is_not_uppys() -> None:
    wanted = {each for each in OPERATIONS if not each.startswith(FOR_UPPY)}
    for operations in (Operations, AsyncOperations):
        assert {name for name, _ in inspect.getmembers(operations, inspect.isfunction) if name[0] != "_"} == wanted


def test_generated_files_are_what_the_generator_writes() -> None:
    assert [path for path, text in generator.generated().items() if path.read_text() != text] == []


def test_sync_source_has_no_trace_of_async() -> None:
    source = "async def f(self) -> AsyncIterator[int]:\n    async for x in await self.g():\n        yield x\n"
    assert sync_source(source) == "def f(self) -> Iterator[int]:\n    yield from self.g()\n"
    for path in generator.generated():
        if path.parent.name == "_sync":
            words = path.read_text().replace("asynchronous", "")
            assert "await " not in words, path
            assert "async " not in words, path
