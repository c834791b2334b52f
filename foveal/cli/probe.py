"""`foveal probe`: the facts of files, `https://` and `s3://` objects, from a few kilobytes of each."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any

import typer

from foveal.probe import Budget, CountedSource, FileSource, HttpsSource, ProbeError, RangeSource, SourceError, probe

app = typer.Typer()


@app.command("probe")
def probe_command(
    paths: Annotated[list[str], typer.Argument(metavar="PATH_OR_URL...", help="Files, https:// or s3:// objects.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line for every input.")] = False,
    declared_type: Annotated[
        str | None, typer.Option(help="Media type that the objects are declared to be; compared with the bytes.")
    ] = None,
) -> None:
    """Show what media files are, read from their headers alone. Exits with 1 if any of them failed."""
    rows = []
    for path in paths:
        row = describe(path, declared_type)
        rows.append(row)
        if as_json:
            typer.echo(json.dumps(_plain(row)))
    if not as_json:
        _print_table(rows)
    raise typer.Exit(code=1 if any("reason" in row for row in rows) else 0)


def describe(path: str, declared_type: str | None = None) -> dict[str, Any]:
    """The row of one input: `path`, the fields of the asset document, `requests`, `bytes_read`.

    Where it failed, `reason` and `detail` too, and the fields known up to there.
    """
    row: dict[str, Any] = {"path": path}
    counted: CountedSource | None = None
    source: RangeSource | None = None
    try:
        source = _open(path)
        counted = CountedSource(source)
        row |= probe(counted, declared_type, Budget.of(path)).document()
    except ProbeError as error:
        row |= (error.facts.document() if error.facts else {}) | {"reason": error.reason.value, "detail": error.detail}
    except SourceError as error:
        row |= {"reason": error.reason, "detail": error.detail}
    finally:
        if isinstance(source, (FileSource, HttpsSource)):
            source.close()
    if counted is not None and counted.size >= 0:
        row["size_bytes"] = counted.size
    row["requests"] = counted.requests if counted else 0
    row["bytes_read"] = counted.bytes_read if counted else 0
    return row


def _open(path: str) -> RangeSource:
    scheme = path.partition("://")[0].lower() if "://" in path else ""
    if scheme == "s3":
        from foveal.cli.s3_source import S3Source

        return S3Source(path)
    if scheme in ("https", "http"):
        return HttpsSource(path, allow_http=_is_loopback(path))
    return FileSource(path)


def _is_loopback(url: str) -> bool:
    """Plain HTTP is for the local stack alone."""
    from urllib.parse import urlsplit

    try:
        return urlsplit(url).hostname in ("127.0.0.1", "localhost", "::1")
    except ValueError:
        return False


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """The row with its time as text: RFC 3339 in UTC, or without a zone where the file states none."""
    captured_at = row.get("captured_at")
    if isinstance(captured_at, datetime):
        text = captured_at.replace(tzinfo=None).isoformat(timespec="milliseconds")
        return row | {"captured_at": text if row.get("captured_at_is_local") else f"{text}Z"}
    return row


def _print_table(rows: list[dict[str, Any]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD)
    for name in ("path", "format", "size", "picture", "time", "camera", "read"):
        table.add_column(name, overflow="fold", justify="right" if name == "read" else "left")
    for row in rows:
        if "reason" in row:
            problem = Text(f"{row['reason']}: {row['detail']}", style="red")
            table.add_row(Text(_shown(row["path"])), row.get("format", ""), "", problem, "", "", _cost(row))
            continue
        cells = (row.get("format", ""), _size(row), _picture(row), _time(row), _camera(row), _cost(row))
        table.add_row(Text(_shown(row["path"])), *(Text(cell) for cell in cells))
    Console().print(table)


def _shown(path: str) -> str:
    """A name may hold control characters or stray bytes: a terminal must not obey or choke on them."""
    return path.encode("utf-8", "backslashreplace").decode().translate(dict.fromkeys((*range(32), 127), "�"))


def _size(row: dict[str, Any]) -> str:
    shown = f"{row['width']} x {row['height']}"
    stored = (row["stored_width"], row["stored_height"])
    return shown if stored == (row["width"], row["height"]) else f"{shown}\n(stored {stored[0]} x {stored[1]})"


def _picture(row: dict[str, Any]) -> str:
    parts = [row.get("codec"), row.get("colour_space"), row.get("hdr_format")]
    if "bit_depth" in row:
        parts.append(f"{row['bit_depth']} bit")
    parts.append("alpha" if row.get("has_alpha") else None)
    if "audio" in row:
        parts.append("+ " + " ".join(str(value) for value in row["audio"].values()))
    return ", ".join(part for part in parts if part)


def _time(row: dict[str, Any]) -> str:
    parts = [f"{row['duration_seconds']:g} s"] if "duration_seconds" in row else []
    if "frame_rate" in row:
        rate = row["frame_rate"]
        parts.append(f"{rate['num']}/{rate['den']} fps" if rate["den"] != 1 else f"{rate['num']} fps")
    if (row.get("frame_count") or 1) > 1:
        parts.append(f"{row['frame_count']} frames")
    return ", ".join(parts)


def _camera(row: dict[str, Any]) -> str:
    camera = row.get("camera", {})
    parts = [camera.get("model") or camera.get("make")]
    if "captured_at" in row:
        parts.append(f"{row['captured_at']:%Y-%m-%d %H:%M}")
    if "location" in row:
        longitude, latitude = row["location"]["coordinates"]
        parts.append(f"{latitude:.4f}, {longitude:.4f}")
    return "\n".join(part for part in parts if part)


def _cost(row: dict[str, Any]) -> str:
    return f"{row['requests']} x, {row['bytes_read'] / 1024:.0f} KiB"
