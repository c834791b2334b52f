"""The event contract: one JSON Schema (draft 2020-12) for the `detail` of each detail type, kept as files.

Within a version only optional members are added; anything else makes the next version, published side by side.
"""

import functools
import json
from typing import Any, Final

from foveal.stack_contract import EVENT_SOURCE

SOURCE: Final = EVENT_SOURCE
SCHEMA_VERSION: Final = 1
DETAIL_TYPES: Final = (
    "AssetReady",
    "AssetFailed",
    "AssetQuarantined",
    "AssetDeleted",
    "AssetRestored",
    "AnnotationsChanged",
    "DatasetVersionCreated",
    "ExportCompleted",
    "ImportCompleted",
)


@functools.cache
def schema(detail_type: str, version: int = SCHEMA_VERSION) -> dict[str, Any]:
    """Return the JSON Schema of a detail. Raises LookupError for a detail type or version that does not exist."""
    from importlib import resources  # only consumers and tests read schemas; importing this costs a cold start

    if detail_type not in DETAIL_TYPES or version != SCHEMA_VERSION:
        raise LookupError(f"there is no version {version} of a detail type {detail_type}")
    file = resources.files(__name__).joinpath(f"v{version}", f"{detail_type}.json")
    return dict(json.loads(file.read_text("utf-8")))
