"""Tasks that are written: with the text that they came with, with a part of it made anew, or made from bodies."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from foveal.formats.base.files.json_records import dumps
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.dataset import LabelledAsset
from foveal.formats.base.model.items import Annotation, Asset
from foveal.formats.base.model.loss import LossReport
from foveal.formats.label_studio.references import media_keys
from foveal.formats.label_studio.writing.geometry import displayed
from foveal.formats.label_studio.writing.interface import Interface
from foveal.formats.label_studio.writing.regions import Identities, regions_of
from foveal.formats.label_studio.writing.results import Made, Writer, relation
from foveal.formats.label_studio.writing.sets import is_prediction, of_annotation, of_prediction

OPTION_PREFIX: Final = "reference_prefix"
VIDEO_SUFFIXES: Final = (".mp4", ".mov", ".m4v", ".avi", ".mkv", ".webm")


@dataclass(slots=True)
class TaskWriter:
    """Makes tasks; keeps the ids that are taken, and the controls of the labelling interface."""

    context: Context
    losses: LossReport
    taken: set[int]
    interface: Interface = field(default_factory=Interface)
    _used: set[int] = field(default_factory=set)
    _next: int = 1

    def made(self, each: LabelledAsset) -> str:
        """Return the text of a task for an asset and its annotations."""
        asset, key = each.asset, _key(each.asset)
        self.interface.add_object(key)
        task: Made = {"id": self._identity(asset), "data": self._data(asset, key)}
        task |= self._meta(asset)
        annotations, predictions = self._sets(each)
        if asset.labelled and not each.annotations:
            annotations = [{"result": []}]
        elif asset.labelled and not annotations:
            why = "A task without a written annotation counts as not reviewed."
            self.losses.tell("not_reviewed", "labelled", why, asset.file_name)
        for leftover in each.leftovers:
            self.losses.tell("not_imported", "record", "The record could not be read before.", leftover.pointer)
        return dumps(task | {"annotations": annotations} | ({"predictions": predictions} if predictions else {}))

    def results(self, asset: Asset, annotations: Sequence[Annotation], taken: Iterable[str] = ()) -> list[Made]:
        """Return the results of annotations of one layer; `taken` are ids of regions that are there already."""
        writer = self._writer(asset, _key(asset), taken)
        regions = list(regions_of([replace(each, body=dict(displayed(each.body))) for each in annotations]))
        made = [result for region in regions for result in writer.region(region)]
        return made + list(writer.relations(regions))

    def relations_of(self, annotation: Annotation, identity: str) -> Iterator[Made]:
        """Yield the relations of an annotation of Label Studio, where instances are ids of regions."""
        for each in annotation.body.get("relations") or ():
            yield relation(identity, each["to"], each)

    def note(self, annotations: Sequence[Annotation]) -> None:
        """Count annotations that go out as the text that they came with."""
        self.losses.written += len(annotations)

    def _writer(self, asset: Asset, key: str, taken: Iterable[str] = ()) -> Writer:
        facts = self.context.facts_of(asset.file_name)
        sides = (asset.width, asset.height) if asset.width and asset.height else None
        sides = sides or ((facts.width, facts.height) if facts else None)
        frames = asset.frame_count or (facts.frame_count if facts else None)
        return Writer(sides, frames, key, self.interface, self.losses, Identities(taken))

    def _sets(self, each: LabelledAsset) -> tuple[list[Made], list[Made]]:
        """Return the annotations and the predictions: one for each layer."""
        layers: dict[tuple[bool, str], list[Annotation]] = {}
        for annotation in each.annotations:
            key = (is_prediction(annotation.body), annotation.body["field"])
            layers.setdefault(key, []).append(annotation)
        annotations, predictions = [], []
        for (predicted, layer), members in layers.items():
            made = {"result": self.results(each.asset, members)}
            if not made["result"]:
                continue
            if predicted:
                predictions.append(of_prediction(members, layer, self.losses) | made)
            else:
                annotations.append(of_annotation(members, layer, self.losses) | made)
        return annotations, predictions

    def _identity(self, asset: Asset) -> int:
        """Return the id of the asset's task where it is a number that no other task has, else the next free one."""
        if isinstance(asset.external_id, int) and asset.external_id not in self._used:
            self._used.add(asset.external_id)
            return asset.external_id
        while self._next in self.taken or self._next in self._used:
            self._next += 1
        self._used.add(self._next)
        return self._next

    def _data(self, asset: Asset, key: str) -> Made:
        data = asset.extra.get("data")
        if isinstance(data, dict) and media_keys(data):
            return data
        prefix = self.context.option(OPTION_PREFIX) or ""
        split = {"split": asset.split} if asset.split else {}
        return {key: f"{prefix}{asset.file_name}"} | split

    def _meta(self, asset: Asset) -> Made:
        if isinstance(asset.extra.get("meta"), dict):
            return {"meta": asset.extra["meta"]}
        if asset.extra and "data" not in asset.extra:
            self.losses.tell(
                "not_in_format", "asset.extra", "Members of another format are not written.", asset.file_name
            )
        return {}


def _key(asset: Asset) -> str:
    """Return the name of an asset's object tag and data key: `image` or `video`."""
    return "video" if asset.frame_count or asset.file_name.lower().endswith(VIDEO_SUFFIXES) else "image"
