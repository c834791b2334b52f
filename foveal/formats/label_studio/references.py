"""References of tasks to their media: storage URIs, uploads, local files, addresses; each as a relative file name."""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

from foveal.formats.base.files.probing import is_media

MAX_NAME: Final = 1024
USUAL_KEYS: Final = ("image", "images", "img", "video")
"""Names of data of the templates of Label Studio, for files without a suffix."""
_ADDRESS: Final = re.compile(r"(?i)(?:s3|s3s|gs|https?|azure-blob|file)://|/data/|/tasks/\d+/")
_UPLOAD: Final = re.compile(r"(?:^|/)data/upload/(?:\d+/)?(?P<prefix>[0-9a-f]{8}-)?(?P<name>.+)", re.DOTALL)
_LOCAL: Final = "data/local-files"


def file_name(reference: str, *, keeps_prefix: bool = False) -> str | None:
    """Return the path that a reference names, without query, with % decoded; None where it names no file.

    Uploads are stored with eight digits and a hyphen before their name; they are left out unless `keeps_prefix`.
    """
    text = reference.strip()
    if text[:5].lower() == "data:":
        return None
    try:
        address = urlsplit(text)
        query = parse_qs(address.query)
    except ValueError:
        return None
    path = address.path if "://" in text else text.partition("?")[0]
    if "fileuri" in query:
        return _stored(query["fileuri"][0], keeps_prefix=keeps_prefix)
    path = query["d"][0] if path.strip("/").endswith(_LOCAL) and "d" in query else unquote(path)
    path = "/".join(part for part in path.replace("\\", "/").split("/") if part not in ("", "."))
    if upload := _UPLOAD.search(path):
        path = (upload["prefix"] or "") * keeps_prefix + upload["name"]
    return path if path and len(path) <= MAX_NAME and "\0" not in path else None


def _stored(encoded: str, *, keeps_prefix: bool) -> str | None:
    """Return the path of a URI of Label Studio's storage proxy, which is in Base64."""
    try:
        text = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_").decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
    return None if "fileuri" in text else file_name(text, keeps_prefix=keeps_prefix)


def media_keys(data: Mapping[str, Any]) -> Sequence[str]:
    """Return the keys of the data that look like media: by a suffix, as an address, by the name of the key."""
    texts = {key: reference for key, value in data.items() if (reference := _first(value)) is not None}
    files = dict.fromkeys(key for key, text in texts.items() if is_media(file_name(text) or ""))
    others = {key: None for key, text in texts.items() if _ADDRESS.match(text)}
    return list(files | others) or [key for key, text in texts.items() if key in USUAL_KEYS and text]


def references(value: Any) -> Sequence[str]:
    """Return the references of a value: one, or those of a list of pages."""
    return [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, str)]


def _first(value: Any) -> str | None:
    found = references(value)
    return found[0] if found else None
