"""Upload of one file: begin, bytes straight to S3, completion, and the wait until its facts are known."""

from __future__ import annotations

import time
from asyncio import sleep
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2

from foveal.client._async.operations import AsyncOperations
from foveal.client.answers import member, tickets
from foveal.client.errors import NetworkError, UploadError
from foveal.client.files import LocalFile
from foveal.client.retries import RetryPolicy
from foveal.client.s3_answers import Verdict, judge

if TYPE_CHECKING:
    from foveal.client import models

Progress = Callable[[int, int], None]
FIRST_POLL_SECONDS, MAX_POLL_SECONDS = 0.2, 2.0
PARTS_SIGNED_A_CALL = 100
MAX_ANSWER_CHARACTERS = 64 * 1024


class TicketRefusedError(Exception):
    """S3 answered 403: the URL has expired, or its credentials have."""


class AsyncUploader:
    """Sends files. Bytes go to S3 without the API's token; they are sent again as `retries` says."""

    def __init__(self, api: AsyncOperations, http: httpx2.AsyncClient, retries: RetryPolicy) -> None:
        self._api, self._http, self._retries = api, http, retries

    async def upload(
        self,
        project: str,
        path: str | Path,
        changes: Mapping[str, Any],
        timeout_seconds: float | None,
        progress: Progress | None,
    ) -> models.Asset:
        """Return the asset of a file that was uploaded; see `AsyncProject.upload`."""
        file = LocalFile.read(path)
        item = file.item(changes)
        ticket = await self._begin(project, file, item)
        if member(ticket, "status", str) == "pending":
            try:
                await self._send(file, ticket, progress)
            except TicketRefusedError:
                await self._send_again(project, file, item, progress)
        return await self._facts(file, member(ticket, "asset_id", str), timeout_seconds)

    async def _begin(self, project: str, file: LocalFile, item: dict[str, Any]) -> dict[str, Any]:
        answer: Any = await self._api.begin_uploads(project, uploads=[item])
        (ticket,) = tickets(answer, 1)
        if "problem" in ticket:
            problem = member(ticket, "problem", dict)
            raise UploadError(f"{file.path}: {problem.get('detail')} ({problem.get('code')})")
        return ticket

    async def _send_again(self, project: str, file: LocalFile, item: dict[str, Any], progress: Progress | None) -> None:
        """Send what is missing with a fresh ticket: the same key gives the same upload."""
        ticket = await self._begin(project, file, item)
        try:
            if member(ticket, "status", str) == "pending":
                await self._send(file, ticket, progress)
        except TicketRefusedError as error:
            raise UploadError(f"{file.path}: S3 refused a fresh ticket: {error}") from error

    async def _send(self, file: LocalFile, ticket: dict[str, Any], progress: Progress | None) -> None:
        if (method := member(ticket, "method", str)) == "multipart":
            await self._send_parts(file, ticket, progress)
        elif method == "put":
            url, headers = member(ticket, "url", str), member(ticket, "headers", dict)
            await self._put(file, 0, file.size_bytes, url, headers)
            if progress:
                progress(file.size_bytes, file.size_bytes)
        else:
            raise UploadError(f"{file.path}: this client sends no forms; leave `method` out")

    async def _send_parts(self, file: LocalFile, ticket: dict[str, Any], progress: Progress | None) -> None:
        upload_id, part_bytes = member(ticket, "upload_id", str), member(ticket, "part_size_bytes", int)
        listed: Any = await self._api.list_parts(upload_id)
        missing = list(member(listed, "missing_part_numbers", list))
        sizes = {number: min(part_bytes, file.size_bytes - (number - 1) * part_bytes) for number in missing}
        sent = file.size_bytes - sum(sizes.values())
        while missing:
            batch, missing = missing[:PARTS_SIGNED_A_CALL], missing[PARTS_SIGNED_A_CALL:]
            signed: Any = await self._api.sign_parts(upload_id, part_numbers=batch)
            for part in member(signed, "parts", list):
                number, url = member(part, "part_number", int), member(part, "url", str)
                await self._put(file, (number - 1) * part_bytes, sizes[number], url, {})
                sent += sizes[number]
                if progress:
                    progress(sent, file.size_bytes)
        await self._api.complete_upload(upload_id)

    async def _put(self, file: LocalFile, start: int, size_bytes: int, url: str, headers: Mapping[str, str]) -> None:
        """Send a range of a file to a signed URL. An object that is there already (412) has been sent before."""
        retries = 0
        while True:
            try:
                response = await self._http.put(
                    url,
                    content=self._blocks(file, start, size_bytes),
                    headers={**headers, "content-length": str(size_bytes)},
                )
            except httpx2.TransportError as error:
                wait = self._retries.wait_after_fault(retries)
                if wait is None:
                    reason = str(error) or type(error).__name__
                    raise NetworkError(f"{file.path}: S3 could not be reached: {reason}") from error
            else:
                found = judge(response.status_code, response.text[:MAX_ANSWER_CHARACTERS])
                if found.verdict is Verdict.SENT:
                    return
                if found.verdict is Verdict.EXPIRED:
                    raise TicketRefusedError(found.code)
                is_tried_again = found.verdict in (Verdict.SLOW_DOWN, Verdict.AGAIN)
                wait = self._retries.wait_after_fault(retries) if is_tried_again else None
                if wait is None:
                    is_changed = found.verdict is Verdict.CHANGED
                    reason = "the file changed while it was sent" if is_changed else found.message
                    raise UploadError(f"{file.path}: S3 refused the bytes: {reason} ({found.code})")
            retries += 1
            await sleep(wait)

    async def _blocks(self, file: LocalFile, start: int, size_bytes: int) -> AsyncIterator[bytes]:
        for block in file.blocks(start, size_bytes):
            yield block

    async def _facts(self, file: LocalFile, asset_id: str, timeout_seconds: float | None) -> models.Asset:
        end, pause = time.monotonic() + (timeout_seconds or 0), FIRST_POLL_SECONDS
        while True:
            asset: models.Asset = await self._api.get_asset(asset_id)
            status = asset["status"]
            if status == "ready" or timeout_seconds is None:
                return asset
            if status not in ("pending", "scanning"):
                reason = asset.get("reason_detail") or asset.get("reason") or "no reason is known"
                raise UploadError(f"{file.path}: the asset {asset_id} is {status}: {reason}")
            if time.monotonic() >= end:
                raise UploadError(
                    f"{file.path}: the bytes have arrived, but the facts of {asset_id} were not there within "
                    f"{timeout_seconds:g} s; ask for the asset later"
                )
            await sleep(pause)
            pause = min(MAX_POLL_SECONDS, pause * 1.5)
