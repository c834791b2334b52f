"""Results of bulk requests: one for each operation, never more than an answer of Lambda holds.

A problem states its text once. Where all results would be too large, the states that problems carry are left out, then
their texts are cut off; results of what was written are always whole.
"""

from typing import Any, Final

from foveal.api.gateway import Response
from foveal.database.client import Document
from foveal.encoding.json_text import MAX_ANSWER_BYTES, answer_bytes, dumps
from foveal.errors import Problem
from foveal.validation.error_texts import shortened

_MEMBERS: Final = ("type", "title", "status", "code", "detail")
_MAX_BYTES_OF_CHARACTER: Final = 6
"""Of a control character in JSON; any other character takes up less."""
_MAX_BYTES_WITH_STATES: Final = MAX_ANSWER_BYTES // 2


class BulkResults:
    """Collects results in the order of the operations."""

    def __init__(self) -> None:
        self._results: list[Document] = []
        self._bytes = 0

    def add(self, result: Document | Problem) -> None:
        """Add the result of the next operation."""
        shown = result if not isinstance(result, Problem) else _problem(result)
        size = answer_bytes(dumps(shown))
        if isinstance(result, Problem) and result.extensions and self._bytes + size > _MAX_BYTES_WITH_STATES:
            shown = {name: shown[name] for name in _MEMBERS} | {"is_shortened": True}
            size = answer_bytes(dumps(shown))
        self._results.append(shown)
        self._bytes += size + 1

    def response(self) -> Response:
        """Return the answer: `{"results": […]}`."""
        text = dumps({"results": self._results})
        if answer_bytes(text) > MAX_ANSWER_BYTES:
            text = dumps({"results": self._with_short_details()})
        return Response(text, headers={"content-type": "application/json"})

    def _with_short_details(self) -> list[Document]:
        problems = [each for each in self._results if "detail" in each]
        details = sum(answer_bytes(dumps(each["detail"])) for each in problems)
        marks = len('"is_shortened":true,""') * 2 * len(problems)
        characters = (MAX_ANSWER_BYTES - (self._bytes - details) - marks) // len(problems) // _MAX_BYTES_OF_CHARACTER
        return [_cut(each, characters) if "detail" in each else each for each in self._results]


def _problem(problem: Problem) -> Document:
    document = problem.document()
    return {name: document[name] for name in (*_MEMBERS, *problem.extensions)}


def _cut(problem: dict[str, Any], characters: int) -> Document:
    detail = shortened(problem["detail"], characters)
    return problem if detail == problem["detail"] else {**problem, "detail": detail, "is_shortened": True}
