"""A real MongoDB, an S3 that checks signatures, and a bucket of the test's own."""

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator

import pytest
from pymongo.database import Database

from foveal.database.client import Document
from foveal.uploads.backend import Backend
from foveal.uploads.limits import GIB, UploadLimits
from tests.integration.uploads.server import REGION, ROOT, Server
from tests.integration.uploads.world import World
from tests.ports import free_port


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """An S3 emulator with signatures enforced, and a user whose key is really checked."""
    folder, port = tmp_path_factory.mktemp("s3"), free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")} | {
        "AUTH": "true",
        "GATEWAY_PORT": str(port),
        "MINISTACK_HOST": "localhost",
        "PERSIST_STATE": "0",
        "S3_PERSIST": "0",
        "STATE_DIR": str(folder / "state"),
        "TMPDIR": str(folder),
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "LOG_LEVEL": "WARNING",
        "AWS_ACCESS_KEY_ID": ROOT.access_key,
        "AWS_SECRET_ACCESS_KEY": ROOT.secret_key,
    }
    program = [sys.executable, "-m", "hypercorn", "--workers", "0", "--bind", f"127.0.0.1:{port}", "ministack.app:app"]
    with (folder / "log").open("wb") as log, subprocess.Popen(program, env=environment, stdout=log, stderr=log) as run:
        try:
            server = Server(f"http://127.0.0.1:{port}", folder / "log")
            server.wait(run)
            yield server.with_user()
        finally:
            run.kill()


@pytest.fixture
def limits() -> UploadLimits:
    return UploadLimits(
        allowed_types=("image/*", "video/*", "application/dicom"),
        max_object_bytes=100 * GIB,
        daily_quota_bytes=1000 * GIB,
        url_ttl_seconds=900,
    )


@pytest.fixture
def world(
    s3_server: Server, database: Database[Document], limits: UploadLimits, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    """The uploads function, signing as a user whose signatures the emulator checks."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_server.url)
    monkeypatch.setenv("AWS_REGION", REGION)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", s3_server.user.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", s3_server.user.secret_key)
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    bucket = f"media-{uuid.uuid4().hex[:12]}"
    s3 = s3_server.client("s3")
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    world = World(Backend(database, bucket, REGION, limits), s3_server)
    yield world
    world.http.close()
    assert "X-Amz-" not in world.log.getvalue(), "a ticket's URL is in the log"
    assert "/v1/uppy/W" not in world.log.getvalue(), "a token is in the log"
