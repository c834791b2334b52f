"""File names that file systems allow and programs stumble over, by seed."""

import random
import unicodedata
from typing import Final

_SPECIAL: Final = [
    *("#", "?", "%", "&", "+", "%2F", "%00", "=", ";", ":", "@", "!", "*", "'", '"', "\\", "|", "<", ">", "$(x)"),
    *("\n", "\r", "\t", "\x1b[31m", "\x7f", "  ", "..", "~", "-", "--force", "`x`"),
    *("\u202e", "\u3000", "\u202f", "\u200b"),
    *("\u1161", "\ufeff", "é", "e\u0301", "ﬁ", "İ", "ß", "한글", "ᄒ\u1161\u11ab", "日本", "😀", "👩‍👩‍👧"),
    *("\ud7a3", "\ue000", "\U0010fffd"),
]  # fmt: skip
_BYTES: Final = [b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"caf\xe9", b"\x80\x81"]
_SUFFIX: Final = b".jpg"
MAX_NAME_BYTES: Final = 255


def names(count: int, seed: int) -> list[bytes]:
    """Return different names that end in `.jpg`, among them some of 255 bytes and some that are no UTF-8."""
    source, found = random.Random(seed), dict[bytes, None]()
    while len(found) < count:
        found[_name(source)] = None
    return [*found]


def _name(source: random.Random) -> bytes:
    kind = source.random()
    text = "".join(source.choice(_SPECIAL) if source.random() < 0.6 else chr(source.randrange(97, 123))
                   for _ in range(source.randrange(1, 12)))  # fmt: skip
    if kind < 0.1:
        text = unicodedata.normalize("NFC", text)
    elif kind < 0.2:
        text = unicodedata.normalize("NFD", text)
    stem = text.encode()
    if kind > 0.9:
        stem += source.choice(_BYTES) + str(source.randrange(10**6)).encode()
    if kind > 0.95:
        stem = (stem * 300)[: MAX_NAME_BYTES - len(_SUFFIX)]
    return b"x" + stem[: MAX_NAME_BYTES - len(_SUFFIX) - 1] + _SUFFIX


def shown(name: bytes) -> str:
    """Return a name as the catalog has it: in Unicode's form C; bytes that are no UTF-8 become U+FFFD."""
    text = unicodedata.normalize("NFC", name.decode("utf-8", "surrogateescape"))
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
