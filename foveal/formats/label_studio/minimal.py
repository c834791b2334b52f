"""JSON_MIN: one flat object for each annotation of a task, data and results side by side (label-studio-sdk,
`converter.convert_to_json_min`). A choice or a text that stands alone is a plain text there, as data are.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec

from foveal.formats.label_studio.tasks import SETS, Result, ResultSet, Task

FORMAT: Final = "label_studio_min"
_OF_ANNOTATION: Final = {
    "annotation_id": "id",
    "annotator": "completed_by",
    "created_at": "created_at",
    "updated_at": "updated_at",
    "lead_time": "lead_time",
}
_SIDES: Final = ("original_width", "original_height")
_VALUES: Final = frozenset({"choices", "text", "taxonomy", "number", "rating", "rle", "points", "sequence", "ranges"})


def is_minimal(task: Task) -> bool:
    """Tell whether a task is a flat object of JSON_MIN."""
    return not task.sets and "data" not in task.members and not SETS.keys() & task.members.keys()


def expanded(task: Task, choice_names: Iterable[str]) -> Task:
    """Return a flat object as a task; texts under `choice_names` are choices."""
    results = list(_results(task, frozenset(choice_names)))
    of_results = {result.members["from_name"] for result in results if result.members}
    annotation = {name: task.members[key] for key, name in _OF_ANNOTATION.items() if key in task.members}
    data = {
        name: value
        for name, value in task.members.items()
        if name not in _OF_ANNOTATION and name not in of_results and name != "id"
    }
    is_annotated = results or any(annotation.get(name) is not None for name in ("id", "completed_by"))
    sets = [ResultSet("annotation", task.pointer, annotation, results)] if is_annotated else []
    return Task(task.pointer, {"id": task.members.get("id"), "data": data}, sets, task.text, FORMAT)


def _results(task: Task, choice_names: frozenset[str]) -> Iterator[Result]:
    for name, value in task.members.items():
        place = f"{task.pointer}/{name.replace('~', '~0').replace('/', '~1')}"
        if name in choice_names and isinstance(value, str):
            yield _result(place, name, {"choices": [value]})
        elif isinstance(value, dict) and _is_value(value):
            yield _result(place, name, value)
        elif isinstance(value, list) and value and all(isinstance(each, dict) and _is_value(each) for each in value):
            for number, each in enumerate(value):
                yield _result(f"{place}/{number}", name, each)


def _is_value(value: Mapping[str, Any]) -> bool:
    return any(key in _VALUES or key.endswith("labels") for key in value) or {"x", "y"} <= value.keys()


def _result(pointer: str, name: str, value: Mapping[str, Any]) -> Result:
    members = {key: value[key] for key in _SIDES if key in value} | {
        "from_name": name,
        "value": {key: each for key, each in value.items() if key not in _SIDES},
    }
    return Result(pointer, members, msgspec.json.encode(value).decode())
