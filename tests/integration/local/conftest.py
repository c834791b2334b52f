"""The emulator alone, without a deployment."""

import socket
from collections.abc import Iterator

import pytest

from local.instance import Instance
from local.processes import emulator_process


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    ports = {}
    listeners = [socket.socket() for _ in range(3)]
    for name, listener in zip(("AWS", "API", "CDN"), listeners, strict=True):
        listener.bind(("127.0.0.1", 0))
        ports[f"FOVEAL_{name}_PORT"] = str(listener.getsockname()[1])
    for listener in listeners:
        listener.close()
    instance = Instance.from_environment({"FOVEAL_STATE": str(tmp_path_factory.mktemp("emulator")), **ports})
    try:
        emulator_process.start(instance)
        yield instance
    finally:
        emulator_process.stop(instance)
