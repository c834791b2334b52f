"""Writer of CVAT's XML 1.1: images in one file, each video in one of its own, and the manifest if it is wanted.

A data set that came from CVAT goes back into its own files: whatever nobody has edited stays byte for byte.
"""

import shutil
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from typing import Final

from foveal.formats.base.files.source import Source
from foveal.formats.base.files.target import Target
from foveal.formats.base.files.xml_scan import parse
from foveal.formats.base.geometry.writing import Sides, sides_of
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.dataset import Dataset, LabelledAsset
from foveal.formats.base.model.items import Annotation, FormatError
from foveal.formats.base.model.loss import LossReport
from foveal.formats.cvat.files import annotation_files, manifests
from foveal.formats.cvat.meta import E_MAIL, meta_of
from foveal.formats.cvat.writing.declarations import declarations, head, head_of, with_labels
from foveal.formats.cvat.writing.images import ImageWriter, tell_asset
from foveal.formats.cvat.writing.manifest import write_manifest
from foveal.formats.cvat.writing.splice import Place, SplicedFile, Store, layout_of, pieces_of, place_of
from foveal.formats.cvat.writing.survey import Numbers, is_video, survey
from foveal.formats.cvat.writing.tracks import TrackWriter

OPTION_MANIFEST: Final = "manifest"
WRITE_OPTIONS: Final = {
    OPTION_MANIFEST: "`yes` writes manifest.jsonl beside the annotations, `only` nothing else; made without the images."
}
ANNOTATIONS: Final = "annotations.xml"
END: Final = "\n</annotations>\n"


def write(dataset: Dataset, target: Target, context: Context, losses: LossReport) -> None:
    """Write a data set. Raises FormatError when it needs several files and the target is one."""
    manifest = context.option(OPTION_MANIFEST, ("yes", "only"))
    if manifest != "only":
        _Writer(dataset, target, context, losses).write()
    if manifest:
        write_manifest(dataset, target, context, losses)


