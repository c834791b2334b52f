"""Label formats of the console: names, titles and options of `foveal.formats.registry`, as JSON.

python -m tools.console_formats      (writes web/console/src/labels/formats.json)
"""

import json
from pathlib import Path
from typing import Any, Final

from foveal.formats.registry import MODULES, load

FILE: Final = Path(__file__).resolve().parent.parent / "web/console/src/labels/formats.json"


def formats() -> list[dict[str, Any]]:
    """Return the formats in alphabetical order of their titles."""
    found = [load(name) for name in MODULES]
    return [
        {
            "name": each.name,
            "title": each.title,
            "read_options": dict(each.read_options),
            "write_options": dict(each.write_options),
            "is_written": each.write is not None,
        }
        for each in sorted(found, key=lambda each: each.title.lower())
    ]


def text() -> str:
    """Return the content of the file."""
    return json.dumps(formats(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
