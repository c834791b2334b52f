"""Columns of lists of assets."""

from typing import Final

from foveal.cli import values
from foveal.cli.output import Column

ASSET_COLUMNS: Final = (
    Column("ASSET", lambda asset: asset["asset_id"], width=36, style="cyan"),
    Column("NAME", lambda asset: asset.get("file_name") or ""),
    Column("STATUS", lambda asset: asset.get("status") or "", width=11, rank=3, style="status"),
    Column("PIXELS", values.dimensions, width=11, rank=1, is_number=True),
    Column("SIZE", lambda asset: values.size(asset.get("size_bytes")), width=8, rank=2, is_number=True),
    Column("LABELS", values.labels, width=22, rank=5, style="bright_black"),
    Column("TAKEN", lambda asset: values.local_time(asset.get("captured_at")), width=16, rank=4, style="bright_black"),
)
"""Elsewhere than on a terminal every list has all of them, in this order."""

FIELDS: Final = ["file_name", "status", "width", "height", "size_bytes", "label_summary", "captured_at"]
"""Members that the columns need."""
