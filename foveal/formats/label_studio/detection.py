"""Detection of Label Studio's files by their first bytes."""

import re
from typing import Final

from foveal.formats.base.files.source import Source
from foveal.formats.label_studio.tasks import head, task_files

MAX_FILES: Final = 5
_SURE: Final = re.compile(rb'"(?:was_cancelled|completed_by|from_name|model_version)"\s*:')
_SETS: Final = re.compile(rb'"(?:annotations|predictions|completions|drafts)"\s*:\s*\[')
_MINIMAL: Final = re.compile(rb'"(?:annotation_id|lead_time)"\s*:')
_SIDES: Final = re.compile(rb'"original_width"\s*:')
_DATA: Final = re.compile(rb'"data"\s*:\s*\{')
_RESULT: Final = re.compile(rb'"result"\s*:\s*\[')


def score(source: Source) -> float:
    """Return how likely a source holds tasks of Label Studio, from 0 to 1."""
    return max((head_score(source, name) for name in task_files(source)[:MAX_FILES]), default=0.0)


def head_score(source: Source, name: str) -> float:
    """Return how likely a file holds tasks."""
    if not name.lower().endswith(".json") and "." in name.rpartition("/")[2]:
        return 0.0
    text = head(source, name)
    if not re.match(rb"\[\s*\{|\{", text):
        return 0.0
    is_list = text.startswith(b"[")
    if _DATA.search(text) or _RESULT.search(text):
        if _SURE.search(text) and (_RESULT.search(text) or _SETS.search(text)):
            return 0.95
        if _RESULT.search(text):
            return 0.8
        return 0.6 if is_list and (_SETS.search(text) or _DATA.match(text, text.find(b'"data"'))) else 0.0
    if is_list and (_MINIMAL.search(text) and (b'"annotator"' in text or b'"annotation_id"' in text)):
        return 0.9
    return 0.7 if is_list and _SIDES.search(text) else 0.0
