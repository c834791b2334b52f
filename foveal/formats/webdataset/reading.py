"""Reader of WebDataset shards: members gathered by key, labels of each suffix.

The key is the path up to the first dot of the base name, the suffix all that follows, in lower case (webdataset 1.0.2,
`tariterators.py`). Names that begin and end with two underscores are of the file and of no sample: `__labels__` holds
the definitions of labels.
"""

import tarfile
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, islice
from typing import Any, Final

from foveal.formats.base.files.json_records import BadRecord, dumps, loads, raw_items, raw_members
from foveal.formats.base.files.probing import is_media
from foveal.formats.base.files.source import MAX_ARCHIVE_BYTES, Source, read_bytes
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.fitting import fit
from foveal.formats.base.model.items import Annotation, Asset, FileWarning, FormatError, Item, Label, NotImported
from foveal.formats.base.model.member_checks import MAX_SIDE, is_text

NAME: Final = "webdataset"
LABELS_NAME: Final = "__labels__"
FIELD: Final = "ground_truth"
TEXTS: Final = ("txt", "caption", "transcript")
LABEL_SUFFIXES: Final = ("json", "cls", *TEXTS)
TEXT_MEMBERS: Final = ("type", "color", "supercategory")
"""Members of a label that are text."""
MAX_MEMBER_BYTES: Final = 16 * 2**20
_EXTRA_MEMBERS: Final = 100


def read(source: Source, context: Context) -> Iterator[Item]:
    """Yield the items of a shard or of all shards of a folder. Raises FormatError."""
    classes = [name.strip() for name in (context.option("classes") or "").split(",") if name.strip()]
    seen: set[str] = set()
    shards = [name for name in source.names() if name.endswith(".tar")]
    sources: Sequence[str | None] = shards or [None]
    for shard in sources:
        for key, group in groupby(_members(source, shard), key=lambda member: member[0]):
            if key == LABELS_NAME:
                for label in _labels(next(group)[2]):
                    seen.add(label.name)
                    yield label
                continue
            yield from _sample(f"{shard}!" if shard else "", key, list(group), classes, seen)


def first_members(source: Source, shard: str, limit: int) -> list[str]:
    """Return the names of the first members of a shard; none of one that is no tar file."""
    try:
        with source.open(shard) as stream, tarfile.open(fileobj=stream, mode="r|") as archive:
            return [each.name.removeprefix("./") for each in islice(archive, limit)]
    except (tarfile.TarError, EOFError, OSError, ValueError):
        return []


def split_name(name: str) -> tuple[str, str]:
    """Return the key and the suffix of a member; the suffix of names that are of no sample is empty."""
    folder, slash, base = name.rpartition("/")
    if base.startswith("__") and base.endswith("__"):
        return name, ""
    stem, _, suffix = base.partition(".")
    return folder + slash + stem, suffix.lower()


Member = tuple[str, str, bytes | None]


def _members(source: Source, shard: str | None) -> Iterator[Member]:
    """Yield key, suffix and content of each member; the content of what holds no labels stays unread."""
    if shard is None:
        for name in sorted(source.names(), key=lambda name: split_name(name)[0] != LABELS_NAME):  # definitions first
            key, suffix = split_name(name)
            is_label = suffix in LABEL_SUFFIXES or key == LABELS_NAME
            yield key, suffix, read_bytes(source, name, MAX_MEMBER_BYTES) if is_label else None
        return
    try:
        with source.open(shard) as stream, tarfile.open(fileobj=stream, mode="r|") as archive:
            total = 0
            for each in archive:
                total += each.size
                if total > MAX_ARCHIVE_BYTES:
                    raise FormatError("archive_too_large", f"{shard} holds more than may be unpacked.")
                if each.isdir():
                    continue
                if not each.isreg():
                    raise FormatError("unsafe_member", f"{each.name} of {shard} is a link or a device, not a file.")
                key, suffix = split_name(each.name.removeprefix("./"))
                content = None
                if suffix in LABEL_SUFFIXES or key == LABELS_NAME:
                    if each.size > MAX_MEMBER_BYTES:
                        raise FormatError("file_too_large", f"{each.name} of {shard} exceeds {MAX_MEMBER_BYTES} bytes.")
                    member = archive.extractfile(each)
                    content = member.read() if member else b""
                yield key, suffix, content
    except (tarfile.TarError, EOFError, OSError, ValueError) as error:
        raise FormatError("broken_archive", f"{shard} is a broken archive: {error}.") from error


def _labels(content: bytes | None) -> Iterator[Label]:
    try:
        given = loads(content or b"[]")
    except BadRecord as problem:
        raise FormatError("not_json", f"{LABELS_NAME} cannot be read: {problem}.") from None
    for each in given if isinstance(given, list) else ():
        if isinstance(each, dict) and is_text(each.get("name"), 256):
            ids, attributes, skeleton = each.get("external_ids"), each.get("attributes"), each.get("skeleton")
            texts = {name: each[name] for name in TEXT_MEMBERS if isinstance(each.get(name), str)}
            yield Label(
                each["name"],
                {name: value for name, value in ids.items() if isinstance(value, list)}
                if isinstance(ids, dict)
                else {},
                isthing=each.get("isthing") if isinstance(each.get("isthing"), bool) else None,
                attributes=[one for one in attributes if isinstance(one, dict)] if isinstance(attributes, list) else (),
                skeleton=skeleton if isinstance(skeleton, dict) else None,
                **texts,
            )