class _Writer:
    def __init__(self, dataset: Dataset, target: Target, context: Context, losses: LossReport) -> None:
        self._dataset, self._target, self._context, self._losses = dataset, target, context, losses
        self._found = survey(dataset)
        self._images = ImageWriter(self._found, dataset.format, context, losses)
        self._source: Source | None = dataset.source if dataset.format == "cvat" else None
        names = annotation_files(self._source) if self._source else []
        self._default = names[0] if len(names) == 1 else None
        self._store = Store()
        self._files = {
            name: SplicedFile(self._source, layout_of(self._source, name), self._store)
            for name in names
            if self._source
        }
        self._names = set(names)
        if target.name is not None and len(names) > 1:
            raise FormatError("not_one_file", f"{len(names)} files cannot become one: name a folder or an archive.")

    def write(self) -> None:
        try:
            self._write()
        finally:
            self._store.close()

    def _write(self) -> None:
        if not self._files:
            for each in self._dataset.leftovers():
                self._losses.tell(
                    "not_imported", "record", "A record that was not imported is not written.", each.pointer
                )
        videos = self._spliced() if self._files else []
        if not self._files:
            self._write_images()
            videos = self._found.videos
        for labelled in self._dataset.assets() if videos else ():
            if is_video(labelled) and labelled.asset.file_name in videos:
                self._write_video(labelled)
        if self._source and self._files and self._target.name is None and not self._context.option(OPTION_MANIFEST):
            for name in manifests(self._source):
                with self._source.open(name) as stream, self._target.create(name) as out:
                    shutil.copyfileobj(stream, out)

    def _spliced(self) -> list[str]:
        """Write the files of the source with what has changed; return the videos that are in none of them."""
        videos: list[str] = []
        for labelled in self._dataset.assets():
            if is_video(labelled) or _is_track(labelled, self._default):
                if not self._splice_video(labelled):
                    videos.append(labelled.asset.file_name)
            elif (place := place_of(labelled.asset.pointer, self._default)) and place.file in self._files:
                file = self._files[place.file]
                if labelled.is_unedited:
                    file.keep(place)
                    self._losses.written += len(labelled.annotations)
                else:
                    file.replace(place, self._images.text(labelled))
            elif not labelled.asset.pointer or labelled.annotations or labelled.asset.labelled:
                next(iter(self._files.values())).append(self._images.text(labelled))
        for place in pieces_of((each.pointer for each in self._dataset.leftovers()), self._default):
            if place.file in self._files:
                self._files[place.file].keep(place)
        for name, file in self._files.items():
            known = frozenset(label.name for label in file.layout.meta.labels)
            if any(each.code == "e_mail_removed" for each in file.layout.meta.warnings):
                self._losses.tell("e_mail_removed", "meta", "E-mail addresses are not kept.", name)
            with self._target.create(self._target.name or name) as out:
                file.write(out, declarations(self._found, known) if file.is_changed else [])
        return videos

    def _splice_video(self, labelled: LabelledAsset) -> bool:
        """Put the tracks of a video into its file; False when it has none there."""
        by_track: dict[Place | None, list[Annotation]] = {}
        for annotation in labelled.annotations:
            by_track.setdefault(self._place(annotation.pointer), []).append(annotation)
        leftovers = [each.pointer for each in labelled.leftovers]
        places = list(pieces_of([*(each.pointer for each in labelled.annotations), *leftovers], self._default))
        files = [place.file for place in places if place.file in self._files]
        own = files[0] if files else (labelled.asset.pointer or "").rpartition("#")[0] or self._default
        if own not in self._files:
            return False
        file = self._files[own]
        writer = self._tracks(labelled)
        for place in places:
            annotations = by_track.pop(place, [])
            shapes = file.layout.piece(place).shapes
            told = sum(self._place(pointer) == place for pointer in leftovers)
            is_whole = len(annotations) + told >= shapes + 1
            if labelled.is_unedited or (is_whole and not any(each.is_edited for each in annotations)):
                file.keep(place)
                self._losses.written += len(annotations)
            elif annotations:
                more = [each for each in by_track.get(None, ()) if each.body.get("track_id") == _track_id(annotations)]
                by_track[None] = [each for each in by_track.get(None, ()) if each not in more]
                first, *others = [*writer.texts(annotations + more)] or [""]
                inside, closing, _ = first.rpartition("\n  </track>")
                kept = [each.record for each in labelled.leftovers if self._place(each.pointer) == place]
                file.replace(place, inside + "".join(f"\n    {each}" for each in kept) + closing)
                for text in others:
                    file.append(text)
        for text in writer.texts([each for rest in by_track.values() for each in rest]):
            file.append(text)
        return True

    def _place(self, pointer: str) -> Place | None:
        place = place_of(pointer, self._default)
        return place if place and place.kind == "track" and place.file in self._files else None

    def _write_images(self) -> None:
        if not self._found.images and self._found.videos:
            return
        if self._target.name is not None and self._found.videos:
            raise FormatError("not_one_file", "Images and videos need a file each: name a folder or an archive.")
        members = {"size": str(self._found.images), "mode": "annotation"}
        texts = (self._images.text(each) for each in self._dataset.assets() if not is_video(each))
        self._write_file(self._target.name or self._free(ANNOTATIONS), members, texts)

    def _write_video(self, labelled: LabelledAsset) -> None:
        if self._target.name is not None and (len(self._found.videos) > 1 or self._files):
            raise FormatError("not_one_file", "Each video needs a file of its own: name a folder or an archive.")
        asset = labelled.asset
        if self._dataset.format != "cvat":
            tell_asset(labelled, self._losses)
        is_alone = len(self._found.videos) == 1 and not self._found.images
        stem = PurePosixPath(asset.file_name.replace("\\", "/").lstrip("/")).with_suffix(".xml")
        plain = "/".join(part for part in stem.parts if part not in ("..", "."))
        name = self._target.name or self._free(ANNOTATIONS if is_alone else plain)
        members = {"name": asset.file_name, "size": str(asset.frame_count or asset.extra.get("size", 0))}
        members |= {"mode": "interpolation"} | ({"subset": asset.split} if asset.split else {})
        for member in ("start_frame", "stop_frame", "frame_filter"):
            if member in asset.extra:
                members[member] = str(asset.extra[member])
        members["source"] = asset.file_name
        self._write_file(
            name, members, self._tracks(labelled).texts(labelled.annotations), sides_of(asset, self._context)
        )

    def _write_file(self, name: str, members: dict[str, str], texts: Iterable[str], sides: Sides | None = None) -> None:
        with self._target.create(name) as out:
            out.write((self._kept_head() or head(members, declarations(self._found), sides)).encode())
            for text in texts:
                out.write(f"\n  {text}".encode())
            out.write(END.encode())

    def _kept_head(self) -> str | None:
        """Return the beginning of a document around the `meta` that was imported, where one file holds everything."""
        meta = self._dataset.sections().get("meta") if self._dataset.format == "cvat" else None
        if meta is None or len(self._found.videos) + bool(self._found.images) > 1:
            return None
        known = frozenset(meta_of(parse(meta.encode()), "").names)
        return head_of(with_labels(E_MAIL.sub("", meta), declarations(self._found, known)))

    def _tracks(self, labelled: LabelledAsset) -> TrackWriter:
        asset = labelled.asset
        facts = self._context.facts_of(asset.file_name)
        frames = asset.frame_count or (facts.frame_count if facts else None)
        step = str(asset.extra.get("frame_filter", "")).replace(" ", "").removeprefix("step=")
        tracks = Numbers()
        for annotation in labelled.annotations:
            tracks.see(annotation.body.get("track_id") or "")
        return TrackWriter(
            self._losses,
            self._found,
            tracks,
            sides_of(asset, self._context),
            frames,
            max(int(step), 1) if step.isdecimal() else 1,
        )

    def _free(self, name: str) -> str:
        """Return a name for a file that no other has."""
        found, number = name, 2
        while found in self._names:
            found, number = f"{name.removesuffix('.xml')}_{number}.xml", number + 1
        self._names.add(found)
        return found


def _is_track(labelled: LabelledAsset, default: str | None) -> bool:
    pointers = [each.pointer for each in labelled.annotations[:1]] + [each.pointer for each in labelled.leftovers[:1]]
    return any(place.kind == "track" for place in pieces_of(pointers, default))


def _track_id(annotations: Sequence[Annotation]) -> str | None:
    return next((each.body.get("track_id") for each in annotations), None)
