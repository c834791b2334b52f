"""Read the facts of an image or video from a few kilobytes of headers.

    from foveal.probe import MemorySource, probe
    facts = probe(MemorySource(data), declared_mime_type="image/jpeg")
    facts.document()  # {"media_type": "image", "format": "jpeg", "width": 4032, ...}

Every reader is total: on any bytes `probe` returns facts or raises ProbeError with a typed reason, within
the budget of requests and bytes and in time linear in what it read.
"""

from foveal.probe.errors import ProbeError, Reason
from foveal.probe.facts import Audio, Camera, Damage, Facts, Fraction, Preview
from foveal.probe.read import probe
from foveal.probe.sniff import is_of_declared_family
from foveal.probe.sources import CountedSource, FileSource, HttpsSource, MemorySource, SourceError
from foveal.probe.window import Budget, RangeSource

__all__ = [
    "Audio",
    "Budget",
    "Camera",
    "CountedSource",
    "Damage",
    "Facts",
    "FileSource",
    "Fraction",
    "HttpsSource",
    "MemorySource",
    "Preview",
    "ProbeError",
    "RangeSource",
    "Reason",
    "SourceError",
    "is_of_declared_family",
    "probe",
]
