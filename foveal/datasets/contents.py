"""Pages of what a version holds and of how two differ, as callers see them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from pymongo.database import Database

from foveal.access.page_tokens import Position, Tokens
from foveal.catalog.annotations import history
from foveal.database.client import Document
from foveal.datasets import rebuild
from foveal.datasets.documents import VersionDocument
from foveal.datasets.tree import differences
from foveal.datasets.tree.annotation_changes import kinds_of_change
from foveal.datasets.tree.differences import Difference
from foveal.datasets.tree.members import AnnotationRef, Line
from foveal.datasets.tree.page_store import Objects, PageStore


@dataclass(frozen=True, slots=True)
class Contents:
    """Reader of versions of one project; `key` signs the tokens of pages."""

    database: Database[Document]
    objects: Objects
    project: str
    key: bytes

    @property
    def store(self) -> PageStore:
        return PageStore(self.database, self.objects, self.project)

    def members(self, version: VersionDocument, limit: int, next_token: str | None, split: str | None) -> Document:
        """Return `{"items": [member, …], "next_token": …}` by asset id, of one split if it is named."""
        tokens = Tokens.of(self.key, "dataset-members", version["_id"], split)
        after = tokens.read(next_token).id if next_token else ""
        lines = self.store.lines_after(version["_id"], after)
        chosen = (line for line in lines if split is None or line.split == split)
        found = list(islice(chosen, limit + 1))
        token = tokens.sign(Position(None, found[limit - 1].asset_id)) if len(found) > limit else None
        return {"items": [_member(line) for line in found[:limit]], "next_token": token}

    def annotations(self, version: VersionDocument, limit: int, next_token: str | None) -> Document:
        """Return `{"items": [annotation, …], "next_token": …}`, each in its pinned revision, by asset and id.

        Raises Conflict for one that is not there any more as it was pinned.
        """
        tokens = Tokens.of(self.key, "dataset-annotations", version["_id"])
        position = tokens.read(next_token) if next_token else Position("", "")
        pins = list(islice(self._pins(version, str(position.value), position.id), limit + 1))
        token = None
        if len(pins) > limit:
            asset_id, ref = pins[limit - 1]
            token = tokens.sign(Position(asset_id, ref.id))
        found = rebuild.annotations(self.database, self.project, pins[:limit])
        return {
            "items": [history.public(found[ref.id, ref.revision]) for _, ref in pins[:limit]],
            "next_token": token,
        }

    def comparison(self, old: VersionDocument, new: VersionDocument, limit: int, next_token: str | None) -> Document:
        """Return the differences from `old` to `new`: the summary on the first page, and a page of facts."""
        store, before, after = self.store, self.store.pages(old["_id"]), self.store.pages(new["_id"])
        tokens = Tokens.of(self.key, "dataset-diff", old["_id"], new["_id"])
        position = tokens.read(next_token) if next_token else Position(0, "")
        facts = _facts(
            differences.pairs(before, after, store.encoded_lines, position.id), position.id, int(position.value)
        )
        found = list(islice(facts, limit + 1))
        token = None
        if len(found) > limit:
            behind, asset_id, count = found[limit - 1][1:]
            same = found[limit][0].asset_id == asset_id
            token = tokens.sign(Position(count, behind) if same else Position(0, asset_id))
        summary = None
        if next_token is None:
            summary = _summary(differences.summary(before, after, store.encoded_lines), old, new)
        items = self._described([fact for fact, *_ in found[:limit]])
        return {"before": old["root"], "after": new["root"], "summary": summary, "items": items, "next_token": token}

    def _pins(self, version: VersionDocument, asset_id: str, annotation_id: str) -> Iterator[rebuild.Pin]:
        """Yield the pinned annotations behind one."""
        if asset_id:
            page = self.store.page_that_may_hold(version["_id"], asset_id)
            lines = self.store.lines(page) if page else []
            refs = [ref for line in lines if line.asset_id == asset_id for ref in line.content().annotations]
            yield from ((asset_id, ref) for ref in refs if ref.id > annotation_id)
        for line in self.store.lines_after(version["_id"], asset_id):
            yield from ((line.asset_id, ref) for ref in line.content().annotations)

    def _described(self, facts: Sequence[Difference]) -> list[Document]:
        """Return facts as callers see them; of annotations that changed both states are read."""
        pins = [
            (fact.asset_id, ref)
            for fact in facts
            for ref in (fact.before, fact.after)
            if isinstance(ref, AnnotationRef)
        ]
        states = rebuild.annotations(self.database, self.project, pins)
        return [_fact(fact, states) for fact in facts]


def _facts(pairs: Iterator[differences.Pair], behind: str, passed: int) -> Iterator[tuple[Difference, str, str, int]]:
    """Yield each fact with the asset before its own, its asset, and its number among those of the asset."""
    for old, new in pairs:
        line = new or old
        assert line is not None
        for count, fact in enumerate(differences.differences(old, new), 1):
            if count > passed:
                yield fact, behind, fact.asset_id, count
        passed, behind = 0, line.asset_id


def _member(line: Line) -> Document:
    leaf = line.content()
    return {
        "asset_id": leaf.asset_id,
        "file_name": leaf.file_name,
        "checksum": leaf.checksum,
        "split": leaf.split,
        "s3": {"key": line.s3.key, "version_id": line.s3.version_id, "size_bytes": line.s3.size_bytes},
        "annotation_revision": line.annotation_revision,
        "annotations": [
            {"annotation_id": ref.id, "revision": ref.revision, "hash": ref.hash} for ref in leaf.annotations
        ],
        "hash": line.hash,
    }


def _fact(fact: Difference, states: dict[tuple[str, int], Document]) -> Document:
    shown: Document = {"change": fact.change, "asset_id": fact.asset_id, "file_name": fact.file_name}
    found: list[Document] = []
    for side, value in (("before", fact.before), ("after", fact.after)):
        if isinstance(value, AnnotationRef):
            state = states[value.id, value.revision]
            found.append(state)
            shown |= {"annotation_id": value.id, f"revision_{side}": value.revision, side: state.get("label")}
        elif fact.change in ("asset_added", "asset_removed"):
            shown |= {side: len(value.annotations)} if value is not None else {}
        else:
            shown[side] = value
    if len(found) == 2:
        shown["kinds"] = kinds_of_change(found[0], found[1])
    return shown


def _summary(found: differences.Summary, old: VersionDocument, new: VersionDocument) -> Document:
    before, after = ({each["name"]: each for each in stored.get("label_schemas", [])} for stored in (old, new))
    names = [name for name in sorted(before.keys() | after.keys()) if before.get(name) != after.get(name)]
    labels: list[Any] = sorted(
        found.labels_before.keys() | found.labels_after.keys(), key=lambda label: (label is not None, label or "")
    )
    return {
        "changes": dict(sorted(found.changes.items())),
        "labels": [
            {"label": label, "before": found.labels_before[label], "after": found.labels_after[label]}
            for label in labels
            if found.labels_before[label] != found.labels_after[label]
        ],
        "label_schemas": [
            {
                "name": name,
                "before": before[name]["revision"] if name in before else None,
                "after": after[name]["revision"] if name in after else None,
            }
            for name in names
        ],
    }
