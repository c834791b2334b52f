"""Download of assets to files: resumed by ranges, proven by checksum, never over a file that is there."""

from foveal.client.downloads.names import NameChooser, safe_name
from foveal.client.downloads.transfer import Downloaded, Downloader, Source, source_of

__all__ = ["Downloaded", "Downloader", "NameChooser", "Source", "safe_name", "source_of"]
