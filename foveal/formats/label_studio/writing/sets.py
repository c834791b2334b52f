"""Members of annotations and predictions, which hold for all their results."""

from collections.abc import Sequence
from typing import Any

from foveal.formats.base.model.items import Annotation
from foveal.formats.base.model.loss import LossReport
from foveal.formats.label_studio.layers import GROUND_TRUTH
from foveal.formats.label_studio.writing.held import is_own
from foveal.formats.label_studio.writing.regions import Body
from foveal.formats.label_studio.writing.results import Made


def is_prediction(body: Body) -> bool:
    """Tell whether an annotation is a model's: it names a run, or has a confidence outside the ground truth."""
    return body.get("run") is not None or (body.get("confidence") is not None and body["field"] != GROUND_TRUTH)


def of_annotation(members: Sequence[Annotation], layer: str, losses: LossReport) -> Made:
    """Return what an annotation states about all its results: who made it, how long it took."""
    bodies = [each.body for each in members]
    number, *others = [body["extra"].get("annotation_id") if is_own(body) else None for body in bodies]
    made: Made = {"id": number} if type(number) is int and all(each == number for each in others) else {}
    annotator = _common(bodies, "annotator", losses, members)
    if isinstance(annotator, str) and annotator.isascii() and annotator.isdigit():
        made["completed_by"] = int(annotator)
    elif annotator is not None:
        losses.tell("not_in_format", "annotator", "Annotators are numbers.", members[0].pointer)
    lead_time = _common(bodies, "lead_time_seconds", losses, members)
    if lead_time is not None:
        made["lead_time"] = lead_time
    is_gold = all(GROUND_TRUTH in (body.get("tags") or ()) for body in bodies)
    if is_gold:
        made["ground_truth"] = True
    for each in members:
        if set(each.body.get("tags") or ()) - ({GROUND_TRUTH} if is_gold else set()):
            losses.tell("not_in_format", "tags", "Label Studio has no tags of annotations.", each.pointer)
    if layer != GROUND_TRUTH:
        losses.tell("layer_not_kept", "field", "An annotation has no name of a layer.", members[0].pointer)
    return made


def of_prediction(members: Sequence[Annotation], layer: str, losses: LossReport) -> Made:
    """Return what a prediction states about all its results: its model, and their score where they share one."""
    bodies = [each.body for each in members]
    models = {(body.get("run") or {}).get("model") for body in bodies}
    model = models.pop() if len(models) == 1 else None
    for each in members:
        if set(each.body.get("run") or {}) - {"model"}:
            losses.tell("not_in_format", "run", "A prediction names its model alone.", each.pointer)
        for name in ("annotator", "lead_time_seconds", "tags"):
            if each.body.get(name):
                losses.tell("not_in_format", name, "A prediction has no member for it.", each.pointer)
    scores = {body.get("confidence") for body in bodies}
    score = scores.pop() if len(scores) == 1 else None
    return {"model_version": model or layer} | ({"score": score} if score is not None else {})


def _common(bodies: Sequence[Body], name: str, losses: LossReport, members: Sequence[Annotation]) -> Any:
    """Return the value that all bodies have; told where they differ."""
    values = {body.get(name) for body in bodies}
    if len(values) == 1:
        return values.pop()
    losses.tell("not_in_format", name, "The results of an annotation have one.", members[0].pointer)
    return None
