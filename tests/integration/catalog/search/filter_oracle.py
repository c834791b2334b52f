"""The filter language again, evaluated in plain Python: the oracle of the property-based tests."""

import bisect
import math
import random
from datetime import UTC, datetime, timedelta
from typing import Any

from foveal.catalog.annotations.label_summary import summarise
from foveal.database.client import Document
from tests.integration.catalog.conftest import PROJECT

LABELS = ["car", "person", "boat", "Ünlü", "a b", None]
FIELDS = ["ground_truth", "yolo11"]
TYPES = ["detection", "classification"]
PEOPLE = ["ann", "ben"]
FORMATS = ["jpeg", "png", "webp", None]
TAGS = ["night", "day", "rain", "nightly", "\U0010ffff", "퟿x"]
START = datetime(2026, 1, 1, tzinfo=UTC)
EARTH_RADIUS_METRES = 6_378_100


def matches(filter_: Any, asset: Document, annotations: list[Document]) -> bool:
    """Tell whether an asset is in: among the ready ones when the filter says nothing about the status."""
    if not _names_status(filter_) and asset["status"] != "ready":
        return False
    return filter_ is None or _holds(filter_, asset, annotations)


def _holds(filter_: Any, asset: Document, annotations: list[Document]) -> bool:
    if "and" in filter_:
        return all(_holds(child, asset, annotations) for child in filter_["and"])
    if "or" in filter_:
        return any(_holds(child, asset, annotations) for child in filter_["or"])
    if "not" in filter_:
        return not _holds(filter_["not"], asset, annotations)
    if "near" in filter_:
        return _near(filter_["near"], asset.get("location"))
    if "annotations" in filter_:
        ((quantifier, wanted),) = filter_["annotations"].items()
        if quantifier == "count":
            number = sum(satisfies(wanted.get("of", {}), annotation) for annotation in annotations)
            return all(_compare(number, operator, bound) for operator, bound in wanted.items() if operator != "of")
        verdicts = [satisfies(wanted, annotation) for annotation in annotations]
        return {"any": any(verdicts), "all": all(verdicts), "none": not any(verdicts)}[quantifier]
    return _condition(filter_, asset)


def _condition(condition: dict[str, Any], asset: Document) -> bool:
    value: Any = asset
    for part in ("_id" if condition["field"] == "asset_id" else condition["field"]).split("."):
        value = value.get(part) if isinstance(value, dict) else None
    elements = value if isinstance(value, list) else [value]
    checks = []
    for operator, raw in condition.items():
        if operator == "field":
            continue
        operand = _instant(condition["field"], raw)
        if operator == "exists":
            checks.append((value is not None) is operand)
        elif operator in ("ne", "not_in"):
            operands = [operand] if operator == "ne" else operand
            checks.append(not any(_same(element, other) for element in elements for other in operands))
        else:
            checks.append(any(_compare(element, operator, operand) for element in elements))
    return all(checks)


def _compare(element: Any, operator: str, operand: Any) -> bool:
    if operator == "in":
        return any(_same(element, other) for other in operand)
    if operator == "eq":
        return _same(element, operand)
    if _family(element) != _family(operand):
        return False
    if operator == "prefix":
        return bool(element.startswith(operand))
    return bool(
        {"gt": element > operand, "gte": element >= operand, "lt": element < operand, "lte": element <= operand}[
            operator
        ]
    )


