"""Golden vectors of the server's DICOM windows, with which the console's are tested.

`python -m tools.windowing_vectors` writes `web/console/tests/viewer/windows.json`: values, windows, and the greys that
`foveal.render.decode.dicom` makes of them.
"""

import json
import sys
from pathlib import Path
from typing import Any, Final

import numpy as np

from foveal.render.decode.dicom import VoiWindow, windowed

FILE: Final = Path(__file__).resolve().parent.parent / "web/console/tests/viewer/windows.json"
VALUES: Final = [*range(-1100, 1101, 25), -160, -159.5, 0.25, 239, 239.5, 240, 3071, 30_000]
WINDOWS: Final = ((40, 400), (-600, 1500), (0, 1), (0.5, 3), (100.25, 333.5), (2048, 4096))
FUNCTIONS: Final = ("LINEAR", "LINEAR_EXACT", "SIGMOID")


def vectors() -> dict[str, Any]:
    """Return all vectors as JSON values."""
    windows = [VoiWindow(center, width, function) for center, width in WINDOWS for function in FUNCTIONS]
    values = np.array(VALUES, np.float64)
    return {
        "values": VALUES,
        "windows": [{**each._asdict(), "greys": windowed(values, each).tolist()} for each in windows],
    }


def main() -> int:
    FILE.write_text(json.dumps(vectors(), separators=(",", ":")) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
