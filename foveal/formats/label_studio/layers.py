"""Layers of annotations: one for all annotators or one for each, one for each model version, as the options say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from foveal.formats.base.files.source import Source
from foveal.formats.base.model.context import OPTION_LAYER, Context, ask
from foveal.formats.base.model.items import Question
from foveal.formats.label_studio.minimal import expanded, is_minimal
from foveal.formats.label_studio.tasks import BrokenTask, annotations_of, elements, parsed
from foveal.formats.label_studio.values import layer_name

OPTION_ANNOTATORS: Final = "annotators"
OPTION_CONTROLS: Final = "controls"
OPTION_CANCELLED: Final = "cancelled"
ONE, EACH = "one_layer", "layer_each"
GROUND_TRUTH: Final = "ground_truth"
PREDICTIONS: Final = "predictions"


@dataclass(slots=True)
class Survey:
    """The annotators of a source, and whether a task has several annotations."""

    annotators: set[str] = field(default_factory=set)
    has_several: bool = False

    def question(self, where: str) -> Question | None:
        """Return the question of the layers, where there is something to ask."""
        if len(self.annotators) < 2 and not self.has_several:
            return None
        proposal, seen = (EACH, "label the same tasks") if self.has_several else (ONE, "share the tasks")
        return ask(
            OPTION_ANNOTATORS,
            f"{max(len(self.annotators), 1)} annotators {seen}: are their annotations one layer, or a layer each?",
            (ONE, EACH),
            proposal,
            where,
        )


def surveyed(source: Source, names: list[str]) -> Survey:
    """Return the annotators of the files: one pass over them. Raises FormatError."""
    survey = Survey()
    last: tuple[Any, bytes] | None = None
    for name in names:
        for element in elements(source, name):
            try:
                given = [each for each in annotations_of(element.raw) if not is_cancelled(each)]
                row = None if given else _minimal_row(element.raw)
            except BrokenTask:
                continue
            if row is not None:  # the annotations of one task are one after another
                given = [row[0]]
                survey.has_several |= row[1] is not None and row[1:] == last
                last = row[1:]
            survey.annotators |= {annotator_of(each) or "" for each in given}
            survey.has_several |= len(given) > 1
    return survey


def _minimal_row(raw: bytes) -> tuple[Mapping[str, Any], Any, bytes] | None:
    """Return the annotation of a row of JSON_MIN, and the id and the data of its task. Raises BrokenTask."""
    if b'"annotat' not in raw:
        return None
    task = parsed(raw, "")
    if not is_minimal(task):
        return None
    task = expanded(task, ())
    return (task.sets[0].members, task.members.get("id"), msgspec.json.encode(task.data)) if task.sets else None


def is_cancelled(annotation: Mapping[str, Any]) -> bool:
    """Tell whether an annotator skipped the task; `skipped` in old files."""
    return bool(annotation.get("was_cancelled") or annotation.get("skipped"))


def annotator_of(annotation: Mapping[str, Any]) -> str | None:
    """Return the number of the annotator as text, None where there is none."""
    found = annotation.get("completed_by")
    found = found.get("id") if isinstance(found, dict) else found
    return str(found) if isinstance(found, int | str) and not isinstance(found, bool) and str(found) else None


@dataclass(slots=True)
class Layers:
    """The names of layers. One for each annotator: their second annotation of a task has a layer of its own."""

    annotators: str | None
    controls: str
    cancelled: str

    @classmethod
    def of(cls, context: Context) -> "Layers":
        """Return the layers by the options. Raises FormatError."""
        answer = context.option(OPTION_ANNOTATORS, (ONE, EACH))
        return cls(
            answer or (ONE if context.option(OPTION_LAYER) else None),
            context.option(OPTION_CONTROLS, (ONE, EACH)) or ONE,
            context.option(OPTION_CANCELLED, ("leave_out", "import")) or "leave_out",
        )

    def of_annotation(self, annotation: Mapping[str, Any], seen: dict[str, int]) -> str:
        """Return the layer of an annotation; `seen` counts the annotations of its task by annotator."""
        if is_cancelled(annotation):
            return "cancelled"
        if self.annotators != EACH:
            return GROUND_TRUTH
        annotator = annotator_of(annotation)
        name = layer_name(f"annotator_{annotator}") if annotator else GROUND_TRUTH
        seen[name] = seen.get(name, 0) + 1
        return name if seen[name] == 1 else f"{name}_{seen[name]}"

    def of_prediction(self, prediction: Mapping[str, Any]) -> str:
        """Return the layer of a prediction: its model version, as far as a name of a layer may be that."""
        version = prediction.get("model_version")
        name = layer_name(version) if isinstance(version, str) and version else PREDICTIONS
        return f"model_{name}" if name == GROUND_TRUTH or name.startswith("annotator_") else name

    def of_control(self, layer: str, control: Any) -> str:
        """Return the layer of a result, where each control has one of its own."""
        return f"{layer}_{layer_name(control)}"[:64] if self.controls == EACH and isinstance(control, str) else layer
