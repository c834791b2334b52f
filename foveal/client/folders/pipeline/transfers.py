"""Transfers: what the senders do for a ticket, whole files and parts, and the outcome of each file."""

import functools
import time
from collections.abc import Mapping
from typing import Any, Final

from foveal.client.answers import member
from foveal.client.errors import APIError, FovealError, UploadError
from foveal.client.folders.content import Content
from foveal.client.folders.multipart import Multipart
from foveal.client.folders.pipeline.run import MAX_FRESH_TICKETS, Run
from foveal.client.folders.report import CHANGED, State
from foveal.client.folders.sending import Sender, SendError, TicketExpiredError

OTHER_OPTIONS: Final = "begun before with other tags, attributes or part size: give the same options"


class Transfers:
    """Turns tickets into tasks of the senders."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def plan(self, content: Content, ticket: dict[str, Any], expires_at: float) -> None:
        """Plan what a ticket asks for; `expires_at` is its end on the monotonic clock."""
        try:
            self._plan(content, ticket, expires_at)
        except FovealError as error:
            self._run.failed_by(content, error)

    def send_tasks(self, number: int) -> None:
        """Work as the sender of a number, while the gate admits it, until there are no tasks."""
        run = self._run
        sender = Sender(run.gate, run.throttle)
        while (task := run.tasks.get()) is not None:
            if run.gate.admits(number):
                task(sender)
            else:
                run.tasks.put(task)
                run.gate.wait(number)
        sender.close()

    def _plan(self, content: Content, ticket: dict[str, Any], expires_at: float) -> None:
        if "problem" in ticket:
            problem = member(ticket, "problem", dict)
            code = member(problem, "code", str)
            reason = OTHER_OPTIONS if code == "IdempotencyConflict" else member(problem, "detail", str)
            self._run.failed(content, reason, code)
            return
        asset_id, status = member(ticket, "asset_id", str), member(ticket, "status", str)
        if status in ("ready", "scanning", "deleted"):
            self._run.done(content, asset_id, State.SKIPPED)
        elif status != "pending":
            self._run.failed(content, f"its asset {asset_id} is {status}", "AssetFailed")
        elif (method := member(ticket, "method", str)) == "multipart":
            multipart = Multipart(self._run.api, content, ticket)
            self._run.ledger.spare(content.file.size_bytes - multipart.missing_bytes)
            self._plan_parts(multipart, multipart.missing)
        elif method == "put":
            url, headers = member(ticket, "url", str), member(ticket, "headers", dict)
            self._run.tasks.put(functools.partial(
                self._send_whole, content=content, asset_id=asset_id, url=url, headers=headers, expires_at=expires_at
            ))  # fmt: skip
        else:
            raise UploadError(f"This client cannot send by `{method}`; is it current?")

    def _plan_parts(self, multipart: Multipart, numbers: list[int]) -> None:
        for number in numbers:
            self._run.tasks.put(functools.partial(self._send_part, multipart=multipart, number=number))
        if not numbers:
            self._run.tasks.put(lambda _: self._complete(multipart))

    def _send_whole(
        self, sender: Sender, content: Content, asset_id: str, url: str, headers: Mapping[str, str], expires_at: float
    ) -> None:
        if time.monotonic() >= expires_at:  # it waited too long for its turn
            self._run.read.put(content)
            return
        try:
            sender.send(content, 0, content.file.size_bytes, url, headers)
        except TicketExpiredError as error:
            if self._run.ledger.may_again(content.file, "ticket", MAX_FRESH_TICKETS):
                self._run.read.put(content)
            else:
                self._run.failed(content, f"S3 refused a fresh ticket ({error})", "TicketRefused")
        except SendError as error:
            self._not_sent(content, error)
        else:
            self._run.ledger.sent(content.file.size_bytes)
            self._run.done(content, asset_id, State.DONE)

    def _send_part(self, sender: Sender, multipart: Multipart, number: int) -> None:
        if multipart.has_ended:
            return
        try:
            start, size_bytes = multipart.range(number)
            for fresh in range(MAX_FRESH_TICKETS + 1):
                try:
                    sender.send(multipart.content, start, size_bytes, multipart.url(number), {})
                    break
                except TicketExpiredError as error:
                    if fresh == MAX_FRESH_TICKETS:
                        raise SendError(f"S3 refused a fresh ticket ({error})", "TicketRefused") from error
            self._run.ledger.sent(size_bytes)
            if multipart.arrived(number):
                self._complete(multipart)
        except (SendError, FovealError) as error:
            self._multipart_failed(multipart, error)

    def _complete(self, multipart: Multipart) -> None:
        try:
            missing = multipart.complete()
            if not missing:
                if multipart.end():
                    self._run.done(multipart.content, multipart.asset_id, State.DONE)
            elif self._run.ledger.may_again(multipart.content.file, "parts", MAX_FRESH_TICKETS):
                self._plan_parts(multipart, missing)
            else:
                raise SendError(f"S3 lost parts {missing[:5]}", "IncompleteUpload")
        except (SendError, FovealError) as error:
            self._multipart_failed(multipart, error)

    def _multipart_failed(self, multipart: Multipart, error: SendError | FovealError) -> None:
        if not multipart.end():
            return
        if isinstance(error, APIError) and error.code == "ChecksumMismatch":
            error = SendError(CHANGED, "FileChanged")
        if isinstance(error, SendError):
            self._not_sent(multipart.content, error)
        else:
            self._run.failed_by(multipart.content, error)

    def _not_sent(self, content: Content, error: SendError) -> None:
        if error.code == "FileChanged":
            self._run.changed(content)
        else:
            self._run.failed(content, error.reason, error.code)
