"""Conversion of label files from one format to another, with a report of each loss."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from foveal.formats.base.files.line_spool import LineSpool
from foveal.formats.base.files.source import Source, open_source
from foveal.formats.base.files.target import Target, open_target
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.dataset import LabelledAsset, with_texts
from foveal.formats.base.model.items import Annotation, Asset, FormatError, Item, Label, NotImported, Section
from foveal.formats.base.model.loss import LossReport
from foveal.formats.inspection import context_of, line_of
from foveal.formats.reading import Summary, read
from foveal.formats.registry import Format, chosen, load


class FileDataset:
    """The data set in label files: read once for labels and counts, and once more for each pass over the assets."""

    def __init__(self, source: Source, format_: Format, context: Context) -> None:
        self.source: Source | None = source
        self.format: str | None = format_.name
        self.context = context
        self._read: Callable[[], Iterator[Item | Summary]] = lambda: read(source, format_, context)
        self._labels: dict[str, Label] = {}
        self._sections: dict[str, str] = {}
        self.told = LineSpool()
        """Records that were not imported, warnings and questions, as JSON objects."""
        self.summary = Summary(format_.name)
        for item in self._read():
            match item:
                case Label():
                    self._labels.setdefault(item.pointer or item.name, item)
                case Section():
                    self._sections[item.name] = item.record
                case Summary():
                    self.summary = item
            if not isinstance(item, Asset | Annotation | Label | Section | Summary):
                self.told.add(line_of(item) or {})

    def labels(self) -> Sequence[Label]:
        return list(self._labels.values())

    def sections(self) -> Mapping[str, str]:
        return self._sections

    def leftovers(self) -> Iterator[NotImported]:
        for line in self.told:
            if line["kind"] == "not_imported" and line.get("asset") is None:
                yield NotImported(line["pointer"], line["reason"], line["record"])

    def assets(self) -> Iterator[LabelledAsset]:
        asset: Asset | None = None
        annotations: list[Annotation] = []
        leftovers: list[NotImported] = []
        for item in self._read():
            match item:
                case Asset():
                    if asset is not None:
                        yield LabelledAsset(asset, annotations, leftovers, is_unedited=True)
                    asset, annotations, leftovers = item, [], []
                case Annotation():
                    annotations.append(item)
                case NotImported() if item.asset is not None:
                    leftovers.append(item)
        if asset is not None:
            yield LabelledAsset(asset, annotations, leftovers, is_unedited=True)

    def heads(self) -> Iterator[LabelledAsset]:
        return self.assets()

    def texts(self) -> Iterator[tuple[LabelledAsset, Sequence[str]]]:
        return with_texts(self.assets())


def convert_files(
    path: Path,
    out: Path,
    to: str,
    format_name: str | None = None,
    options: Sequence[str] = (),
    sizes: Path | None = None,
) -> Iterator[dict[str, Any]]:
    """Convert files; yield what was not imported, warnings and questions, each loss, and a summary as JSON objects.

    Nothing is left at `out` when a file is refused; then the last object is an `error`.
    """
    try:
        target_format = load(to)
        if target_format.write is None:
            raise FormatError("no_writer", f"{to} can be read, but not written.")
        with open_source(path) as source:
            format_ = chosen(source, format_name)
            known = {**format_.read_options, **target_format.write_options}
            dataset = FileDataset(source, format_, context_of(source, options, sizes, known))
            losses = LossReport()
            with closing(dataset.told):
                yield from dataset.told
                with open_target(out) as target:
                    if _is_copied(source, format_, target_format, dataset.context, target, losses):
                        losses.written = dataset.summary.annotations
                    else:
                        target_format.write(dataset, target, dataset.context, losses)
        for loss in losses.losses():
            yield {"kind": "loss", **loss.document()}
        yield {
            "kind": "summary",
            **dataset.summary.document(),
            "to": target_format.name,
            "written": losses.written,
            "left_out": losses.left_out,
        }
    except FormatError as error:
        yield {"kind": "error", "code": error.code, "message": error.message}


def _is_copied(
    source: Source, format_: Format, to: Format, context: Context, target: Target, losses: LossReport
) -> bool:
    """Write files that stay in their format as they stand; False where that is not possible."""
    is_same = format_.name == to.name and to.write_options.keys().isdisjoint(context.options)
    return is_same and to.copy is not None and to.copy(source, target, losses)
