"""Documents of CVAT for tests: its XML around what a test is about."""

from pathlib import Path
from typing import Any

from tests.unit.formats.reading import Line, inspected, of_kind

_NODE = '<circle cx="{0}" cy="{0}" data-type="element node" data-node-id="{0}" data-label-name="{1}"></circle>'
_EDGE = '<line x1="1" y1="1" x2="2" y2="2" data-type="edge" data-node-from="{}" data-node-to="{}"></line>'
SVG = (
    _EDGE.format(2, 3)
    + _EDGE.format(1, 2)
    + "".join(_NODE.format(number, name) for number, name in ((1, "nose"), (2, "left eye"), (3, "tail")))
)
LABELS = f"""<labels>
        <label><name>car</name><color>#c06060</color><type>any</type><attributes>
          <attribute><name>model/year (a.b)</name><mutable>False</mutable><input_type>select</input_type>
            <default_value>old</default_value><values>old
very new</values></attribute>
          <attribute><name>parked</name><mutable>True</mutable><input_type>checkbox</input_type>
            <default_value>false</default_value><values>false</values></attribute>
          <attribute><name>speed</name><mutable>True</mutable><input_type>number</input_type>
            <default_value>0</default_value><values>0
120
5</values></attribute>
        </attributes></label>
        <label><name>dog</name><type>skeleton</type><attributes></attributes>
          <svg>{SVG.replace("<", "&lt;").replace(">", "&gt;")}</svg></label>
        <label><name>nose</name><type>points</type><attributes>
          <attribute><name>wet</name><mutable>False</mutable><input_type>checkbox</input_type>
            <default_value>true</default_value><values></values></attribute>
        </attributes><parent>dog</parent></label>
        <label><name>left eye</name><type>points</type><attributes></attributes><parent>dog</parent></label>
        <label><name>tail</name><type>points</type><attributes></attributes><parent>dog</parent></label>
        <label><name>rain, heavy / café</name><type>tag</type><attributes></attributes></label>
      </labels>"""


def document(content: str, meta: str | None = None) -> str:
    """Return an XML document of CVAT with the labels above."""
    if meta is None:
        meta = f"<task>\n      <id>4</id>\n      <name>street</name>\n      {LABELS}\n    </task>"
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n  <version>1.1</version>\n  <meta>\n    '
        f"{meta}\n    <dumped>2026-11-29 10:00:00+00:00</dumped>\n  </meta>\n  {content}\n</annotations>\n"
    )


def image(shapes: str, **attributes: object) -> str:
    """Return an image of 100 x 80 pixels with shapes."""
    given = {"id": 0, "name": "a/1.jpg", "width": 100, "height": 80} | attributes
    text = " ".join(f'{name}="{value}"' for name, value in given.items())
    return f"<image {text}>\n    {shapes}\n  </image>"


def video(tracks: str, size: str = "<width>100</width><height>80</height>", **members: object) -> str:
    """Return a document of a video task; `members` are more elements of its task."""
    given = {"id": 5, "name": "drive", "size": 50, "mode": "interpolation", "source": "drive.mp4"} | members
    more = "\n      ".join(f"<{name}>{value}</{name}>" for name, value in given.items() if value is not None)
    size = f"<original_size>{size}</original_size>"
    return document(tracks, f"<task>\n      {more}\n      {LABELS}\n      {size}\n    </task>")


def write(folder: Path, text: str, name: str = "annotations.xml") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def lines(folder: Path, text: str, **options: str) -> list[Line]:
    """Return the lines of a document."""
    return inspected(write(folder, text), None, None, **options)


def shape(folder: Path, text: str) -> dict[str, Any]:
    """Return the only annotation of an image with one shape."""
    found = of_kind(lines(folder, document(image(text))), "annotation")
    assert len(found) == 1
    return found[0]


def reason(folder: Path, text: str) -> str:
    """Return why the only shape of an image is not imported."""
    found = of_kind(lines(folder, document(image(text))), "not_imported")
    assert len(found) == 1
    assert found[0]["record"] == text
    return str(found[0]["reason"])
