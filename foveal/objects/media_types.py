"""Media types (RFC 9110, section 8.3.1): essence, aliases that browsers and phones send, types by file name."""

from typing import Final

UNSPECIFIC: Final = "application/octet-stream"
"""Media type of bytes whose type nobody states (RFC 2046, section 4.5.1)."""


def media_type_essence(media_type: str) -> str:
    """Return a media type without its parameters, in lower case: `text/plain` for `Text/Plain; charset=utf-8`."""
    return media_type.partition(";")[0].strip().lower()


def canonical_media_type(media_type: str) -> str:
    """Return the essence under its registered name: `image/jpeg` for `image/jpg`, `UNSPECIFIC` for an empty type."""
    essence = media_type_essence(media_type)
    return _ALIASES.get(essence, essence)


def stated_media_type(content_type: str, file_name: str | None) -> str:
    """Return the type that a client states: by the content type, or by the file name if the content type is unspecific.

    `UNSPECIFIC` if neither states one.
    """
    canonical = canonical_media_type(content_type)
    if canonical != UNSPECIFIC or not file_name:
        return canonical
    return _BY_EXTENSION.get(file_name.rpartition(".")[2].lower(), UNSPECIFIC) if "." in file_name else UNSPECIFIC


_ALIASES: Final = {
    "": UNSPECIFIC,
    "binary/octet-stream": UNSPECIFIC,
    "application/binary": UNSPECIFIC,
    "application/unknown": UNSPECIFIC,
    "application/x-www-form-urlencoded": UNSPECIFIC,  # of curl -d and other clients that set no type
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "image/x-png": "image/png",
    "image/x-bmp": "image/bmp",
    "image/x-ms-bmp": "image/bmp",
    "image/tif": "image/tiff",
    "image/x-tiff": "image/tiff",
    "image/svg": "image/svg+xml",
    "image/x-icon": "image/vnd.microsoft.icon",
    "image/x-webp": "image/webp",
    "image/x-exr": "image/exr",
    "image/x-photoshop": "image/vnd.adobe.photoshop",
    "application/photoshop": "image/vnd.adobe.photoshop",
    "application/x-photoshop": "image/vnd.adobe.photoshop",
    "image/dicom": "application/dicom",
    "application/mp4": "video/mp4",
    "application/x-matroska": "video/matroska",
    "video/x-matroska": "video/matroska",
    "application/ogg": "video/ogg",
    "application/x-ogg": "video/ogg",
    "video/avi": "video/x-msvideo",
    "video/msvideo": "video/x-msvideo",
    "video/vnd.avi": "video/x-msvideo",
    "video/x-quicktime": "video/quicktime",
    "video/mpg": "video/mpeg",
    "video/x-mpeg": "video/mpeg",
    "application/vnd.ms-asf": "video/x-ms-asf",
    "application/x-troff-msvideo": "video/x-msvideo",
}

_EXTENSIONS: Final = {
    "image/jpeg": "jpg jpeg jpe jfif",
    "image/png": "png",
    "image/apng": "apng",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/heic": "heic",
    "image/heif": "heif hif",
    "image/avif": "avif",
    "image/tiff": "tif tiff gtiff gtif btf ome svs ndpi",
    "image/bmp": "bmp dib",
    "image/vnd.microsoft.icon": "ico cur",
    "image/jp2": "jp2 j2k jpf jpx jpm j2c jpc",
    "image/jxl": "jxl",
    "image/vnd.adobe.photoshop": "psd psb",
    "image/svg+xml": "svg",
    "image/x-portable-anymap": "pbm pgm ppm pnm pam",
    "image/x-adobe-dng": "dng",
    "image/x-canon-cr2": "cr2",
    "image/x-canon-cr3": "cr3",
    "image/x-nikon-nef": "nef nrw",
    "image/x-sony-arw": "arw sr2 srf",
    "image/x-fuji-raf": "raf",
    "image/x-olympus-orf": "orf",
    "image/x-panasonic-rw2": "rw2",
    "image/x-pentax-pef": "pef",
    "image/x-samsung-srw": "srw",
    "image/x-phaseone-iiq": "iiq",
    "image/exr": "exr",
    "image/vnd.radiance": "hdr pic rgbe",
    "image/qoi": "qoi",
    "image/x-nifti": "nii",
    "application/dicom": "dcm dicom dic",
    "video/mp4": "mp4 m4p lrv 360 insv",
    "video/x-m4v": "m4v",
    "video/quicktime": "mov qt",
    "video/3gpp": "3gp 3gpp",
    "video/3gpp2": "3g2",
    "video/matroska": "mkv mk3d",
    "video/webm": "webm",
    "video/x-msvideo": "avi divx",
    "video/mp2t": "ts m2ts mts m2t",
    "video/mpeg": "mpg mpeg mpe vob m2p",
    "video/x-flv": "flv f4v",
    "video/x-ms-wmv": "wmv",
    "video/x-ms-asf": "asf",
    "video/ogg": "ogv ogg ogx",
}
_BY_EXTENSION: Final = {
    extension: media_type for media_type, extensions in _EXTENSIONS.items() for extension in extensions.split()
}
