"""Sync source from async source, by tokens: `await`, `async` and the names of asynchronous things go."""

import re
from typing import Final

_WORDS: Final = {
    "AsyncIterator": "Iterator",
    "AsyncClient": "Client",
    "AsyncBaseTransport": "BaseTransport",
    "AsyncFoveal": "Foveal",
    "AsyncOperations": "Operations",
    "AsyncTransport": "Transport",
    "AsyncTokens": "Tokens",
    "AsyncPages": "Pages",
    "AsyncProject": "Project",
    "AsyncUploader": "Uploader",
    "AsyncAssets": "Assets",
    "AsyncFoundAssets": "FoundAssets",
    "AsyncAsset": "Asset",
    "AsyncAnnotations": "Annotations",
    "__aenter__": "__enter__",
    "__aexit__": "__exit__",
    "__aiter__": "__iter__",
    "__anext__": "__next__",
    "StopAsyncIteration": "StopIteration",
    "aclose": "close",
    "_async": "_sync",
}
_SPACED: Final = re.compile(r"\b(?:async|await)\s+(?=\S)")
_NAME: Final = re.compile(r"\b(?:" + "|".join(_WORDS) + r")\b")
_LOOP: Final = re.compile(r"^( *)for (\w+) in (.+):\n +yield \2$", re.MULTILINE)
_LIST: Final = re.compile(r"\[(\w+) for \1 in (.+)\]")
_LOCK: Final = ("from asyncio import Lock, sleep", "from threading import Lock\nfrom time import sleep")
_SLEEP: Final = ("from asyncio import sleep", "from time import sleep")


def sync_source(source: str) -> str:
    """Return the synchronous module of an asynchronous one."""
    source = _LOOP.sub(r"\1yield from \3", _SPACED.sub("", source)).replace(*_LOCK).replace(*_SLEEP)
    source = _LIST.sub(r"list(\2)", source)
    return _NAME.sub(lambda found: _WORDS[found[0]], source).replace("asynchronous", "synchronous")
