"""Tasks of which a part was edited: results that nobody edited stay as their text, the others are made anew."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import msgspec

from foveal.formats.base.files.json_records import dumps
from foveal.formats.base.model.dataset import LabelledAsset
from foveal.formats.base.model.items import Annotation, Asset
from foveal.formats.label_studio.bodies import bodies_of
from foveal.formats.label_studio.layers import GROUND_TRUTH, is_cancelled
from foveal.formats.label_studio.regions import Region, grouped
from foveal.formats.label_studio.shapes import Space, sides_of
from foveal.formats.label_studio.tasks import SETS, ResultSet, finite, parsed
from foveal.formats.label_studio.values import Unreadable
from foveal.formats.label_studio.writing.sets import is_prediction, of_annotation, of_prediction
from foveal.formats.label_studio.writing.tasks import TaskWriter

Raw = msgspec.Raw
Members = dict[str, Raw]


def rebuilt(text: str, pointer: str, assets: Sequence[LabelledAsset], writer: TaskWriter) -> str:
    """Return the text of a task with what became of its annotations."""
    task = parsed(text.encode(), pointer)
    editing = _Editing(assets, writer)
    results = {of.pointer: editing.results(of) for of in task.sets}
    for home, made in editing.added().items():
        results[home] += made
    if task.format != "label_studio":  # an annotation with its task is one object
        return _with_results(Raw(finite(text.encode())), results[pointer])
    members: Members = msgspec.json.decode(finite(text.encode()), type=Members)
    for name in dict.fromkeys([*SETS, *editing.new_sets]):
        new = editing.new_sets.get(name, [])
        if name in members or new:
            sets: list[Raw] = msgspec.json.decode(members.get(name, b"null"), type=list[Raw] | None) or []
            texts = [_with_results(of, results[f"{pointer}/{name}/{at}"]) for at, of in enumerate(sets)]
            members[name] = _list([*texts, *new])
    return msgspec.json.encode(members).decode()


@dataclass(slots=True)
class _Editing:
    """The annotations of a task by the region that they came from; those that are left are new."""

    assets: Sequence[LabelledAsset]
    writer: TaskWriter
    new_sets: dict[str, list[str]] = field(default_factory=dict)
    _by_pointer: dict[str, list[Annotation]] = field(default_factory=dict)
    _homes: dict[tuple[bool, str], str] = field(default_factory=dict)
    _ids: dict[str, set[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for each in self.assets:
            for annotation in each.annotations:
                self._by_pointer.setdefault(annotation.pointer, []).append(annotation)

    def results(self, of: ResultSet) -> list[str]:
        """Return the texts of the results of a set, in their order."""
        regions, broken = grouped(of.results)
        kept = {leftover.pointer for each in self.assets for leftover in each.leftovers}
        made = {result.pointer: [result.text] for result, _ in broken if result.pointer in kept}
        self._ids[of.pointer] = {_id(region) for region in regions}
        layer = None
        for region in regions:
            mine = self._by_pointer.pop(region.pointer, [])
            layer = layer or (mine[0].body["field"] if mine else None)
            if region.pointer in kept or (mine and _is_as_read(region, of, mine)):
                self.writer.note(mine)
                made |= {each.pointer: [each.text] for each in (*region.results, *region.relation_results)}
            elif mine:
                made[region.pointer] = self._edited(region, mine, self._ids[of.pointer])
        if of.kind != "draft" and not is_cancelled(of.members):
            self._homes.setdefault((of.kind == "prediction", layer or GROUND_TRUTH), of.pointer)
        return [text for result in of.results for text in made.get(result.pointer, ())]

    def added(self) -> dict[str, list[str]]:
        """Return the texts of new results by the set of their layer; other layers become `new_sets`."""
        layers: dict[tuple[bool, str], list[Annotation]] = {}
        for members in self._by_pointer.values():
            for each in members:
                layers.setdefault((is_prediction(each.body), each.body["field"]), []).append(each)
        found: dict[str, list[str]] = {}
        for (predicted, layer), members in layers.items():
            home = self._homes.get((predicted, layer))
            made = self.writer.results(self._asset_of(members[0]), members, self._ids.get(home or "", ()))
            if home is not None:
                found[home] = [dumps(each) for each in made]
                continue
            of_set = (of_prediction if predicted else of_annotation)(members, layer, self.writer.losses)
            self.new_sets.setdefault("predictions" if predicted else "annotations", []).append(
                dumps(of_set | {"result": made})
            )
        return found

    def _asset_of(self, annotation: Annotation) -> Asset:
        return next(
            (each.asset for each in self.assets if each.asset.file_name == annotation.asset), self.assets[0].asset
        )

    def _edited(self, region: Region, mine: Sequence[Annotation], ids: set[str]) -> list[str]:
        """Return the texts of an edited region; relations that are as they were keep their text."""
        alone = [replace(each, body=each.body | {"relations": None}) for each in mine]
        made = [dumps(each) for each in self.writer.results(self._asset_of(mine[0]), alone, ids - {_id(region)})]
        if (mine[0].body.get("relations") or []) == region.relations:
            return made + [each.text for each in region.relation_results]
        return made + [dumps(each) for each in self.writer.relations_of(mine[0], _id(region))]


def _is_as_read(region: Region, of: ResultSet, mine: Sequence[Annotation]) -> bool:
    """Tell whether all annotations of a region are there, and none is edited."""
    if any(each.is_edited for each in mine):
        return False
    try:
        space = Space(sides_of((region.shape or region.results[0]).members or {}))
        return len(bodies_of(region, of, space).bodies) == len(mine)
    except Unreadable:
        return True


def _id(region: Region) -> str:
    return str(((region.shape or region.results[0]).members or {}).get("id", ""))


def _with_results(element: Raw, results: Sequence[str]) -> str:
    if not bytes(element).startswith(b"{"):
        return bytes(element).decode()
    members: Members = msgspec.json.decode(element, type=Members)
    members["result"] = _list(results)
    return msgspec.json.encode(members).decode()


def _list(texts: Sequence[str]) -> Raw:
    return Raw(f"[{', '.join(texts)}]".encode())
