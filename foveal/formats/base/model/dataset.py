"""A data set as writers take it: labels and sections first, then asset by asset with its annotations."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from foveal.formats.base.files.json_records import dumps
from foveal.formats.base.files.source import Source
from foveal.formats.base.model.items import Annotation, Asset, Label, NotImported


@dataclass(frozen=True, slots=True)
class LabelledAsset:
    """An asset with its annotations and the records of it that were not imported.

    `is_unedited`: since the file in `format` was read nothing was added, changed or taken away, so that a writer of
    that format writes `asset.record` as it stands.
    """

    asset: Asset
    annotations: Sequence[Annotation]
    leftovers: Sequence[NotImported] = ()
    is_unedited: bool = False


class Dataset(Protocol):
    """A data set. `format`, `source` and `sections` are those of the files that it came from, if it did.

    A writer of the same format puts unedited records back as they stand, and the rest of the source around them.
    """

    format: str | None
    source: Source | None

    def labels(self) -> Sequence[Label]:
        """Return all labels, in the order of the label schema or of the source."""

    def sections(self) -> Mapping[str, str]:
        """Return the text of the sections of the source, by name."""

    def leftovers(self) -> Iterable[NotImported]:
        """Return the records that belong to no asset, in their order."""

    def assets(self) -> Iterator[LabelledAsset]:
        """Yield the assets in the order of the source, or by id. May be called again."""

    def heads(self) -> Iterator[LabelledAsset]:
        """Yield the assets as `assets` does, for surveys before writing, which are faster this way.

        Bodies have `type`, `field`, `label`, `label_id`, `instance_id`, `frame_index`, `rotation`, `keypoints`,
        `confidence`, `bbox` and `bbox_px` at least, where they have them at all.
        """

    def texts(self) -> Iterator[tuple[LabelledAsset, Sequence[str]]]:
        """Yield the assets as `heads` does, with the JSON text of each body as `json_records.dumps` writes it."""


@dataclass(slots=True)
class ListDataset:
    """A data set in memory."""

    content: Sequence[LabelledAsset]
    names: Sequence[Label] = ()
    format: str | None = None
    source: Source | None = None
    parts: Mapping[str, str] = field(default_factory=dict)
    rest: Iterable[NotImported] = ()

    def labels(self) -> Sequence[Label]:
        return self.names

    def sections(self) -> Mapping[str, str]:
        return self.parts

    def leftovers(self) -> Iterable[NotImported]:
        return self.rest

    def assets(self) -> Iterator[LabelledAsset]:
        return iter(self.content)

    def heads(self) -> Iterator[LabelledAsset]:
        return self.assets()

    def texts(self) -> Iterator[tuple[LabelledAsset, Sequence[str]]]:
        return with_texts(self.assets())


def with_texts(assets: Iterable[LabelledAsset]) -> Iterator[tuple[LabelledAsset, Sequence[str]]]:
    """Yield assets with the texts of their bodies."""
    return ((each, [dumps(annotation.body) for annotation in each.annotations]) for each in assets)
