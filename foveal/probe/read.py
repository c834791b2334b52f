"""Entry point of the probe: detect the format, read its headers, compare with the declared type."""

from __future__ import annotations

import struct

from foveal.probe.errors import ProbeError, Reason, active_content, malformed, not_media, truncated
from foveal.probe.facts import Facts
from foveal.probe.sniff import check_declared, find_markup, find_reader, load
from foveal.probe.window import Budget, RangeSource, Window

_DEFAULT_BUDGET = Budget()


def probe(source: RangeSource, declared_mime_type: str | None = None, budget: Budget = _DEFAULT_BUDGET) -> Facts:
    """Return the facts that the object's headers state.

    Raises ProbeError with a typed reason, and nothing else for whatever the bytes are; what the source
    raises when it cannot read (gone, denied, unreachable) passes through unchanged.
    """
    facts = Facts()
    try:
        window = Window(source, budget)
        _read(window, facts, declared_mime_type)
        facts.finish()
    except ProbeError as error:
        facts.finish()
        error.facts = facts
        raise
    return facts


def _read(window: Window, facts: Facts, declared: str | None) -> None:
    if window.size == 0:
        raise truncated("empty: the object has no bytes")
    module = find_reader(window)
    markup = None if module == "medical.dicom" else find_markup(window)
    if module is None:
        if markup:
            raise active_content(f"a page or script ({markup})")
        raise not_media("no signature of an image or video")
    try:
        load(module)(window, facts)
    except (struct.error, IndexError, OverflowError, RecursionError) as error:
        # Readers check before they read; this turns a bug in one of them into a ProbeError.
        raise malformed(f"its structure cannot be read ({type(error).__name__})") from error
    except ProbeError as error:
        if markup and error.reason in (Reason.MALFORMED, Reason.TRUNCATED, Reason.NOT_MEDIA):
            raise active_content(f"markup ({markup}) in an incomplete {facts.format}") from error
        raise
    if markup and module != "pictures.svg":  # its own reader finds the active content of a drawing
        raise active_content(f"markup ({markup}) inside of a {facts.format}")
    check_declared(declared, facts)
