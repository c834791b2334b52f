"""Reader of Label Studio's tasks: assets with their regions, layer by layer."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import msgspec

from foveal.formats.base.files.source import Source, pointer
from foveal.formats.base.geometry.placement import OPTION_FRAME, RATIO_TOLERANCE
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.items import Annotation, Asset, FileWarning, Item, Label, NotImported
from foveal.formats.label_studio import detection
from foveal.formats.label_studio.bodies import bodies_of
from foveal.formats.label_studio.layers import OPTION_ANNOTATORS, Layers, Survey, is_cancelled, surveyed
from foveal.formats.label_studio.minimal import expanded, is_minimal
from foveal.formats.label_studio.references import file_name, media_keys, references
from foveal.formats.label_studio.regions import Region, grouped, value_of
from foveal.formats.label_studio.shapes import Space, sides_of
from foveal.formats.label_studio.tasks import BrokenTask, ResultSet, Task, TaskText, elements, parsed, task_files
from foveal.formats.label_studio.values import Unreadable

OPTION_DATA_KEY: Final = "data_key"
OPTION_UPLOADS: Final = "upload_prefix"
OPTION_CHOICES: Final = "choice_names"
NEEDED: Final = f"the answer to {OPTION_ANNOTATORS} is needed"
MAX_EXTRA: Final = 1 << 16
_REMOVED: Final = {
    "e_mail": ("e_mail_removed", "E-mail addresses of annotators are left out; their numbers stay."),
    "signature": ("signature_removed", "Queries that sign addresses are left out; the paths stay."),
}


def read(source: Source, context: Context) -> Iterator[Item]:
    """Yield the items of a source. Raises FormatError for a source that is refused."""
    layers = Layers.of(context)
    names: list[str] = []
    for name in task_files(source):
        if source.main is not None or detection.head_score(source, name) > 0:
            names.append(name)
        else:
            yield FileWarning("other_file", f"{name} holds no tasks of Label Studio: it is not read.", name)
    survey = surveyed(source, names) if layers.annotators is None else Survey()
    question = survey.question(names[0] if names else "")
    if question is not None:
        yield question
    reading = _Reading(context, layers, needs_answer=question is not None)
    people: dict[bytes, int] = {}
    for name in names:
        for element in elements(source, name):
            yield from reading.task(TaskText.of(element, people), pointer(source, name, element.pointer))


@dataclass(slots=True)
class _Media:
    """The media of a task: the key of its data, a file for each page, and the keys of other media."""

    key: str
    files: Sequence[str]
    others: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Placed:
    """A region with its set and its layer, and why it is not imported, if it is not."""

    region: Region
    of: ResultSet
    layer: str
    problem: str | None


@dataclass(slots=True)
class _Reading:
    context: Context
    layers: Layers
    needs_answer: bool
    _told: set[str] = field(default_factory=set)
    _labels: set[str] = field(default_factory=set)
    _last: tuple[Any, Any] | None = None

    def task(self, text: TaskText, place: str) -> Iterator[Item]:
        for what in text.removed:
            yield from self._once(*_REMOVED[what], place)
        try:
            task = parsed(text.raw, place)
        except BrokenTask as problem:
            yield NotImported(place, str(problem), text.text)
            return
        is_next = False
        if is_minimal(task):
            names = (self.context.option(OPTION_CHOICES) or "").split(",")
            task = expanded(task, [each.strip() for each in names])
            this = (task.members.get("id"), task.data)
            is_next, self._last = this[0] is not None and this == self._last, this
        media = self._media(task)
        if media is None:
            yield NotImported(
                place, f"the task names no image and no video: say --option {OPTION_DATA_KEY}=NAME", text.text
            )
            return
        yield from self._regions(task, media, is_next)

    def _media(self, task: Task) -> _Media | None:
        """Return the media of a task; None where it has none."""
        wanted = self.context.option(OPTION_DATA_KEY)
        keys = media_keys(task.data)
        key = wanted or (keys[0] if keys else None)
        if key is None:
            return None
        names = [self._file_name(each) for each in references(task.data.get(key))]
        files = [each for each in names if each is not None]
        return _Media(key, files, frozenset(keys) - {key}) if files and None not in names else None

    def _file_name(self, reference: str) -> str | None:
        """Return the name of a reference; of an upload with its prefix where only that is known to the context."""
        answer = self.context.option(OPTION_UPLOADS, ("drop", "keep"))
        given, plain = file_name(reference, keeps_prefix=True), file_name(reference)
        if answer is not None or given is None or plain is None or given == plain:
            return given if answer == "keep" else plain
        is_given = self.context.facts_of(plain) is None and self.context.facts_of(given) is not None
        return given if is_given else plain

    def _regions(self, task: Task, media: _Media, is_next: bool) -> Iterator[Item]:
        """Yield the assets of a task, each with its regions; what is no region comes with the first."""
        pages: dict[int, list[_Placed]] = {}
        told: list[NotImported] = []
        seen: dict[str, int] = {}
        for of in task.sets:
            layer, reason = self._layer(of, seen)
            regions, broken = grouped(of.results)
            told += [NotImported(each.pointer, problem, each.text, media.files[0]) for each, problem in broken]
            for region in regions:
                page, problem_of_region = region.page, reason or _elsewhere(region, media)
                if not 0 <= page < len(media.files):
                    page, problem_of_region = 0, "item_index names no image of the task"
                pages.setdefault(page, []).append(_Placed(region, of, layer, problem_of_region))
        whole = _asset(task, media.files[0])
        for page, name in enumerate(media.files):
            placed = pages.get(page, [])
            sides = _sides(placed)
            if not (is_next and page == 0):
                yield _of_page(whole, media, page, sides)
            yield from told if page == 0 else ()
            space = self._space(name, sides)
            for each in placed:
                yield from self._region(each, space, name, task.format)

    def _layer(self, of: ResultSet, seen: dict[str, int]) -> tuple[str, str | None]:
        """Return the layer of a set of results, and why they are not imported, if they are not."""
        if of.kind == "prediction":
            return self.layers.of_prediction(of.members), None
        if of.kind == "draft":
            return "", "a draft that was not submitted"
        if is_cancelled(of.members) and self.layers.cancelled == "leave_out":
            return "", "the annotator cancelled the task (was_cancelled): no ground truth"
        return self.layers.of_annotation(of.members, seen), NEEDED if self.needs_answer else None

    def _region(self, placed: _Placed, space: Space, asset: str, format_: str) -> Iterator[Item]:
        region, record = placed.region, placed.region.record
        try:
            if placed.problem is not None:
                raise Unreadable(placed.problem)
            found = bodies_of(region, placed.of, _own_space(region, space))
        except Unreadable as reason:
            yield NotImported(region.pointer, str(reason), record, asset)
            return
        if region.shares_id:
            yield FileWarning("id_twice", "Another shape has the same id: they are two.", region.pointer)
        for code, message in found.warnings:
            yield FileWarning(code, message, region.pointer)
        for name in {body["label"]: None for body in found.bodies if "label" in body}:
            if name not in self._labels:
                self._labels.add(name)
                yield Label(name, {"label_studio": [name]})
        layer = self.layers.of_control(placed.layer, (region.first.members or {}).get("from_name"))
        for body in found.bodies:
            yield Annotation(asset, {"field": layer} | body, region.pointer, record, format_)

    def _space(self, name: str, sides: tuple[int, int] | None) -> Space:
        """Return the space of the percents of an asset: its stated sides, else those of its facts."""
        facts = self.context.facts_of(name)
        shown = (facts.width, facts.height) if facts else None
        is_turned = facts is not None and facts.orientation >= 5 and sides is not None and sides == (shown or ())[::-1]
        is_stored = is_turned and sides != shown and self.context.option(OPTION_FRAME) == "stored"
        return Space(sides or shown, is_stored)

    def _once(self, code: str, message: str, where: str) -> Iterator[Item]:
        if code not in self._told:
            self._told.add(code)
            yield FileWarning(code, message, where)


def _asset(task: Task, name: str) -> Asset:
    """Return the asset of a task, with all that the file states about it but its sides."""
    members = {key: each for key, each in task.members.items() if key != "id" and each not in (None, {}, [])}
    frames = (value_of(result).get("framesCount") for each in task.sets for result in each.results)
    number = task.members.get("id")
    return Asset(
        name,
        labelled=any(each.kind == "annotation" and not is_cancelled(each.members) for each in task.sets),
        frame_count=next((each for each in frames if type(each) is int and each > 0), None),
        external_id=number if isinstance(number, str) or type(number) is int else None,
        extra={key: each for key, each in members.items() if len(msgspec.json.encode(each)) <= MAX_EXTRA},
        pointer=task.pointer,
        record=task.text if task.format != "label_studio_min" else None,
    )


def _of_page(whole: Asset, media: _Media, page: int, sides: tuple[int, int] | None) -> Asset:
    """Return the asset of a page; the text of the task and its members belong to the first."""
    width, height = sides or (None, None)
    if page == 0:
        return replace(whole, width=width, height=height)
    place = f"{whole.pointer}/data/{media.key}/{page}"
    name = media.files[page]
    return Asset(name, whole.labelled, None, width, height, external_id=whole.external_id, pointer=place)


def _sides(placed: Sequence[_Placed]) -> tuple[int, int] | None:
    """Return the sides that the first result states that states any."""
    found = (sides_of(result.members or {}) for each in placed for result in each.region.results)
    return next((each for each in found if each is not None), None)


def _own_space(region: Region, space: Space) -> Space:
    """Return the space of a region. Raises Unreadable where it states sides of another shape than its asset's."""
    members: Mapping[str, Any] = region.first.members or {}
    own = sides_of(members)
    if own is None or space.sides is None or own == space.sides:
        return space
    (width, height), (other_width, other_height) = own, space.sides
    if abs(width * other_height - other_width * height) > RATIO_TOLERANCE * width * other_height:
        raise Unreadable(
            f"the result states {width} x {height} pixels, others of the task {other_width} x {other_height}"
        )
    return Space(own, space.is_stored)


def _elsewhere(region: Region, media: _Media) -> str | None:
    """Return why a region lies in other media of the task, or None."""
    name = (region.first.members or {}).get("to_name")
    if region.shape is None or not isinstance(name, str) or name not in media.others:
        return None
    return f"it lies in {name}, not in {media.key}: say --option {OPTION_DATA_KEY}={name}"
