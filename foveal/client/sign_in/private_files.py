"""Private files: written atomically with mode 0600, in folders with mode 0700; and file locks."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import platformdirs


def config_folder() -> Path:
    """Return the folder of profiles and tokens: FOVEAL_CONFIG_DIR, or the platform's folder for configuration."""
    return Path(os.environ.get("FOVEAL_CONFIG_DIR") or platformdirs.user_config_path("foveal", appauthor=False))


def make_private_folder(folder: Path) -> None:
    """Make a folder and take the rights of others from it."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)


def write_private(path: Path, text: str) -> None:
    """Replace a file as a whole, also when the machine loses power: a reader sees the old text or the new one."""
    make_private_folder(path.parent)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # its mode is 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def try_lock(path: Path) -> Iterator[bool]:
    """Hold the lock of a file if it is free; yield whether it is held. It ends with the process, however that ends."""
    make_private_folder(path.parent)
    with path.open("a") as file:
        path.chmod(0o600)
        yield _lock(file)  # closing the file releases it


if os.name == "nt":
    import msvcrt

    def _lock(file: IO[str]) -> bool:
        file.seek(0)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        except OSError:
            return False
        return True
else:
    import fcntl

    def _lock(file: IO[str]) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
