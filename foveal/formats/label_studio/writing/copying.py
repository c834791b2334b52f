"""Files of tasks as they stand, without e-mail addresses and signatures: what a conversion without edits writes."""

from itertools import islice

from foveal.formats.base.files.source import Source
from foveal.formats.base.files.target import Target
from foveal.formats.base.model.loss import LossReport
from foveal.formats.label_studio.minimal import is_minimal
from foveal.formats.label_studio.tasks import BrokenTask, TaskText, elements, parsed
from foveal.formats.label_studio.writing.splice import read_between, task_names


def copy(source: Source, target: Target, _: LossReport) -> bool:
    """Write the files of a source; False for JSON_MIN, and for several files where the target is one."""
    names = task_names(source)
    if not names or (target.name is not None and len(names) > 1) or any(_is_minimal(source, name) for name in names):
        return False
    people: dict[bytes, int] = {}
    for name in names:
        with source.open(name) as stream, target.create(target.name or name) as out:
            position = 0
            for element in elements(source, name):
                out.write(read_between(stream, position, element.offset))
                out.write(TaskText.of(element, people).raw)
                position = element.offset + len(element.raw)
            out.write(read_between(stream, position, None))
    return True


def _is_minimal(source: Source, name: str) -> bool:
    """Tell whether the first task of a file is one of JSON_MIN, or broken."""
    for element in islice(elements(source, name), 1):
        try:
            return is_minimal(parsed(element.raw, ""))
        except BrokenTask:
            return True
    return False
