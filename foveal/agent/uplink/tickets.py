"""Uploads through the API: a begin for each batch, bytes to signed URLs, large files in parts that are resumed."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from foveal.agent.queue import Item
from foveal.agent.uplink.delivery import HeldUpError, Verdict, again, arrived, read, refused
from foveal.client._sync.operations import Operations
from foveal.client.answers import tickets
from foveal.client.errors import APIError, FovealError, NetworkError
from foveal.client.files import UNKNOWN_TYPE, media_type
from foveal.client.folders.content import Content
from foveal.client.folders.multipart import Multipart
from foveal.client.folders.sending import Sender, SendError, TicketExpiredError

TEMPORARY_CODES: Final = frozenset({"QuotaExceeded", "ServiceUnavailable", "Conflict", "UploadInProgress"})
"""Problems of one item that pass by themselves."""
MAX_PART_ROUNDS: Final = 3


class TicketRoute:
    """Route by tickets of the API. Not for use by several threads at once."""

    def __init__(self, api: Operations, sender: Sender, *, is_accelerated: bool = False) -> None:
        """`is_accelerated`: ask for S3 Transfer Acceleration; a deployment without it is used as it is."""
        self._api, self._sender = api, sender
        self._options: dict[str, Any] = {"accelerate": True} if is_accelerated else {}

    def deliver(self, batch: list[tuple[Item, Path]], tell: Callable[[Item, Verdict], None]) -> None:
        """Send the files of one project and tell a verdict on each. Raises HeldUpError."""
        contents: list[tuple[Item, Content]] = []
        for item, path in batch:
            content = read(item, path)
            if isinstance(content, Verdict):
                tell(item, content)
            else:
                contents.append((item, content))
        if contents:
            self._deliver(contents, tell)

    def close(self) -> None:
        """Close the connections."""
        self._sender.close()

    def _deliver(self, contents: list[tuple[Item, Content]], tell: Callable[[Item, Verdict], None]) -> None:
        uploads = [_declaration(item, content) for item, content in contents]
        try:
            answer = self._api.begin_uploads(contents[0][0].project, uploads=uploads, **self._options)
            begun = tickets(answer, len(contents))
        except FovealError as error:
            if not isinstance(error, APIError) or error.status not in (400, 413, 422):
                raise held_up(error) from error
            if self._options:
                self._options = {}
                sys.stderr.write(f"sent without Transfer Acceleration: {error}\n")
                self._deliver(contents, tell)
                return
            if len(contents) == 1:
                tell(contents[0][0], refused(str(error)))
                return
            for each in contents:  # one of them makes the whole call unacceptable
                self._deliver([each], tell)
            return
        for (item, content), ticket in zip(contents, begun, strict=True):
            tell(item, self._send(content, ticket))

    def _send(self, content: Content, ticket: dict[str, Any]) -> Verdict:
        problem = ticket.get("problem")
        if problem:
            reason = f"{problem['detail']} ({problem['code']})"
            return again(reason, counts=False) if problem["code"] in TEMPORARY_CODES else refused(reason)
        if ticket["status"] in ("ready", "deleted"):
            return arrived(ticket["asset_id"])
        if ticket["status"] != "pending":
            return refused(f"its asset {ticket['asset_id']} is {ticket['status']}")
        try:
            if ticket["method"] == "multipart":
                self._send_parts(content, ticket)
            else:
                self._sender.send(content, 0, content.file.size_bytes, ticket["url"], ticket["headers"])
        except TicketExpiredError as error:
            return again(f"S3 refused the ticket ({error})")
        except SendError as error:
            return again(error.reason, counts=error.code != "NetworkError")
        except APIError as error:
            if error.status in (400, 404, 409):  # begin has passed, so it is about this file
                return again(str(error))
            raise held_up(error) from error
        except NetworkError as error:
            raise held_up(error) from error
        except FovealError as error:
            return again(str(error))
        return arrived(ticket["asset_id"])

    def _send_parts(self, content: Content, ticket: dict[str, Any]) -> None:
        """Send the parts that S3 does not have, and complete. Parts of earlier tries are not sent again."""
        multipart = Multipart(self._api, content, ticket, self._options)
        missing = multipart.missing
        for _ in range(MAX_PART_ROUNDS):
            for number in missing:
                start, size_bytes = multipart.range(number)
                try:
                    self._sender.send(content, start, size_bytes, multipart.url(number), {})
                except TicketExpiredError:  # the URL was signed for later use, and is signed anew once
                    self._sender.send(content, start, size_bytes, multipart.url(number), {})
                multipart.arrived(number)
            missing = multipart.complete()
            if not missing:
                return
        raise SendError(f"S3 lost parts {missing[:5]}", "IncompleteUpload")


def held_up(error: FovealError) -> HeldUpError:
    """Return why no file can be sent after a call failed. An answer that is not of the API is a login page's."""
    if not isinstance(error, APIError):
        return HeldUpError("offline", str(error))
    if error.status < 400 or error.status == 511:
        return HeldUpError("offline", f"a login page answered ({error.code}): this network wants a sign-in")
    if error.status in (401, 403, 404):
        return HeldUpError("refused", str(error))
    return HeldUpError("unavailable", str(error))


def _declaration(item: Item, content: Content) -> dict[str, Any]:
    """Return the item of a begin; it is the same at each try, since it is part of what the key stands for."""
    document, size_bytes = item.document, content.file.size_bytes
    declared: dict[str, Any] = {
        "file_name": document["file_name"],
        "content_type": media_type(document["file_name"]) or UNKNOWN_TYPE,
        "size_bytes": size_bytes,
        "checksum": {"algorithm": "crc64nvme", "value": content.checksum},
        "idempotency_key": item.key,
        "attributes": document["attributes"],
    }
    if document["tags"]:
        declared["tags"] = document["tags"]
    part_bytes = document.get("part_bytes")
    if part_bytes and size_bytes > part_bytes:
        declared |= {"method": "multipart", "part_size_bytes": part_bytes}
    return declared