def _family(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    return "number" if isinstance(value, int | float) else type(value).__name__


def _same(left: Any, right: Any) -> bool:
    return _family(left) == _family(right) and bool(left == right)


def satisfies(wanted: dict[str, Any], annotation: Document) -> bool:
    """Tell whether an annotation is what is wanted."""
    for name in ("label", "field", "type"):
        accepted = wanted.get(name)
        if accepted is not None and annotation[name] not in (accepted if isinstance(accepted, list) else [accepted]):
            return False
    for name, accepted in (wanted.get("attributes") or {}).items():
        value = annotation.get("attributes", {}).get(name)
        values, wished = (each if isinstance(each, list) else [each] for each in (value, accepted))
        if not any(_same(one, other) for one in values for other in wished):
            return False
    told = {**annotation, "review": annotation.get("review", {}).get("state", "unreviewed")}
    for name in ("review", "created_by", "updated_by"):
        accepted = wanted.get(name)
        if accepted is not None and told[name] not in (accepted if isinstance(accepted, list) else [accepted]):
            return False
    changes = {operator: datetime.fromisoformat(bound) for operator, bound in (wanted.get("updated_at") or {}).items()}
    if not all(_compare(annotation["updated_at"], operator, bound) for operator, bound in changes.items()):
        return False
    sizes = {"confidence": annotation["confidence"]}
    if "bbox" in annotation:
        sizes |= {"width": annotation["bbox"][2], "height": annotation["bbox"][3], "area": annotation["bbox_area"]}
    return all(
        sizes.get(name) is not None and _compare(sizes[name], operator, bound)
        for name in ("confidence", "width", "height", "area")
        for operator, bound in wanted.get(name, {}).items()
    )


def _near(place: dict[str, float], location: Any) -> bool:
    if location is None:
        return False
    longitude, latitude = map(math.radians, location["coordinates"])
    other_longitude, other_latitude = math.radians(place["longitude"]), math.radians(place["latitude"])
    half = (
        math.sin((latitude - other_latitude) / 2) ** 2
        + math.cos(latitude) * math.cos(other_latitude) * math.sin((longitude - other_longitude) / 2) ** 2
    )
    return 2 * math.asin(min(1.0, math.sqrt(half))) * EARTH_RADIUS_METRES <= place["metres"]


def _instant(field: str, raw: Any) -> Any:
    if not field.endswith("_at") or isinstance(raw, bool):
        return raw
    return [datetime.fromisoformat(each) for each in raw] if isinstance(raw, list) else datetime.fromisoformat(raw)


def _names_status(filter_: Any) -> bool:
    if isinstance(filter_, dict):
        return filter_.get("field") == "status" or any(_names_status(child) for child in filter_.values())
    return isinstance(filter_, list) and any(_names_status(child) for child in filter_)


def corpus(seed: int, count: int) -> tuple[list[Document], dict[str, list[Document]]]:
    """Return assets and their annotations by asset id, with many ties and many gaps."""
    chance = random.Random(seed)
    assets, annotations = [], {}
    for number in range(count):
        asset_id = f"{number:08x}-0000-7000-8000-{seed:012x}"
        annotations[asset_id] = [_annotation(chance, asset_id, n) for n in range(chance.choice([0, 0, 1, 2, 5, 20]))]
        created_at = START + timedelta(hours=chance.randrange(40))
        asset: Document = {
            "_id": asset_id,
            "project": PROJECT,
            "status": chance.choice(["ready"] * 8 + ["deleted", "failed"]),
            "created_at": created_at,
            "updated_at": created_at + timedelta(minutes=chance.randrange(3)),
            "tags": chance.sample(TAGS, chance.randrange(3)),
            "attributes": {"speed": chance.choice([1, 1.5, 2, True, "1", ["fast", "wet"], [1, 9]])},
            "label_summary": summarise(annotations[asset_id]),
            "annotation_revision": len(annotations[asset_id]),
            "schema_version": 1,
        }
        if chance.random() < 0.8:
            asset |= {"size_bytes": chance.choice([0, 10, 10, 2**40, 500]), "format": chance.choice(FORMATS)}
        if chance.random() < 0.4:
            asset["captured_at"] = chance.choice([START, START + timedelta(milliseconds=1)])
        if chance.random() < 0.7:
            asset["file_name"] = chance.choice(["IMG_1.jpg", "IMG_2.jpg", "img.png", "Ärger", "\U0010ffffz"])
        if chance.random() < 0.6:
            point = [round(chance.uniform(-10, 10), 3), round(chance.uniform(40, 60), 3)]
            asset["location"] = {"type": "Point", "coordinates": point}
        assets.append(asset)
    return assets, annotations


def _annotation(chance: random.Random, asset_id: str, number: int) -> Document:
    annotation: Document = {
        "_id": f"{asset_id[:-3]}{number:03x}",
        "project": PROJECT,
        "asset_id": asset_id,
        "field": chance.choice(FIELDS),
        "label": chance.choice(LABELS),
        "type": chance.choice(TYPES),
        "confidence": chance.choice([None, 0.1, 0.5, 0.9, 1]),
        "revision": 1,
        "created_at": START,
        "updated_at": START + timedelta(milliseconds=chance.randrange(3)),
        "created_by": chance.choice(PEOPLE),
        "updated_by": chance.choice(PEOPLE),
        "schema_version": 1,
    }
    if chance.random() < 0.6:
        annotation["review"] = {"state": chance.choice(["accepted", "rejected", "pending"])}
    if chance.random() < 0.7:
        annotation["attributes"] = {"speed": chance.choice([1, 1.0, 2.5, True, "1", ["a", "b"]])}
    if annotation["type"] == "detection":
        width, height = chance.choice([0.1, 0.2, 0.5]), chance.choice([0.1, 0.25, 0.5])
        annotation |= {"bbox": [0.1, 0.1, width, height], "bbox_area": width * height}
    return annotation


def bucket_counts(values: list[float], boundaries: list[float]) -> list[int]:
    """Count values into half-open buckets, the last one closed."""
    counts = [0] * (len(boundaries) - 1)
    for value in values:
        if boundaries[0] <= value <= boundaries[-1]:
            counts[min(bisect.bisect_right(boundaries, value) - 1, len(counts) - 1)] += 1
    return counts
