"""Watcher: hands the kernel's reports of complete files (inotify(7)) to the inboxes, through watchdog.

watchdog's own observers tell handlers nothing of a queue that has overflowed, so its reader of the kernel is used with
callbacks of ours. Folders are added as they are scanned, before their names are read: nothing falls between.
"""

import contextlib
import os
import threading
from collections.abc import Callable

from watchdog.observers.inotify_c import CallbackId, InotifyConstants, InotifyEvent, InotifyFD, Mask, WatchDescriptor

from foveal.agent.inbox import Inbox

_MASK = Mask(
    InotifyConstants.IN_CLOSE_WRITE
    | InotifyConstants.IN_MOVED_TO
    | InotifyConstants.IN_MOVED_FROM
    | InotifyConstants.IN_CREATE
    | InotifyConstants.IN_DELETE_SELF
    | InotifyConstants.IN_DONT_FOLLOW
    | InotifyConstants.IN_ONLYDIR
)


class Watcher:
    """Watches of the folders of one inbox."""

    def __init__(self, inbox: Inbox, kernel: InotifyFD, note: Callable[[str, str], None]) -> None:
        self._inbox, self._kernel, self._note = inbox, kernel, note
        self._lock = threading.Lock()
        self._paths: dict[WatchDescriptor, str] = {}
        self._known: dict[str, tuple[int, int]] = {}
        self._unwatched: set[str] = set()
        self._id = CallbackId(id(self))

    def add(self, path: str) -> None:
        """Watch a folder, if this very folder is not watched yet: one that was mounted there since is another.

        Scans alone find what is in a folder that cannot be watched, as when fs.inotify.max_user_watches is reached.
        """
        try:
            status = os.lstat(path)
            identity = (status.st_dev, status.st_ino)
            with self._lock:
                if self._known.get(path) == identity:
                    return
            descriptor = self._kernel.add_callback(os.fsencode(path), _MASK, self, self._id)
        except OSError as error:
            if path not in self._unwatched:
                self._unwatched.add(path)
                self._note("not watched", f"{path}: {error}; it is scanned once a minute")
            return
        with self._lock:
            self._paths[descriptor], self._known[path] = path, identity

    def on_event(self, event: InotifyEvent) -> None:
        """Take a report of the kernel."""
        with self._lock:
            folder = self._paths.get(event.wd)
        if folder is None:
            return
        if event.is_directory and (event.is_create or event.is_moved_to):
            self._inbox.scan_soon()
        elif event.is_directory and event.is_moved_from:  # the paths below it are no longer true
            self._forget_all()
        elif event.is_close_write or event.is_moved_to:
            self._inbox.hint(f"{folder}/{os.fsdecode(event.name)}")

    def on_watch_deleted(self, wd: WatchDescriptor) -> None:
        """Forget a folder that is gone, or whose file system is."""
        with self._lock:
            path = self._paths.pop(wd, None)
            if path is not None:
                self._known.pop(path, None)
        self._inbox.scan_soon()

    def on_queue_overflow(self) -> None:
        """Look at the whole folder, because reports were lost."""
        self._inbox.scan_soon()

    def _forget_all(self) -> None:
        with self._lock:
            gone, self._paths, self._known = list(self._paths), {}, {}
        with contextlib.suppress(OSError):
            self._kernel.remove_callbacks([(wd, self._id) for wd in gone])
        self._inbox.scan_soon()


def open_kernel() -> InotifyFD:
    """Return a running reader of the kernel's reports. Raises OSError where there is no inotify."""
    kernel = InotifyFD()
    kernel.start()
    return kernel
