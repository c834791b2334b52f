"""Where a stack lives, ports that are taken, processes that do not start, the file of outputs."""

import json
import os
import socket
import stat
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from local import outputs
from local.edge import Hosts, write_hosts
from local.instance import Instance, LocalStackError
from local.ministack_patches import check
from local.ministack_patches.http_api import Answer, TokenBucket, access_line, as_gateway_answers
from local.processes import Process, require_free

STACK = {
    "Issuer": "https://issuer",
    "ClientId": "client",
    "UserPoolId": "pool",
    "BucketName": "bucket",
    "EventBusName": "bus",
    "IngestQueueUrl": "queue",
    "IngestDeadLetterQueueUrl": "dead",
    "RenderQueueUrl": "pictures",
    "RenderDeadLetterQueueUrl": "dead pictures",
}


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
def test_a_port_that_is_none_is_named_with_its_variable(port: str) -> None:
    with pytest.raises(LocalStackError, match="FOVEAL_API_PORT must be a port number"):
        Instance.from_environment({"FOVEAL_API_PORT": port})


def test_a_taken_port_is_told_in_one_sentence_with_the_way_out() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(LocalStackError) as raised:
            require_free({"FOVEAL_AWS_PORT": port})

    assert str(raised.value).startswith(f"Port {port} is taken by another program: stop it, or choose another port")
    assert "FOVEAL_AWS_PORT=" in str(raised.value)


def test_a_process_that_ends_at_once_is_told_with_the_end_of_its_log(tmp_path: Path) -> None:
    process = Process(instance_in(tmp_path), "part", "no-such-mark")

    with pytest.raises(LocalStackError, match="out of luck"):
        process.start([sys.executable, "-c", "raise SystemExit('out of luck')"], os.environ, lambda: False)

    assert process.pid is None


def test_a_process_runs_until_it_is_stopped(tmp_path: Path) -> None:
    process = Process(instance_in(tmp_path), "part", "a-mark-of-its-own")
    command = [sys.executable, "-c", "import time; time.sleep(60)  # a-mark-of-its-own"]
    process.start(command, os.environ, lambda: True)

    assert process.pid is not None
    assert process.stop()
    assert process.pid is None
    assert not process.stop()


def test_a_stranger_with_the_same_pid_is_left_alone(tmp_path: Path) -> None:
    process = Process(instance_in(tmp_path), "part", "a-mark-that-pytest-does-not-have")
    (tmp_path / "part.pid").write_text(str(os.getpid()))

    assert process.pid is None
    assert not process.stop()


def test_outputs_are_for_their_owner_alone(tmp_path: Path) -> None:
    instance = instance_in(tmp_path)
    demo = {"project": "demo", "demo_username": "demo", "demo_password": "secret"}

    outputs.write(instance, STACK, demo, "foveal")

    assert stat.S_IMODE(instance.outputs.stat().st_mode) == 0o600
    required = {"api_url", "cdn_url", "issuer", "client_id", "bucket", "event_bus", "mongodb_uri"}
    required |= {"aws_endpoint_url", "region", "project", "demo_username", "demo_password"}
    assert required <= json.loads(instance.outputs.read_text()).keys()


def test_outputs_of_no_stack_say_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(LocalStackError, match="run `make up` first"):
        outputs.read(instance_in(tmp_path))


def test_a_running_edge_learns_of_a_new_deployment(tmp_path: Path) -> None:
    instance = instance_in(tmp_path)
    hosts = Hosts(instance)
    before = hosts.name("api")
    write_hosts(instance, api_id="abc12345", distribution_domain="d1.cloudfront.net")

    assert before is None
    assert hosts.name("api") == "abc12345.execute-api.localhost"
    assert hosts.name("cdn") == "d1.cloudfront.localhost"


def test_the_selfcheck_names_what_an_upgrade_took_away() -> None:
    leaning = SimpleNamespace(USES={"json": ("dumps", "no_such_name"), "no.such.module": ("x",)})

    assert check.missing([leaning]) == ["json.no_such_name", "no.such.module"]


def test_a_burst_is_admitted_and_then_throttled() -> None:
    bucket = TokenBucket(rate=0.001, burst=3)

    assert [bucket.take() for _ in range(5)] == [True, True, True, False, False]


def test_a_failed_function_is_answered_as_api_gateway_does() -> None:
    failed = (502, {"Access-Control-Allow-Origin": "*"}, b'{"errorType": "KeyError", "errorMessage": "secret"}')

    status, headers, body = as_gateway_answers(failed)

    assert (status, body) == (500, b'{"message":"Internal Server Error"}')
    assert headers["Access-Control-Allow-Origin"] == "*"


def test_an_answer_of_a_function_is_left_alone() -> None:
    answer: Answer = (502, {}, b"upstream")

    assert as_gateway_answers(answer) is answer


def test_an_access_log_line_stays_json_whatever_the_values() -> None:
    line = access_line('{"path":"$context.path","error":"$context.error.message"}', {"path": 'a"b\\'})

    assert json.loads(line) == {"path": 'a"b\\', "error": "-"}
