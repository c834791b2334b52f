"""Examination of the deployed stack: whole it is fine, and each planted fault is found and told with what to do."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from foveal.client import Foveal
from foveal.database import client as database_client
from foveal.database.migration import migrate
from foveal.operations.doctor.checks import CHECKS
from foveal.operations.doctor.deployment import Deployment, read
from foveal.operations.doctor.examination import Check, examine, findings_of
from foveal.operations.doctor.findings import Finding, State
from foveal.operations.doctor.proofs import prove_all
from local.instance import STACK_NAME
from tests.e2e.stack import Caller, Stack, eventually

Planted = Iterator[Deployment]
DENY = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*"}]}


@dataclass(frozen=True)
class Fault:
    """A fault: `plant` is a context in which the deployment has it; the check has to find it in these words."""

    check: str
    words: str
    plant: Callable[[Deployment], Any]


@pytest.fixture(scope="module")
def deployment(stack: Stack) -> Deployment:
    addresses = {"ApiUrl": "api_url", "CdnUrl": "cdn_url", "ConsoleUrl": "console_url"}
    return read(
        STACK_NAME,
        stack.aws,
        is_local=True,
        addresses={output: stack.values[key] for output, key in addresses.items()},
        mongodb=(stack.values["mongodb_uri"], stack.values["mongodb_database"]),
    )


def test_examination_of_a_whole_stack_finds_nothing_wrong(deployment: Deployment) -> None:
    wrong = [
        (check.name, finding)
        for check, findings in examine(deployment, CHECKS)
        for finding in findings
        if finding.state is not State.OK
    ]
    assert wrong == []


@contextmanager
def _clock_ahead(deployment: Deployment) -> Planted:
    yield replace(deployment, now=lambda: datetime.now(UTC) + timedelta(minutes=20))


@contextmanager
def _other(deployment: Deployment, **changes: Any) -> Planted:
    yield replace(deployment, **changes)


@contextmanager
def _output(deployment: Deployment, name: str, value: str) -> Planted:
    yield replace(deployment, outputs={**deployment.outputs, name: value})


@contextmanager
def _resource(deployment: Deployment, kind: str, id: str) -> Planted:
    yield replace(deployment, resources={**deployment.resources, kind: (id,)})


@contextmanager
def _bucket(deployment: Deployment, put: str, member: str, wrong: Any, get: str | None = None) -> Planted:
    """Change one configuration of the bucket, and set it back."""
    s3, bucket = deployment.client("s3"), {"Bucket": deployment.bucket}
    before = getattr(s3, get or put.replace("put_", "get_", 1))(**bucket)
    before.pop("ResponseMetadata")
    getattr(s3, put)(**bucket, **{member: wrong})
    yield deployment
    getattr(s3, put)(**bucket, **{member: before.get(member, before)})


@contextmanager
def _policy_without(deployment: Deployment, sid: str) -> Planted:
    s3, bucket = deployment.client("s3"), {"Bucket": deployment.bucket}
    before = s3.get_bucket_policy(**bucket)["Policy"]
    policy = json.loads(before)
    policy["Statement"] = [each for each in policy["Statement"] if each.get("Sid") != sid]
    s3.put_bucket_policy(**bucket, Policy=json.dumps(policy))
    yield deployment
    s3.put_bucket_policy(**bucket, Policy=before)


@contextmanager
def _rule_disabled(deployment: Deployment) -> Planted:
    events, name = deployment.client("events"), _of(deployment, "AWS::Events::Rule", "ArrivalsRule")
    events.disable_rule(Name=name)
    yield deployment
    events.enable_rule(Name=name)


@contextmanager
def _schedule_disabled(deployment: Deployment) -> Planted:
    scheduler, name = deployment.client("scheduler"), _of(deployment, "AWS::Scheduler::Schedule", "Sweep")
    known = ("Name", "ScheduleExpression", "Target", "FlexibleTimeWindow", "Description")
    schedule = scheduler.get_schedule(Name=name)
    schedule = {key: schedule[key] for key in known if key in schedule}
    scheduler.update_schedule(**schedule, State="DISABLED")
    yield deployment
    scheduler.update_schedule(**schedule, State="ENABLED")


@contextmanager
def _trigger_disabled(deployment: Deployment) -> Planted:
    functions, (id, *_) = deployment.client("lambda"), deployment.ids("AWS::Lambda::EventSourceMapping")
    functions.update_event_source_mapping(UUID=id, Enabled=False)
    yield deployment
    functions.update_event_source_mapping(UUID=id, Enabled=True)


@contextmanager
def _dead_letter(deployment: Deployment) -> Planted:
    sqs, url = deployment.client("sqs"), deployment.outputs["RenderDeadLetterQueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="{}")
    yield deployment
    sqs.purge_queue(QueueUrl=url)


@contextmanager
def _switched_off(deployment: Deployment) -> Planted:
    functions, name = deployment.client("lambda"), _of(deployment, "AWS::Lambda::Function", "FunctionsVersions")
    functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    yield deployment
    functions.delete_function_concurrency(FunctionName=name)


@contextmanager
def _does_not_start(deployment: Deployment) -> Planted:
    name = _of(deployment, "AWS::Lambda::Function", "FunctionsVersions")
    group = deployment.client("lambda").get_function_configuration(FunctionName=name)["LoggingConfig"]["LogGroup"]
    logs, stream = deployment.client("logs"), {"logGroupName": group, "logStreamName": "planted"}
    logs.create_log_stream(**stream)
    message = "[ERROR] Runtime.ImportModuleError: Unable to import module 'handler': No module named 'bson'"
    logs.put_log_events(**stream, logEvents=[{"timestamp": int(time.time() * 1000), "message": message}])
    yield deployment
    logs.delete_log_stream(**stream)


@contextmanager
def _right_taken(deployment: Deployment) -> Planted:
    name = _of(deployment, "AWS::Lambda::Function", "FunctionsIngest")
    arn = deployment.client("lambda").get_function_configuration(FunctionName=name)["Role"]
    iam, role = deployment.client("iam"), {"RoleName": arn.rpartition("/")[2], "PolicyName": "planted"}
    iam.put_role_policy(**role, PolicyDocument=json.dumps(DENY))
    yield deployment
    iam.delete_role_policy(**role)


@contextmanager
def _key_deleted(deployment: Deployment) -> Planted:
    kms = deployment.client("kms")
    id = kms.create_key(Description="planted")["KeyMetadata"]["KeyId"]
    kms.schedule_key_deletion(KeyId=id, PendingWindowInDays=7)
    with _resource(deployment, "AWS::KMS::Key", id) as planted:
        yield planted


@contextmanager
def _secret_deleted(deployment: Deployment) -> Planted:
    secrets = deployment.client("secretsmanager")
    arn = secrets.create_secret(Name=f"planted-{time.time_ns()}", SecretString="x")["ARN"]
    secrets.delete_secret(SecretId=arn, RecoveryWindowInDays=7)
    with _resource(deployment, "AWS::SecretsManager::Secret", arn) as planted:
        yield planted


@contextmanager
def _index_dropped(deployment: Deployment) -> Planted:
    assert deployment.mongodb is not None
    database = database_client.connect(*deployment.mongodb)
    name = next(index["name"] for index in database.views.list_indexes() if index["name"] != "_id_")
    database.views.drop_index(name)
    yield deployment
    migrate(database)


@contextmanager
def _alarm_rings(deployment: Deployment) -> Planted:
    cloudwatch, name = deployment.client("cloudwatch"), deployment.ids("AWS::CloudWatch::Alarm")[0]
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="planted")
    yield deployment
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="OK", StateReason="taken back")


def _of(deployment: Deployment, kind: str, noun: str) -> str:
    (found,) = (each for each in deployment.ids(kind) if noun in each)
    return found.rpartition("|")[2].rpartition("/")[2]


FAULTS = {
    "clock 20 minutes ahead": Fault("caller", "every signature made here is refused", _clock_ahead),
    "stack half rolled back": Fault(
        "stack", "resources may be missing", partial(_other, status="UPDATE_ROLLBACK_FAILED")
    ),
    "versioning suspended": Fault(
        "bucket",
        "versioning is off",
        partial(_bucket, put="put_bucket_versioning", member="VersioningConfiguration", wrong={"Status": "Suspended"}),
    ),
    "no events of the bucket": Fault(
        "bucket",
        "no upload becomes an asset",
        partial(
            _bucket,
            put="put_bucket_notification_configuration",
            member="NotificationConfiguration",
            wrong={},
        ),
    ),
    "CORS without ETag": Fault(
        "bucket",
        "no CORS rule lets a browser upload",
        partial(
            _bucket,
            put="put_bucket_cors",
            member="CORSConfiguration",
            wrong={"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}]},
        ),
    ),
    "a statement of the policy is gone": Fault(
        "bucket", "quarantined objects are signed", partial(_policy_without, sid="QuarantinedIsNotSigned")
    ),
    "rule disabled": Fault("events", "its events are lost", _rule_disabled),
    "rule gone": Fault(
        "events", "is gone", partial(_resource, kind="AWS::Events::Rule", id="Foveal-dev-NoSuchRule12345678-ABC")
    ),
    "schedule disabled": Fault("events", "what a crash leaves behind stays", _schedule_disabled),
    "trigger disabled": Fault("queues", "its trigger is Disabled", _trigger_disabled),
    "dead letter": Fault("queues", "1 dead letters", _dead_letter),
    "function switched off": Fault("functions", "reserved concurrency is 0", _switched_off),
    "function gone": Fault(
        "functions", "is gone", partial(_resource, kind="AWS::Lambda::Function", id="Foveal-dev-Nobody12345678-ABC")
    ),
    "function does not start": Fault("functions", "No module named 'bson'", _does_not_start),
    "right taken away": Fault("permissions", "ingest may not s3:GetObject", _right_taken),
    "key to be deleted": Fault("keys", "PendingDeletion", _key_deleted),
    "secret deleted": Fault("keys", "is being deleted", _secret_deleted),
    "CDN open": Fault("delivery", "answers 404, not 403", lambda found: _output(found, "CdnUrl", found.api_url)),
    "console without files": Fault(
        "delivery",
        "the console answers 404",
        lambda found: _output(found, "ConsoleUrl", f"{found.cdn_url}/console/assets/none.js"),
    ),
    "database away": Fault(
        "database",
        "does not answer",
        partial(_other, mongodb=("mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=200", "foveal")),
    ),
    "index dropped": Fault("database", "1 steps are left: create index views", _index_dropped),
    "alarm": Fault("alarms", "rings: Foveal dev", _alarm_rings),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_fault_is_found_with_what_to_do(deployment: Deployment, fault: Fault) -> None:
    check = next(each for each in CHECKS if each.name == fault.check)
    with fault.plant(deployment) as planted:
        found = findings_of(check, planted)
    assert _told(found, fault.words), found
    assert not _told(findings_of(check, deployment), fault.words), "the test left its fault behind"


def _told(findings: list[Finding], words: str) -> bool:
    return any(each.is_bad and words in each.seen and each.advice for each in findings)


def test_proofs_hold_and_leave_nothing_behind(deployment: Deployment, stack: Stack) -> None:
    admin: Caller = stack.caller("doctor:admin")
    with Foveal(stack.values["api_url"], admin.token) as foveal:
        proven = {check.name: findings for check, findings in prove_all(deployment, foveal.project("doctor"), None)}
        eventually(lambda: None if list(foveal.project("doctor").assets.search()) else True)  # nothing is left
    assert {name: found for name, found in proven.items() if any(each.is_bad for each in found)} == {}
    assert [name for name, found in proven.items() if {each.state for each in found} == {State.SKIPPED}] == [
        *("signatures", "acceleration", "origin-key", "scanning", "cache", "query"),
    ]


def test_proof_finds_a_bucket_that_lets_no_browser_in(deployment: Deployment, stack: Stack) -> None:
    closed = {"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["https://elsewhere.example"]}]}
    with (
        Foveal(stack.values["api_url"], stack.caller("doctor:admin").token) as foveal,
        _bucket(deployment, put="put_bucket_cors", member="CORSConfiguration", wrong=closed) as planted,
    ):
        proven = {check.name: found for check, found in prove_all(planted, foveal.project("doctor"), ["browsers"])}
    assert _told(proven["browsers"], "the bucket answers a preflight"), proven
    assert [each.state for each in proven["removal"]] == [State.OK, State.OK]


def test_proof_without_rights_is_told(deployment: Deployment, stack: Stack) -> None:
    viewer = stack.caller("doctor:viewer")
    with Foveal(stack.values["api_url"], viewer.token) as foveal:
        ((check, findings), *_) = prove_all(deployment, foveal.project("doctor"), ["arrival"])
    assert isinstance(check, Check)
    assert [each.state for each in findings] == [State.UNKNOWN]
    assert "403" in findings[0].seen or "Forbidden" in findings[0].seen
