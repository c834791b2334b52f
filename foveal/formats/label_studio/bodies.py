"""Bodies of annotations for a region: one for each label, keyframe, choice or text of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from foveal.formats.label_studio import values
from foveal.formats.label_studio.regions import Region, value_of
from foveal.formats.label_studio.shapes import Body, Space, bodies, kind_of, named
from foveal.formats.label_studio.tasks import Result, ResultSet
from foveal.formats.label_studio.values import Unreadable

MAX_BODIES: Final = 100_000
"""Labels times keyframes of one region."""
MAX_EXTRA: Final = 4096
"""Bytes of a member that is repeated in `extra`; larger ones stay in the record alone."""
SOURCES: Final = {"manual": "manual", "prediction": "auto", "prediction-changed": "semi_auto"}
_READ: Final = frozenset({"id", "type", "value", "origin", "score", "parentID", "original_width", "original_height"})
_GEOMETRY: Final = frozenset(
    {"x", "y", "width", "height", "rotation", "points", "closed", "radiusX", "radiusY", "rle", "sequence", "ranges"}
)
_STATEMENTS: Final = frozenset({"choices", "taxonomy", "text", "number", "rating", "datetime"})


@dataclass(slots=True)
class Found:
    """Bodies of a region, and warnings as (code, message)."""

    bodies: list[Body] = field(default_factory=list)
    warnings: list[tuple[str, str]] = field(default_factory=list)


def bodies_of(region: Region, of: ResultSet, space: Space) -> Found:
    """Return the bodies of a region. Raises Unreadable where it has none, or more than MAX_BODIES."""
    found = Found()
    shared = _shared(region, of, found)
    if region.shape is not None:
        made = _placed(region, region.shape, space, found)
    else:
        made = (body for result in region.results for body in _whole(result))
    for body in made:
        extra = shared.get("extra", {}) | {key: body.pop(key) for key in ("controls",) if key in body}
        found.bodies.append(shared | body | ({"extra": extra} if extra else {}))
        if len(found.bodies) > MAX_BODIES:
            raise Unreadable(f"the region has more than {MAX_BODIES} labels and keyframes")
    if not found.bodies:
        raise Unreadable("the result states nothing")
    return found


def _shared(region: Region, of: ResultSet, found: Found) -> Body:
    """Return the members that all bodies of a region have."""
    first = region.first
    members = first.members or {}
    body: Body = {}
    if values.is_word(members.get("id")):
        body["instance_id"] = members["id"]
    if values.is_word(members.get("parentID")):
        body["parent_id"] = members["parentID"]
    if region.relations:
        body["relations"] = region.relations[: values.MAX_VALUES]
    body |= _provenance(of, members)
    body |= _confidence(of, members, found)
    extra = _extra(region, first, of)
    if "score_outside" in body:
        extra["score"] = body.pop("score_outside")
    return body | ({"extra": extra} if extra else {})


def _provenance(of: ResultSet, members: Mapping[str, Any]) -> Body:
    from foveal.formats.label_studio.layers import annotator_of

    if of.kind == "prediction":
        version = of.members.get("model_version")
        return {"source": "auto"} | ({"run": {"model": version}} if values.is_word(version) else {})
    body: Body = {}
    annotator = annotator_of(of.members)
    if values.is_word(annotator):
        body["annotator"] = annotator
    lead_time = of.members.get("lead_time")
    if isinstance(lead_time, int | float) and not isinstance(lead_time, bool) and 0 <= lead_time <= values.MAX_NUMBER:
        body["lead_time_seconds"] = lead_time
    if of.members.get("ground_truth") is True:
        body["tags"] = ["ground_truth"]
    if source := SOURCES.get(members.get("origin", "")) if isinstance(members.get("origin"), str) else None:
        body["source"] = source
    return body


def _confidence(of: ResultSet, members: Mapping[str, Any], found: Found) -> Body:
    """Return the score of the result, else of the prediction; a score outside 0 to 1 is no confidence."""
    score = members.get("score")
    if score is None and of.kind == "prediction":
        score = of.members.get("score")
    if isinstance(score, bool) or not isinstance(score, int | float):
        return {}
    if 0 <= score <= 1:
        return {"confidence": score}
    found.warnings.append(("score_outside", f"The score {score:g} is outside 0 to 1: it is kept as extra.score."))
    return {"score_outside": score}


def _extra(region: Region, first: Result, of: ResultSet) -> Body:
    """Return the members of the file that the model has no word for."""
    members, value = first.members or {}, value_of(first)
    extra = {name: each for name, each in members.items() if name not in _READ and not _is_default(name, each)}
    is_known = _GEOMETRY if region.shape is not None else _STATEMENTS
    own = {
        name: each
        for name, each in value.items()
        if name not in is_known and not name.endswith("labels") and not (name == "text" and region.shape is not None)
    }
    if kind_of(value) == "keypoint" and "width" in value:
        own["width"] = value["width"]
    if own:
        extra["value"] = own
    if of.members.get("id") is not None:
        extra["annotation_id"] = of.members["id"]
    return {name: each for name, each in extra.items() if len(msgspec.json.encode(each)) <= MAX_EXTRA}


def _is_default(name: str, value: Any) -> bool:
    return value is None or (name == "image_rotation" and value == 0) or (name in ("readonly", "hidden") and not value)


def _placed(region: Region, shape: Result, space: Space, found: Found) -> Iterator[Body]:
    """Yield the bodies of a shape: for each label all its places."""
    value, identity = value_of(shape), (shape.members or {}).get("id")
    kind = kind_of(value) or ""
    names: dict[str, None] = {}
    shared: Body = {}
    for result in region.results:
        names |= dict.fromkeys(values.labels(value_of(result)))
        shared = _with_statement(shared, result, value_of(result), found)
    if kind == "video":
        shared["track_id"] = identity if values.is_word(identity) else shape.pointer[-values.MAX_WORD :]
    places = list(bodies(kind, value, space))
    for name in names or (None,):
        label = {} if name is None else {"label": name}
        yield from (shared | label | (named(body, name) if kind == "keypoint" else body) for body in places)


def _with_statement(shared: Body, result: Result, value: Mapping[str, Any], found: Found) -> Body:
    """Return the shared members with what a control states about the region: a text, a choice, a number."""
    control = (result.members or {}).get("from_name")
    if "text" in value:
        texts = values.passages(value["text"], "text")
        joined = "\n".join([*([shared["text"]] if "text" in shared else []), *texts])
        if len(joined) <= values.MAX_PASSAGE:
            return shared | ({"text": joined} if joined else {})
        found.warnings.append(("text_in_record", f"Texts beyond {values.MAX_PASSAGE} characters stay in the record."))
        return shared
    stated = _attribute(value)
    if stated is None:
        return shared
    attributes = shared.get("attributes", {})
    if len(attributes) >= values.MAX_VALUES:
        raise Unreadable(f"the region has more than {values.MAX_VALUES} statements")
    name = values.attribute_name(control)
    aliases = {} if name == control else {"controls": shared.get("controls", {}) | {name: control}}
    return shared | aliases | {"attributes": attributes | {name: stated}}


def _attribute(value: Mapping[str, Any]) -> Any:
    if "choices" in value:
        names = list(values.words(value["choices"], "choices"))[: values.MAX_VALUES]
        return names[0] if len(names) == 1 else names
    if "taxonomy" in value:
        names = ["/".join(path) for path in _paths(value["taxonomy"])][: values.MAX_VALUES]
        return names[0] if len(names) == 1 else names
    for key in ("number", "rating"):
        if key in value:
            return values.number(value, key)
    return values.word(value["datetime"], "datetime") if "datetime" in value else None


def _whole(result: Result) -> Iterator[Body]:
    """Yield the bodies of a statement about the whole asset. Raises Unreadable for a type that is not supported."""
    value, members = value_of(result), result.members or {}
    control = members.get("from_name")
    if "choices" in value:
        for name in values.words(value["choices"], "choices"):
            yield {"type": "classification", "label": name}
    elif "taxonomy" in value:
        for path in _paths(value["taxonomy"]):
            yield {"type": "classification", "label": values.word("/".join(path), "taxonomy")} | (
                {"attributes": {"path": list(path)}} if len(path) > 1 else {}
            )
    elif "number" in value or "rating" in value:
        stated = values.number(value, "number" if "number" in value else "rating")
        yield {"type": "regression", "value": stated} | ({"label": control} if values.is_word(control) else {})
    elif "text" in value and not {"start", "end"} & value.keys():
        for text in values.passages(value["text"], "text"):
            yield {"type": "caption", "text": text}
    else:
        raise Unreadable(f"the type {members.get('type')!s:.100} is not supported")


def _paths(found: Any) -> Sequence[Sequence[str]]:
    if not isinstance(found, list):
        raise Unreadable("taxonomy is not a list of paths")
    return [values.words(path if isinstance(path, list) else [path], "taxonomy")[: values.MAX_VALUES] for path in found]
