"""Status socket: JSON to everybody who may open it (a Unix socket of mode 0660), and its reader."""

import json
import os
import socket
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from foveal.client.errors import ConfigurationError, NetworkError

SOCKET_MODE: Final = 0o660
TIMEOUT_SECONDS: Final = 5.0
MAX_DOCUMENT_BYTES: Final = 1024 * 1024


class StatusSocket:
    """Answers each connection with the document of the moment, and closes it."""

    def __init__(self, path: Path, document: Callable[[], Mapping[str, Any]]) -> None:
        """Listen. A socket that nobody listens to any more is replaced. Raises ConfigurationError."""
        self._path, self._document = path, document
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._listen()
        except OSError as error:
            self._listener.close()
            raise ConfigurationError(f"The status socket {path} cannot be made: {error}.") from error
        self._listener.settimeout(1.0)

    def run(self, stop: threading.Event) -> None:
        """Answer until `stop` is set; for a thread of its own."""
        with self._listener:
            while not stop.is_set():
                try:
                    connection, _ = self._listener.accept()
                except TimeoutError:
                    continue
                with connection:
                    self._answer(connection)
        self._path.unlink(missing_ok=True)

    def _listen(self) -> None:
        """Put the socket at its path once it accepts connections: who sees it can open it."""
        hidden = self._path.with_name(f".{self._path.name}")
        hidden.unlink(missing_ok=True)
        before = os.umask(0o777 & ~SOCKET_MODE)  # from its first moment nobody else may open it
        try:
            self._listener.bind(os.fspath(hidden))
        finally:
            os.umask(before)
        self._listener.listen(8)
        hidden.rename(self._path)

    def _answer(self, connection: socket.socket) -> None:
        connection.settimeout(TIMEOUT_SECONDS)
        try:
            connection.sendall(json.dumps(self._document()).encode() + b"\n")
        except OSError:  # the reader has gone, or does not read
            return


def read_status(path: Path) -> dict[str, Any]:
    """Return the status of the agent that listens at a path. Raises NetworkError, which says what to do."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(TIMEOUT_SECONDS)
            connection.connect(os.fspath(path))
            text = b""
            while (block := connection.recv(65536)) and len(text) < MAX_DOCUMENT_BYTES:
                text += block
        found: dict[str, Any] = json.loads(text)
    except PermissionError as error:
        raise NetworkError(f"{path} may not be opened: join its group, or use sudo.") from error
    except (OSError, ValueError) as error:
        raise NetworkError(
            f"No agent answers at {path} ({error}): is it running (systemctl status foveal-agent)?"
        ) from error
    return found
