"""Writer of Croissant 1.1: tables of images, boxes and other annotations as JSON lines, and the metadata over them."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Any, Final

from foveal.formats.base.files.json_records import dumps
from foveal.formats.base.files.source import Source
from foveal.formats.base.files.target import Target
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.dataset import Dataset
from foveal.formats.base.model.items import FormatError
from foveal.formats.base.model.loss import LossReport
from foveal.formats.croissant.reading import NAME, described_tables, metadata_name
from foveal.formats.tables.coverage import is_whole
from foveal.formats.tables.writing import pixels, tell_labels

WRITE_OPTIONS: Final = {
    "name": "The name of the data set.",
    "description": "A description of the data set.",
    "license": "The address of the licence.",
    "url": "The address of the data set's page.",
    "creator": "The name of the organization that made the data set.",
    "date_published": "The date of publication, for example 2026-11-29.",
    "version": "The version, MAJOR.MINOR.PATCH; MAJOR changes also when samples change their split.",
}
_CONTEXT: Final[Mapping[str, Any]] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "sc": "https://schema.org/",
    "dct": "http://purl.org/dc/terms/",
    "conformsTo": "dct:conformsTo",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "equivalentProperty": "cr:equivalentProperty",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    **{
        name: f"cr:{name}"
        for name in (
            *("citeAs", "column", "extract", "field", "fileProperty", "fileObject", "fileSet", "format", "includes"),
            *("isLiveDataset", "jsonPath", "key", "md5", "parentField", "path", "recordSet", "references", "regex"),
            *("repeated", "replace", "separator", "source", "subField", "transform", "samplingRate"),
        )
    },
}
_SPLITS: Final = {
    **dict.fromkeys(("train", "training"), "cr:TrainingSplit"),
    **dict.fromkeys(("val", "valid", "validation"), "cr:ValidationSplit"),
    **dict.fromkeys(("test", "testing"), "cr:TestSplit"),
}
_IMAGES: Final = {"file_name": "sc:Text", "split": "sc:Text", "labelled": "sc:Boolean"}
_EXTRA: Final = {"image_extra": "sc:Text"}
_SIDES: Final = {"image_width": "sc:Integer", "image_height": "sc:Integer"}
_ANNOTATION: Final = {"file_name": "sc:Text", "type": "sc:Text", "label": "cr:Label", "annotation": "sc:Text"}
Json = dict[str, Any]


def write(dataset: Dataset, target: Target, context: Context, losses: LossReport) -> None:
    """Write images, boxes, other annotations and metadata; an unedited data set goes out as it came.

    The column `annotation` holds all words of an annotation, so that nothing of it is lost.
    """
    source = dataset.source
    if (
        dataset.format == NAME
        and source is not None
        and is_whole(dataset, source.around(), described_tables(source, context))
    ):
        losses.written += sum(len(each.annotations) for each in dataset.assets())
        _copy(source, target)
        return
    tell_labels(dataset, losses, NAME)
    splits: set[str | None] = set()
    labels: dict[str, None] = {label.name: None for label in dataset.labels()}
    sides: set[bool] = set()
    has_extra = False
    with (
        _file(target, "images.jsonl") as images,
        _file(target, "boxes.jsonl") as boxes,
        _file(target, "annotations.jsonl") as others,
    ):
        for labelled in dataset.assets():
            asset = labelled.asset
            splits |= {asset.split} - {None}
            has_extra |= bool(asset.extra)
            sides.add(asset.width is not None and asset.height is not None)
            images.row(
                {
                    "file_name": asset.file_name,
                    "split": asset.split,
                    "labelled": asset.labelled,
                    "image_width": asset.width,
                    "image_height": asset.height,
                    "image_extra": dumps(dict(asset.extra)) if asset.extra else None,
                }
            )
            for each in labelled.annotations:
                losses.written += 1
                label = each.body.get("label")
                labels |= {} if label is None else {label: None}
                row = {"file_name": asset.file_name, "type": each.body["type"], "label": label or ""}
                box = pixels(each.body, labelled)
                (others if box is None else boxes).row(row | {"bbox": box, "annotation": dumps(each.body)})
    if len(sides) > 1:
        losses.tell("no_place", "asset.width", "Sides are stated only where those of all images are known.", "images")
    files = [each for each in (images, boxes, others) if each.count]
    of_images = _IMAGES | (_SIDES if sides == {True} else {}) | (_EXTRA if has_extra else {})
    document = _document(context, files, sorted(map(str, splits)), list(labels), of_images)
    with target.create(target.name or "croissant.json") as stream:
        stream.write(dumps(document).encode())


class _Lines:
    """A file of JSON lines with its number of rows, size and hash."""

    def __init__(self, name: str, stream: IO[bytes]) -> None:
        self.name, self._stream = name, stream
        self.count = self.size = 0
        self.digest = hashlib.sha256()

    def row(self, members: Mapping[str, Any]) -> None:
        line = (dumps({name: value for name, value in members.items() if value is not None}) + "\n").encode()
        self._stream.write(line)
        self.digest.update(line)
        self.size += len(line)
        self.count += 1


@contextmanager
def _file(target: Target, name: str) -> Iterator[_Lines]:
    with target.create(name) as stream:
        yield _Lines(name, stream)


def _document(
    context: Context, files: list[_Lines], splits: list[str], labels: list[str], of_images: Mapping[str, str]
) -> Json:
    version = context.option("version") or "1.0.0"
    if len(version.split(".")) != 3 or not all(part.isascii() and part.isdigit() for part in version.split(".")):
        raise FormatError("wrong_option", f"--option version={version}: must be MAJOR.MINOR.PATCH.")
    creator, date = context.option("creator"), context.option("date_published")
    found: Json = {
        "@context": dict(_CONTEXT),
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.1",
        "name": context.option("name") or "foveal-export",
        "description": context.option("description") or "Images with their labels.",
        "version": version,
        **{name: given for name in ("license", "url") if (given := context.option(name)) is not None},
        **({"creator": {"@type": "sc:Organization", "name": creator}} if creator else {}),
        **({"datePublished": date} if date else {}),
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": each.name,
                "name": each.name,
                "contentUrl": each.name,
                "contentSize": f"{each.size} B",
                "encodingFormat": "application/jsonlines",
                "sha256": each.digest.hexdigest(),
            }
            for each in files
        ],
        "recordSet": [],
    }
    sets: list[Json] = found["recordSet"]
    if splits:
        sets.append(_splits(splits))
    if labels:
        sets.append(_enumeration("labels", labels))
    for each in files:
        name = each.name.removesuffix(".jsonl")
        types = of_images if name == "images" else _ANNOTATION
        fields = [
            _field(name, column, type_, each.name) for column, type_ in types.items() if column != "split" or splits
        ]
        for field in fields:
            if field["@id"] == "images/split":
                field["references"] = {"field": {"@id": "splits/name"}}
            if field["@id"] in ("boxes/label", "annotations/label"):
                field["dataType"] = ["sc:Text", "cr:Label"]
        if name == "boxes":
            fields.append(_field(name, "bbox", "cr:BoundingBox", each.name))
            fields[-1]["source"]["format"] = "XYWH"
        sets.append({"@type": "cr:RecordSet", "@id": name, "name": name, "field": fields})
    return found


def _splits(splits: list[str]) -> Json:
    rows = [{"splits/name": name} | ({"splits/url": url} if (url := _SPLITS.get(name)) else {}) for name in splits]
    fields: list[Json] = [
        {"@type": "cr:Field", "@id": "splits/name", "name": "splits/name", "dataType": "sc:Text"},
        {"@type": "cr:Field", "@id": "splits/url", "name": "splits/url", "dataType": ["sc:URL", "cr:Split"]},
    ]
    return _with_key("splits", "cr:Split", fields if all(len(row) == 2 for row in rows) else fields[:1], rows)


def _enumeration(name: str, labels: list[str]) -> Json:
    field = {"@type": "cr:Field", "@id": f"{name}/name", "name": f"{name}/name", "dataType": "sc:Text"}
    return _with_key(name, "sc:Enumeration", [field], [{f"{name}/name": label} for label in labels])


def _with_key(name: str, type_: str, fields: list[Json], rows: list[Json]) -> Json:
    names = [field["@id"] for field in fields]
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "dataType": type_,
        "key": {"@id": f"{name}/name"},
        "field": fields,
        "data": [{key: row[key] for key in names} for row in rows],
    }


def _field(records: str, column: str, type_: str, file: str) -> Json:
    return {
        "@type": "cr:Field",
        "@id": f"{records}/{column}",
        "name": f"{records}/{column}",
        "dataType": type_,
        "source": {"fileObject": {"@id": file}, "extract": {"column": column}},
    }


def _copy(source: Source, target: Target) -> None:
    """Copy the metadata and the tables that it describes; other files, media among them, stay where they are."""
    around = source.around()
    name = metadata_name(source)
    tables = [each for each in around.names() if each.endswith((".csv", ".tsv", ".jsonl", ".json", ".parquet"))]
    for each in tables:
        with target.create(target.name if each == name and target.name else each) as stream, around.open(each) as file:
            while block := file.read(2**20):
                stream.write(block)
