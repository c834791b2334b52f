"""Items of a reader in groups: one for each asset of the file, with what the file has on it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from foveal.formats.base.model.items import Annotation, Asset, FileWarning, Item, Label, NotImported, Question, Section
from foveal.formats.reading import Summary
from foveal.imports.label_merging import MAX_LABELS


@dataclass(slots=True)
class Group:
    """An asset of the file at its position, its annotations by record, and what was told since the asset before."""

    position: int
    asset: Asset | None
    records: list[list[Annotation]] = field(default_factory=list)
    leftovers: list[NotImported] = field(default_factory=list)
    told: list[NotImported | FileWarning | Question] = field(default_factory=list)

    def add(self, item: Annotation) -> None:
        """Add an annotation; those of one record follow each other."""
        if self.records and self.records[-1][0].pointer == item.pointer:
            self.records[-1].append(item)
        else:
            self.records.append([item])


@dataclass(slots=True)
class FileContent:
    """Content of no single asset: classes, sections, records without an asset, and the counts at the end.

    `used` are the labels of annotations in their order, as many as a label schema can have.
    """

    labels: dict[str, Label] = field(default_factory=dict)
    used: dict[str, None] = field(default_factory=dict)
    sections: dict[str, str] = field(default_factory=dict)
    leftovers: list[NotImported] = field(default_factory=list)
    summary: Summary | None = None


def groups(items: Iterable[Item | Summary], content: FileContent) -> Iterator[Group]:
    """Yield the groups in the order of the file, the last with no asset where something is told after the last one.

    Classes, sections and the summary go to `content`, which is complete at the end.
    """
    group = Group(0, None)
    for item in items:
        match item:
            case Asset():
                if group.asset is not None:
                    yield group
                    group = Group(group.position + 1, item)
                else:
                    group.asset = item
            case Annotation():
                group.add(item)
                if (label := item.body.get("label")) and len(content.used) <= MAX_LABELS:
                    content.used[label] = None
            case NotImported():
                group.told.append(item)
                if item.asset is None:
                    content.leftovers.append(item)
                else:
                    group.leftovers.append(item)
            case FileWarning() | Question():
                group.told.append(item)
            case Label():
                content.labels.setdefault(item.pointer or item.name, item)
            case Section():
                content.sections[item.name] = item.record
            case Summary():
                content.summary = item
    if group.asset is not None or group.told:
        yield group
