"""State folder and ports of an instance of the local stack."""

from pathlib import Path

import pytest

from local.instance import Instance, LocalStackError


def instance_in(folder: Path) -> Instance:
    return Instance.from_environment({"FOVEAL_STATE": str(folder)})


def test_ports_are_those_of_the_last_start_when_no_variable_is_set(tmp_path: Path) -> None:
    chosen = {"FOVEAL_STATE": str(tmp_path), "FOVEAL_AWS_PORT": "1234", "FOVEAL_MONGODB_URI": "mongodb://elsewhere"}
    instance = Instance.from_environment(chosen)
    instance.remember()

    assert instance_in(tmp_path) == instance
    assert (tmp_path / "instance.json").stat().st_mode & 0o777 == 0o600
    assert Instance.from_environment({**chosen, "FOVEAL_AWS_PORT": "4321"}).aws_port == 4321
    defaults = {"FOVEAL_STATE": str(tmp_path), "FOVEAL_AWS_PORT": "", "FOVEAL_MONGODB_URI": ""}
    assert Instance.from_environment(defaults).environment()["FOVEAL_AWS_PORT"] == "4566"
    assert Instance.from_environment(defaults).external_mongodb_uri is None


def test_instance_is_the_same_in_another_process() -> None:
    chosen = {"FOVEAL_STATE": "/somewhere", "FOVEAL_AWS_PORT": "1234", "FOVEAL_MONGODB_URI": "mongodb://elsewhere"}
    instance = Instance.from_environment(chosen)

    assert Instance.from_environment(instance.environment()) == instance
    assert instance.aws_url == "http://127.0.0.1:1234"
    assert instance.mongodb_uri == "mongodb://elsewhere"


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1", "80.5"])
def test_invalid_port_is_refused_with_the_name_of_its_variable(port: str) -> None:
    with pytest.raises(LocalStackError, match="FOVEAL_API_PORT must be a port number"):
        Instance.from_environment({"FOVEAL_API_PORT": port})
