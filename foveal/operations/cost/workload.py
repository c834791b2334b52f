"""Workload of a month and the formulas that make quantities of it: storage, requests, function time, events, CDN."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Final

from foveal.operations.cost.bill import Quantity
from foveal.operations.cost.deployment import Deployment

GB: Final = 2**30
HOURS_IN_MONTH: Final = 730.0
DAYS_IN_MONTH: Final = HOURS_IN_MONTH / 24
PROFILES: Final = ("small", "medium", "large")

EVENTS_PER_SECOND: Final = 200.0
"""Arrivals that one ingest function takes a second; bench.ingest: 161 to 384 (docs/operations.md)."""
ARRIVALS_IN_BATCH: Final = 10.0
RENDER_SECONDS: Final = 1.0
"""Both renditions of a photo; bench.render (docs/derivatives.md)."""
API_SECONDS: Final = 0.03
SWEEP_SECONDS: Final = 1.0
JOURNAL: Final = "journal"
"""Part of a meter that the function `journal` uses: a line of its own, also of a stage without any assets."""
JOURNAL_SECONDS: Final = 30.0
"""Time that a run of `journal` watches the catalog (functions/journal/handler.py)."""
JOURNAL_READS: Final = 2.0
"""Of a run: GET of the newest segment, and of the one after it, which is not there."""
SEGMENTS_IN_RUN: Final = 3.0
"""At most: a segment is written when its oldest change is 10 seconds old (foveal/journal/recorder.py)."""
IDLE_SEGMENTS: Final = 6 * HOURS_IN_MONTH
"""At least: without changes a segment is written every ten minutes."""
EVENT_BYTES: Final = 1_200
LOG_BYTES: Final = 1_000
"""Log of an invocation, access log of a request of the API included."""
IDLE_POLLS: Final = 2 * 5 * 3 * 60 * HOURS_IN_MONTH
"""Lambda keeps 5 pollers on each of two queues, each of which asks every 20 seconds."""
ANNOTATIONS_IN_CALL: Final = 100.0
TAGS: Final = 1
S3_WRITES: Final = 2.0
"""Of an arrival: the object, its tag."""
S3_READS: Final = 3.0
"""Of an arrival: ranged GET and HEAD by ingest, GET by render."""


class WorkloadError(ValueError):
    """A workload that cannot be used; the text says what is wrong."""


@dataclass(frozen=True, slots=True)
class Workload:
    """Numbers of a month; meaning and units: usage.toml. Flows that are not known are 0."""

    objects: float
    bytes_per_object: float
    small_share: float = 0
    unread_30_days: float = 0
    unread_90_days: float = 0
    new_objects: float = 0
    rendition_bytes: float = 0
    renditions: float = 0
    annotations_per_object: float = 0
    annotation_writes: float = 0
    api_calls: float = 0
    views: float = 0
    bytes_per_view: float = 0
    cdn_hit_ratio: float = 0
    users: float = 0

    def __post_init__(self) -> None:
        for name in (each.name for each in fields(self)):
            if not 0 <= getattr(self, name) < float("inf"):
                raise WorkloadError(f"{name} is a number, 0 or more")
        for name in ("small_share", "unread_30_days", "unread_90_days", "cdn_hit_ratio"):
            if getattr(self, name) > 1:
                raise WorkloadError(f"{name} is a share, 0 to 1")
        if self.unread_30_days + self.unread_90_days > 1:
            raise WorkloadError("unread_30_days and unread_90_days are shares of the same bytes: at most 1 together")

    def at(self, objects: float) -> "Workload":
        """Return the workload with so many objects, and everything that happens to them in proportion."""
        factor = objects / self.objects if self.objects else 1.0
        flows = ("new_objects", "annotation_writes", "api_calls", "views", "users")
        return replace(self, objects=objects, **{name: getattr(self, name) * factor for name in flows})


def profile(name: str) -> Workload:
    """Return a workload of usage.toml."""
    return Workload(**_profiles()[name])


def load(file: Path) -> Workload:
    """Return the workload of a TOML file; members that it leaves out are those of `medium`."""
    try:
        given = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise WorkloadError(f"{file}: {error}") from None
    known = {each.name for each in fields(Workload)}
    for name, value in given.items():
        if name not in known:
            raise WorkloadError(f"{file}: unknown member {name}; known are {', '.join(sorted(known))}")
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise WorkloadError(f"{file}: {name} is a number")
    try:
        return Workload(**{**_profiles()["medium"], **given})
    except WorkloadError as error:
        raise WorkloadError(f"{file}: {error}") from None


def quantities(workload: Workload, stack: Deployment) -> list[Quantity]:
    """Return what the workload uses of each meter in a month, MongoDB left out; zero amounts are left out."""
    flows = (*_flows(workload, stack), *_journal(workload, stack))
    return [each for each in (*_storage(workload, stack), *flows) if each.amount]


def _storage(w: Workload, stack: Deployment) -> Iterator[Quantity]:
    stored, bytes_ = w.objects * w.bytes_per_object / GB, f"{w.objects:,.0f} assets × {_size(w.bytes_per_object)}"
    large = 1 - w.small_share
    if stack.has_tiering:
        frequent = 1 - w.unread_30_days - w.unread_90_days
        for tier, share in (
            ("frequent", frequent),
            ("infrequent", w.unread_30_days),
            ("instant", w.unread_90_days),
        ):
            text = bytes_ if share == 1 else f"{bytes_} × {share:.0%}"
            yield Quantity(f"s3.tiering.{tier}", stored * share, text, "modelled")
        yield _of("s3.tiering.monitoring", w.objects, large, "assets", f"{large:.0%} of 128 KiB or more")
        yield _of("s3.transition", w.new_objects, large, "new assets", f"{large:.0%} of 128 KiB or more")
    else:
        yield Quantity("s3.standard", stored, bytes_, "modelled")
    derived = w.objects * w.rendition_bytes / GB
    text = f"{w.objects:,.0f} assets × {_size(w.rendition_bytes)} of renditions"
    yield Quantity("s3.standard", derived, text, "modelled")
    yield _of("s3.tags", w.objects, TAGS, "assets", f"{TAGS} tag")
    yield _of("s3.inventory", w.objects, stack.inventories, "assets", f"{stack.inventories:.4g} reports a month")


def _flows(w: Workload, stack: Deployment) -> Iterator[Quantity]:
    new, memory = w.new_objects, stack.memory_gb
    misses, sweeps = w.views * (1 - w.cdn_hit_ratio), stack.schedule_runs.get("sweep", 0.0)
    annotation_calls = w.annotation_writes / ANNOTATIONS_IN_CALL
    calls = w.api_calls + new + annotation_calls
    batches = new / ARRIVALS_IN_BATCH
    yield Quantity(
        "s3.write",
        new * (S3_WRITES + w.renditions),
        f"{new:,.0f} new assets × ({S3_WRITES:.0f} + {w.renditions:g} renditions)",
        "modelled",
    )
    yield Quantity(
        "s3.read",
        new * S3_READS + misses,
        f"{new:,.0f} new assets × {S3_READS:.0f} + {w.views:,.0f} views × {1 - w.cdn_hit_ratio:.0%} missed",
        "modelled",
    )
    yield Quantity(
        "lambda.requests",
        calls + batches + new + sweeps,
        f"{calls:,.0f} API calls + {batches:,.0f} batches of arrivals + {new:,.0f} renders + {sweeps:,.0f} sweeps",
        "modelled",
    )
    seconds = {
        "catalog": (calls, API_SECONDS),
        "ingest": (new, 1 / EVENTS_PER_SECOND),
        "render": (new, RENDER_SECONDS),
        "sweep": (sweeps, SWEEP_SECONDS),
    }
    yield Quantity(
        "lambda.duration",
        sum(count * each * memory(name) for name, (count, each) in seconds.items()),
        " + ".join(f"{count:,.0f} × {each:g} s × {memory(name):.4g} GB" for name, (count, each) in seconds.items()),
        "modelled",
    )
    parts = f"{w.api_calls:,.0f} + {new:,.0f} uploads + {annotation_calls:,.0f} writes of annotations"
    yield Quantity("api.requests", calls, parts, "modelled")
    annotated = w.annotation_writes / (w.annotations_per_object or 1)
    events = 2 * new + annotated
    text = f"{new:,.0f} new assets × 2 + {annotated:,.0f} annotated"
    yield Quantity("events.published", events, text, "modelled")
    if stack.archive_days:
        archived = events * EVENT_BYTES / GB
        months = stack.archive_days / DAYS_IN_MONTH
        yield Quantity("events.archived", archived, f"{events:,.0f} events × {EVENT_BYTES:,} B", "modelled")
        text = f"{events:,.0f} events × {EVENT_BYTES:,} B × {months:.3g} months kept"
        yield Quantity("events.kept", archived * months, text, "modelled")
    polls = IDLE_POLLS if stack.queues else 0
    yield Quantity(
        "sqs.requests",
        new * (1 + 2 / ARRIVALS_IN_BATCH) + 3 * new + polls,
        f"{new:,.0f} arrivals × {1 + 2 / ARRIVALS_IN_BATCH:.1f} + {new:,.0f} renders × 3 + {polls:,.0f} idle polls",
        "modelled",
    )
    text = f"{w.views:,.0f} views × {_size(w.bytes_per_view)}"
    yield Quantity("cloudfront.out", w.views * w.bytes_per_view / GB, text, "modelled")
    yield Quantity("cloudfront.requests", w.views, f"{w.views:,.0f} views", "modelled")
    invocations = calls + batches + new + sum(stack.schedule_runs.values())
    logged = invocations * LOG_BYTES / GB
    text = f"{invocations:,.0f} invocations × {LOG_BYTES:,} B"
    yield Quantity("logs.in", logged, text, "modelled")
    months = stack.log_days / DAYS_IN_MONTH
    yield Quantity("logs.kept", logged * months, f"{text} × {months:.3g} months kept", "modelled")
    yield Quantity("cognito.users", w.users, f"{w.users:,.0f} users", "modelled")
    if stack.has_waf:
        yield Quantity("waf.requests", w.views + calls, f"{w.views:,.0f} views + {calls:,.0f} API calls", "modelled")
    if stack.has_malware_scan:
        text = f"{new:,.0f} new assets"
        yield Quantity("malware.objects", new, text, "modelled")
        yield Quantity(
            "malware.scanned", new * w.bytes_per_object / GB, f"{text} × {_size(w.bytes_per_object)}", "modelled"
        )


def _journal(w: Workload, stack: Deployment) -> Iterator[Quantity]:
    """Yield the use of the function `journal`; the bytes of segments and snapshots are left out."""
    runs, memory = stack.schedule_runs.get(JOURNAL, 0.0), stack.memory_gb(JOURNAL)
    if not runs:
        return
    changes = w.new_objects + w.annotation_writes / ANNOTATIONS_IN_CALL
    most = runs * SEGMENTS_IN_RUN
    yield _part("lambda.requests", runs, f"{runs:,.0f} runs")
    text = f"{runs:,.0f} runs × {JOURNAL_SECONDS:g} s × {memory:.4g} GB"
    yield _part("lambda.duration", runs * JOURNAL_SECONDS * memory, text)
    yield _part("s3.read", runs * JOURNAL_READS, f"{runs:,.0f} runs × {JOURNAL_READS:g} segments read")
    yield _part(
        "s3.write",
        min(most, max(IDLE_SEGMENTS, changes)),
        f"segments of {changes:,.0f} changes, at least {IDLE_SEGMENTS:,.0f}, at most {runs:,.0f} runs × "
        f"{SEGMENTS_IN_RUN:g}",
    )


def _part(meter: str, amount: float, formula: str) -> Quantity:
    return Quantity(meter, amount, formula, "modelled", grows=False, part=JOURNAL)


def _of(meter: str, count: float, factor: float, what: str, factor_text: str) -> Quantity:
    return Quantity(meter, count * factor, f"{count:,.0f} {what} × {factor_text}", "modelled")


def _size(bytes_: float) -> str:
    for unit, size in (("MB", 1e6), ("kB", 1e3)):
        if bytes_ >= size:
            return f"{bytes_ / size:.4g} {unit}"
    return f"{bytes_:.4g} B"


def _profiles() -> Mapping[str, Mapping[str, Any]]:
    return tomllib.loads((Path(__file__).parent / "usage.toml").read_text(encoding="utf-8"))
