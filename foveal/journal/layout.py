"""Keys of the journal in the bucket. Numbers have a fixed width, so that keys sort as their numbers do."""

from foveal.stack_contract import CATALOG_PREFIX

SEGMENTS = f"{CATALOG_PREFIX}segments/"
SNAPSHOTS = f"{CATALOG_PREFIX}snapshots/"
_MANIFEST = "manifest"


def segment_key(sequence: int) -> str:
    return f"{SEGMENTS}{sequence:012d}"


def part_key(start: int, part: int) -> str:
    """Return the key of a part of the snapshot with which segment `start` goes on."""
    return f"{SNAPSHOTS}{start:012d}/{part:08d}"


def manifest_key(start: int) -> str:
    return f"{SNAPSHOTS}{start:012d}/{_MANIFEST}"


def sequence_of(key: str) -> int | None:
    """Return the number of a segment; None for other keys."""
    number = key.removeprefix(SEGMENTS)
    return int(number) if key.startswith(SEGMENTS) and number.isdecimal() else None


def start_of(key: str) -> int | None:
    """Return the first segment after a snapshot, for the key of its manifest; None for other keys."""
    number, _, name = key.removeprefix(SNAPSHOTS).partition("/")
    return int(number) if key.startswith(SNAPSHOTS) and name == _MANIFEST and number.isdecimal() else None
