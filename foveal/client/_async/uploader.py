"""Upload of one file: begin, bytes straight to S3, completion, and the wait until its facts are known."""

from __future__ import annotations

import time
from asyncio import sleep
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2

from foveal.client._async.operations import AsyncOperations
from foveal.client.calls import Call
from foveal.client.errors import NetworkError, UploadError
from foveal.client.files import LocalFile
from foveal.client.retries import RetryPolicy

if TYPE_CHECKING:
    from foveal.client import models

Progress = Callable[[int, int], None]
FIRST_POLL_SECONDS, MAX_POLL_SECONDS = 0.2, 2.0
PARTS_SIGNED_A_CALL = 100
_PUT = Call("PUT", "")


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
        if ticket["status"] == "pending":
            try:
                await self._send(file, ticket, progress)
            except TicketRefusedError:
                await self._send_again(project, file, item, progress)
        return await self._facts(file, ticket["asset_id"], timeout_seconds)

    async def _begin(self, project: str, file: LocalFile, item: dict[str, Any]) -> dict[str, Any]:
        answer: Any = await self._api.begin_uploads(project, uploads=[item])
        ticket: dict[str, Any] = answer["uploads"][0]
        if "problem" in ticket:
            problem = ticket["problem"]
            raise UploadError(f"{file.path}: {problem['detail']} ({problem['code']})")
        return ticket

    async def _send_again(self, project: str, file: LocalFile, item: dict[str, Any], progress: Progress | None) -> None:
        """Send what is missing with a fresh ticket: the same key gives the same upload."""
        ticket = await self._begin(project, file, item)
        try:
            if ticket["status"] == "pending":
                await self._send(file, ticket, progress)
        except TicketRefusedError as error:
            raise UploadError(f"{file.path}: S3 refused a fresh ticket: {error}") from error

    async def _send(self, file: LocalFile, ticket: dict[str, Any], progress: Progress | None) -> None:
        if ticket["method"] == "multipart":
            await self._send_parts(file, ticket, progress)
        elif ticket["method"] == "put":
            await self._put(file, 0, file.size_bytes, ticket["url"], ticket["headers"])
            if progress:
                progress(file.size_bytes, file.size_bytes)
        else:
            raise UploadError(f"{file.path}: this client sends no forms; leave `method` out")

    async def _send_parts(self, file: LocalFile, ticket: dict[str, Any], progress: Progress | None) -> None:
        upload_id, part_bytes = ticket["upload_id"], ticket["part_size_bytes"]
        listed: Any = await self._api.list_parts(upload_id)
        missing = list(listed["missing_part_numbers"])
        sizes = {number: min(part_bytes, file.size_bytes - (number - 1) * part_bytes) for number in missing}
        sent = file.size_bytes - sum(sizes.values())
        while missing:
            batch, missing = missing[:PARTS_SIGNED_A_CALL], missing[PARTS_SIGNED_A_CALL:]
            signed: Any = await self._api.sign_parts(upload_id, part_numbers=batch)
            for part in signed["parts"]:
                number = part["part_number"]
                await self._put(file, (number - 1) * part_bytes, sizes[number], part["url"], {})
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
                wait = self._retries.wait_after_error(_PUT, retries, was_sent=True)
                if wait is None:
                    reason = str(error) or type(error).__name__
                    raise NetworkError(f"{file.path}: S3 could not be reached: {reason}") from error
            else:
                if response.is_success or response.status_code == httpx2.codes.PRECONDITION_FAILED:
                    return
                if response.status_code == httpx2.codes.FORBIDDEN:
                    raise TicketRefusedError(response.text[:200])
                wait = self._retries.wait_after_status(
                    _PUT, retries, response.status_code, response.headers.get("retry-after")
                )
                if wait is None:
                    is_changed = "BadDigest" in response.text
                    reason = "the file changed while it was sent" if is_changed else response.text[:200]
                    raise UploadError(f"{file.path}: S3 refused the bytes: {reason} (HTTP {response.status_code})")
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
            if status != "pending":
                reason = asset.get("reason_detail") or asset.get("reason") or "no reason is known"
                raise UploadError(f"{file.path}: the asset {asset_id} is {status}: {reason}")
            if time.monotonic() >= end:
                raise UploadError(
                    f"{file.path}: the bytes have arrived, but the facts of {asset_id} were not there within "
                    f"{timeout_seconds:g} s; ask for the asset later"
                )
            await sleep(pause)
            pause = min(MAX_POLL_SECONDS, pause * 1.5)
