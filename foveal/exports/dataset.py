"""Data set of an export as the writers of formats take it: the stored parts, classes, sections, leftover records."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from foveal.exports.parts import LocalParts
from foveal.formats.base.files.source import Source
from foveal.formats.base.model.dataset import LabelledAsset
from foveal.formats.base.model.items import Label, NotImported
from foveal.imports.content import StoredContent


class StoredDataset:
    """The data set of one export.

    `content` and `source` are those of the import whose files are given back. `labels` are the classes of a label
    schema, instead of those of the import. `between` is called now and then in each pass; its errors leave the pass.
    """

    def __init__(
        self,
        format_: str | None,
        parts: LocalParts,
        *,
        content: StoredContent,
        source: Source | None,
        labels: Sequence[Label] | None,
        between: Callable[[], None],
    ) -> None:
        self.format, self.source = format_, source
        self._parts, self._content, self._between = parts, content, between
        self._labels = content.labels if labels is None else labels

    def labels(self) -> Sequence[Label]:
        """Return the classes: of the label schema or of the import, then those that only annotations have."""
        others = self._parts.labels - {label.name for label in self._labels}
        return [*self._labels, *map(Label, sorted(others))]

    def sections(self) -> Mapping[str, str]:
        return self._content.sections

    def leftovers(self) -> Sequence[NotImported]:
        return self._content.leftovers

    def assets(self) -> Iterator[LabelledAsset]:
        return self._parts.assets(self._between)

    def heads(self) -> Iterator[LabelledAsset]:
        return self._parts.heads(self._between)

    def texts(self) -> Iterator[tuple[LabelledAsset, Sequence[str]]]:
        return self._parts.texts(self._between)
