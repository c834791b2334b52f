"""Pictures of assets in notebooks (`_repr_html_` of IPython), without needing IPython."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from inspect import isawaitable
from typing import Any, Final

from foveal.client.errors import FovealError

THUMBNAIL: Final = "thumbnail"
MAX_PICTURES: Final = 24
_CARD: Final = (
    "display:inline-block;width:168px;margin:4px;vertical-align:top;border:1px solid #8884;border-radius:6px;"
    "overflow:hidden;font:12px/1.4 system-ui,sans-serif"
)
_PICTURE: Final = "height:126px;background:#8882 {url} center/contain no-repeat;position:relative"
_REASON: Final = (
    "position:absolute;inset:0;display:flex;align-items:center;justify-content:center;padding:8px;"
    "text-align:center;opacity:.7"
)
_TEXT: Final = "padding:4px 8px;white-space:nowrap;overflow:hidden;text-overflow:ellipsis"


@dataclass(frozen=True, slots=True)
class Gallery:
    """Assets with the signed URLs of their thumbnails, or the reason why one has none; a notebook shows it.

    A picture is the background of its card: one that is missing, or whose URL has expired, leaves the card empty.
    """

    assets: Sequence[Mapping[str, Any]]
    thumbnails: Sequence[Mapping[str, Any]]
    total: int | None = None

    def _repr_html_(self) -> str:
        cards = "".join(map(_card, self.assets, self.thumbnails))
        more = (self.total or 0) - len(self.assets)
        rest = f'<div style="{_TEXT};opacity:.7">and {more} more</div>' if more > 0 else ""
        return f"<div>{cards or 'No assets.'}{rest}</div>"


class Shown:
    """An object whose `show` gives a Gallery: shown in notebooks when the client is synchronous.

    An asynchronous `show` cannot be awaited while a notebook asks; then the object is shown as text, and
    `await object.show()` gives the pictures.
    """

    def _repr_html_(self) -> str | None:
        try:
            shown = self.show()  # type: ignore[attr-defined]  # of the class that is shown
        except FovealError as error:
            return f"<div>{escape(str(error))}</div>"
        if isawaitable(shown):
            shown.close()  # type: ignore[attr-defined]  # a coroutine
            return None
        html: str = shown._repr_html_()
        return html


def _card(asset: Mapping[str, Any], thumbnail: Mapping[str, Any]) -> str:
    name = asset.get("file_name") or asset["asset_id"]
    width, height = asset.get("width"), asset.get("height")
    pixels = f"{width} × {height}" if width and height else asset.get("status") or ""
    labels = ", ".join(dict.fromkeys(each["label"] for each in asset.get("label_summary") or () if each.get("label")))
    url, reason = thumbnail.get("url"), ""
    if not url:
        problem = thumbnail.get("problem") or {}
        text = problem.get("title") or asset.get("status") or "No picture"
        reason = f'<span style="{_REASON}">{escape(str(text))}</span>'
    picture = _PICTURE.format(url=f"url({_css(url)})" if url else "")
    details = " · ".join(filter(None, (str(pixels), labels)))
    return (
        f'<div style="{_CARD}" title="{escape(asset["asset_id"])}">'
        f'<div role="img" aria-label="{escape(str(name))}" style="{escape(picture)}">{reason}</div>'
        f'<div style="{_TEXT}">{escape(str(name))}</div>'
        f'<div style="{_TEXT};opacity:.7">{escape(details)}</div></div>'
    )


def _css(url: str) -> str:
    """Return a URL as a string of CSS (CSS Syntax, 4.3.5): it cannot end the string."""
    harmless = "".join(each if each not in '"\\\n\r\f' else f"%{ord(each):02X}" for each in url)
    return f'"{harmless}"'
