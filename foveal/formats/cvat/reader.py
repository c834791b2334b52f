"""Reader of CVAT's XML 1.1, for images and for videos, and of the manifest beside it."""

from collections.abc import Iterator

from foveal.formats.base.files.source import Source
from foveal.formats.base.files.xml_scan import scan
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.items import Asset, FileWarning, Item, NotImported, Question, Section
from foveal.formats.cvat.files import annotation_files, manifests
from foveal.formats.cvat.images import ImageReader
from foveal.formats.cvat.manifest import manifest_assets
from foveal.formats.cvat.meta import Meta, meta_of
from foveal.formats.cvat.record import File
from foveal.formats.cvat.video import OPTION_VIDEO, read_tracks

READ_OPTIONS = {OPTION_VIDEO: "The file name of the video, for tracks in a file that does not say it."}


def read(source: Source, context: Context) -> Iterator[Item]:
    """Yield the items of all files of an export. Raises FormatError when there is none, or one is not XML."""
    lists = manifests(source)
    known: set[str] = set()
    asked = False
    for name in annotation_files(source):
        for item in _annotations(source, name, context):
            if isinstance(item, Asset):
                if item.file_name in known:
                    yield FileWarning(
                        "name_twice", f"Two images have the name {item.file_name}.", item.pointer or item.file_name
                    )
                known.add(item.file_name)
            if not isinstance(item, Question) or not asked:
                yield item
            asked |= isinstance(item, Question)
    for name in lists:
        yield from manifest_assets(source, name, known)


def _annotations(source: Source, name: str, context: Context) -> Iterator[Item]:
    """Yield the items of one XML file: its labels first, then image by image, then video by video."""
    file = File(source, name)
    meta = Meta()
    images = ImageReader(file)
    kinds: set[str] = set()
    with source.open(name) as stream:
        for element in scan(stream):
            kinds.add(element.name)
            match element.name:
                case "meta":
                    meta = meta_of(element, file.pointer(element.path))
                    yield Section("meta" if source.main else f"{name}#meta", meta.record)
                    yield from meta.labels
                    yield from meta.warnings
                case "image":
                    yield from images.read(element, meta)
                case "track":
                    continue  # they come video by video, below
                case "version":
                    yield Section("version" if source.main else f"{name}#version", element.record)
                case _:
                    reason = f"<{element.name}> is no element of CVAT's XML 1.1"
                    yield NotImported(file.pointer(element.path), reason, element.record)
    if "track" in kinds or "image" not in kinds:
        yield from read_tracks(file, meta, images.labels, context)
