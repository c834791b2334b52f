"""CICP colour code points (ITU-T H.273): names, and the ones that mean high dynamic range."""

from __future__ import annotations

from foveal.probe.facts import Facts

_PRIMARIES = {
    1: "bt709", 4: "bt470m", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 8: "film",
    9: "bt2020", 10: "smpte428", 11: "smpte431", 12: "smpte432", 22: "ebu3213",
}  # fmt: skip
_TRANSFERS = {
    1: "bt709", 4: "bt470m", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 8: "linear", 9: "log100",
    10: "log316", 11: "iec61966-2-4", 12: "bt1361e", 13: "iec61966-2-1", 14: "bt2020-10", 15: "bt2020-12",
    16: "smpte2084", 17: "smpte428", 18: "arib-std-b67",
}  # fmt: skip
_HDR_FORMATS = {16: "pq", 18: "hlg"}


def set_colour(facts: Facts, primaries: int, transfer: int) -> None:
    """Set primaries and transfer; unspecified (2) stays absent."""
    facts.colour_primaries = _PRIMARIES.get(primaries) or facts.colour_primaries
    name = _TRANSFERS.get(transfer)
    if name is not None:
        facts.transfer = name
        if facts.hdr_format not in ("dolby_vision", "gain_map"):
            facts.hdr_format = _HDR_FORMATS.get(transfer)
        facts.hdr = facts.hdr_format is not None
