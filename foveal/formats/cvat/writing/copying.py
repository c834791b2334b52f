"""Files of CVAT as they stand, without e-mail addresses in their meta: what a conversion without edits writes."""

import shutil

from foveal.formats.base.files.source import Source
from foveal.formats.base.files.target import Target
from foveal.formats.base.files.xml_scan import encoding_of, scan
from foveal.formats.base.model.loss import LossReport
from foveal.formats.cvat.files import annotation_files, manifests
from foveal.formats.cvat.meta import E_MAIL
from foveal.formats.cvat.writing.splice import PIECES

_BLOCK = 1 << 20


def copy(source: Source, target: Target, losses: LossReport) -> bool:
    """Write the files of a source; False for several where the target is one, and for a manifest alone."""
    names = annotation_files(source)
    if not names or (target.name is not None and len(names) > 1):
        return False
    for name in names:
        start, end, encoding = _meta(source, name)
        with source.open(name) as stream, target.create(target.name or name) as out:
            out.write(stream.read(start))
            meta = stream.read(end - start)
            plain = E_MAIL.sub("", meta.decode(encoding)).encode(encoding, "xmlcharrefreplace")
            if plain != meta:
                losses.tell("e_mail_removed", "meta", "E-mail addresses are not kept.", name)
            out.write(plain)
            shutil.copyfileobj(stream, out, _BLOCK)
    for name in manifests(source) if target.name is None else ():
        with source.open(name) as stream, target.create(name) as out:
            shutil.copyfileobj(stream, out, _BLOCK)
    return True


def _meta(source: Source, name: str) -> tuple[int, int, str]:
    """Return where the meta of a file begins and ends, and its encoding. Raises FormatError."""
    with source.open(name) as stream:
        encoding = encoding_of(stream.read(_BLOCK))
    with source.open(name) as stream:
        for element in scan(stream):
            if element.name == "meta":
                return element.offset, element.end, encoding
            if element.name in PIECES:
                break
    return 0, 0, encoding