def _sample(prefix: str, key: str, members: Sequence[Member], classes: Sequence[str], seen: set[str]) -> Iterator[Item]:
    contents: dict[str, bytes | None] = {}
    repeated: list[tuple[str, bytes | None]] = []
    for _, suffix, content in members:
        if suffix in contents:
            repeated.append((suffix, content))
        else:
            contents[suffix] = content
    found: list[Annotation | NotImported] = []
    record, document, is_broken = _document(contents.get("json"))
    place = f"{prefix}{key}.json"
    if is_broken:
        found.append(NotImported(place, is_broken, record or ""))
    name = _file_name(key, contents, document)
    annotations = document.get("annotations")
    if isinstance(annotations, list):
        texts = raw_items(raw_members(record or "").get("annotations", ""))
        for index, body in enumerate(annotations):
            text = texts[index] if len(texts) == len(annotations) else dumps(body)
            at = f"{place}#/annotations/{index}"
            if isinstance(body, dict) and "type" in body:
                found.append(fit(Annotation(name, {"field": FIELD} | body, at, text, NAME)))
            else:
                found.append(NotImported(at, "the annotation has no type", text))
    for suffix in ("cls", *TEXTS):
        content = contents.get(suffix)
        if content is not None:
            found.append(_text_label(name, f"{prefix}{key}.{suffix}", suffix, content, classes))
    for suffix, content in repeated:
        reason = "the suffix comes twice in the sample"
        found.append(NotImported(f"{prefix}{key}.{suffix}", reason, (content or b"").decode("utf-8", "replace")))
    yield _asset(name, key, place, record, document, contents, is_labelled=bool(found))
    for item in found:
        if isinstance(item, Annotation):
            label = item.body.get("label")
            if label is not None and label not in seen and len(seen) < 100_000:
                seen.add(label)
                yield Label(label, {NAME: [classes.index(label)]} if label in classes else {})
            yield item
        else:
            yield NotImported(item.pointer, item.reason, item.record, name)
    if "" in contents:
        yield FileWarning("no_suffix", f"{key} has no suffix: WebDataset leaves it out.", f"{prefix}{key}")


def _document(content: bytes | None) -> tuple[str | None, Mapping[str, Any], str]:
    """Return text and members of the `json` member, and why it cannot be read."""
    if content is None:
        return None, {}, ""
    try:
        value = loads(content)
    except BadRecord as problem:
        return content.decode("utf-8", "replace"), {}, f"the member cannot be read: {problem}"
    if not isinstance(value, dict):
        return content.decode(), {}, "the member is no JSON object"
    return content.decode(), value, ""


def _asset(
    name: str,
    key: str,
    place: str,
    record: str | None,
    document: Mapping[str, Any],
    contents: Mapping[str, bytes | None],
    *,
    is_labelled: bool,
) -> Asset:
    is_own = isinstance(document.get("annotations"), list)
    stated = document.get("labelled")
    split = document.get("split")
    known = ("file_name", "labelled", "split", "width", "height", "frame_count", "annotations", "extra")
    given = document.get("extra")
    extra = dict(given) if is_own and isinstance(given, dict) else {}
    extra |= {member: value for member, value in document.items() if not (is_own and member in known)}
    others = [suffix for suffix in contents if suffix not in LABEL_SUFFIXES and suffix]
    if len(others) > 1:
        extra["members"] = others[:_EXTRA_MEMBERS]
    return Asset(
        name,
        labelled=stated if isinstance(stated, bool) else is_labelled,
        split=split if isinstance(split, str) else None,
        width=_side(document.get("width")),
        height=_side(document.get("height")),
        frame_count=_side(document.get("frame_count")),
        external_id=key,
        extra=extra,
        pointer=place,
        record=record,
    )


def _side(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_SIDE else None


def _file_name(key: str, contents: Mapping[str, Any], document: Mapping[str, Any]) -> str:
    """Return the name of the image: as stated, else the key with the suffix of the first picture or video."""
    stated = document.get("file_name")
    if isinstance(stated, str) and is_text(stated, 1024):
        return stated
    media = [suffix for suffix in contents if is_media(f".{suffix}")]
    media.sort(key=lambda suffix: suffix.count("."))
    return f"{key}.{media[0]}" if media else key


def _text_label(
    asset: str, place: str, suffix: str, content: bytes, classes: Sequence[str]
) -> Annotation | NotImported:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return NotImported(place, "the member is not UTF-8", content.decode("utf-8", "replace"))
    plain = text.strip()
    if suffix in TEXTS:
        return fit(Annotation(asset, {"type": "caption", "field": FIELD, "text": plain or None}, place, text, NAME))
    number = int(plain) if plain.isascii() and plain.isdigit() and len(plain) < 10 else None
    if number is not None and classes:
        if number >= len(classes):
            return NotImported(place, f"there is no class {number}: --option classes names {len(classes)}", text)
        plain = classes[number]
    return fit(Annotation(asset, {"type": "classification", "field": FIELD, "label": plain}, place, text, NAME))
