"""Rules, queues and event sources: no event is lost, failed messages are kept, load on MongoDB is bounded."""

from typing import Any

import pytest

from foveal.stack_contract import MAX_RECEIVE_COUNT
from infra.config import load
from tests.infra.template import Template, flatten

QUEUE, MAPPING, RULE = "AWS::SQS::Queue", "AWS::Lambda::EventSourceMapping", "AWS::Events::Rule"
QUEUES = {"ingest": "Arrivals", "render": "Renders"}


def mapping_of(template: Template, function: str) -> dict[str, Any]:
    (found,) = (
        each
        for each in template.of_type(MAPPING).values()
        if template.of_type("AWS::Lambda::Function")[each["FunctionName"]["Ref"]] == template.function(function)
    )
    return found


def test_rule_of_arrivals_has_created_deleted_archived_and_restored_objects(template: Template) -> None:
    rule = template.named("ArrivalsRule", RULE)
    assert "EventBusName" not in rule
    pattern = rule["EventPattern"]
    assert pattern["source"] == ["aws.s3"]
    assert pattern["detail-type"] == [
        "Object Created",
        "Object Deleted",
        "Object Restore Completed",
        "Object Access Tier Changed",
    ]
    assert pattern["detail"]["bucket"]["name"] == [{"Ref": "StorageMedia9333CB25"}]


def test_rule_of_archivals_has_only_changes_into_an_archive_class(template: Template) -> None:
    rule, arrivals = (template.named(each, RULE) for each in ("ArrivalsArchivalsRule", "ArrivalsRule"))
    assert rule["EventPattern"]["detail-type"] == ["Object Storage Class Changed"]
    assert rule["EventPattern"]["detail"]["destination-storage-class"] == ["GLACIER", "DEEP_ARCHIVE"]
    assert rule["EventPattern"]["detail"]["bucket"] == arrivals["EventPattern"]["detail"]["bucket"]
    assert [each["Arn"] for each in rule["Targets"]] == [each["Arn"] for each in arrivals["Targets"]]


def test_rule_of_arrivals_leaves_out_what_foveal_writes(template: Template) -> None:
    keys = template.named("ArrivalsRule", RULE)["EventPattern"]["detail"]["object"]["key"]
    assert keys == [{"prefix": "media/"}, {"prefix": "masks/"}]


def test_ready_assets_reach_render_by_the_bus(template: Template) -> None:
    rule = template.named("RendersRule", RULE)
    assert flatten(rule["EventBusName"]) == "<EventsBus45DE4339>"
    assert rule["EventPattern"] == {"source": ["foveal"], "detail-type": ["AssetReady"]}


@pytest.mark.parametrize("function", QUEUES)
def test_batch_reports_the_messages_that_failed(template: Template, function: str) -> None:
    assert mapping_of(template, function)["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


@pytest.mark.parametrize("function", QUEUES)
def test_event_source_has_the_maximum_concurrency_of_the_stage(template: Template, function: str) -> None:
    stage = load(template.environment(function)["STAGE"])
    wanted = stage.ingest.max_concurrency if function == "ingest" else stage.render.max_concurrency
    assert mapping_of(template, function)["ScalingConfig"] == {"MaximumConcurrency": wanted}


@pytest.mark.parametrize("function", QUEUES)
def test_visibility_timeout_is_six_times_that_of_the_function(template: Template, function: str) -> None:
    queue = template.named(f"{QUEUES[function]}Queue", QUEUE)
    assert queue["VisibilityTimeout"] >= 6 * template.function(function)["Timeout"]


@pytest.mark.parametrize("function", QUEUES)
def test_dead_letters_are_kept_longer_than_messages(template: Template, function: str) -> None:
    queue = template.named(f"{QUEUES[function]}Queue", QUEUE)
    dead_letters = template.named(f"{QUEUES[function]}DeadLetters", QUEUE)
    assert queue["RedrivePolicy"]["maxReceiveCount"] == MAX_RECEIVE_COUNT
    assert dead_letters["MessageRetentionPeriod"] == 14 * 86_400 > queue["MessageRetentionPeriod"]


@pytest.mark.parametrize("function", QUEUES)
def test_event_that_the_queue_refuses_goes_to_the_dead_letter_queue(template: Template, function: str) -> None:
    (target,) = template.named(f"{QUEUES[function]}Rule", RULE)["Targets"]
    assert flatten(target["DeadLetterConfig"]["Arn"]).startswith(f"<{QUEUES[function]}DeadLetters")


def test_every_queue_is_encrypted_and_refuses_plain_http(template: Template) -> None:
    secured = {
        flatten(queue)
        for each in template.of_type("AWS::SQS::QueuePolicy").values()
        for queue in each["Queues"]
        if {"Bool": {"aws:SecureTransport": "false"}}
        in [s["Condition"] for s in each["PolicyDocument"]["Statement"] if s["Effect"] == "Deny"]
    }
    for name, queue in template.of_type(QUEUE).items():
        assert queue.get("SqsManagedSseEnabled") is True or "KmsMasterKeyId" in queue
        assert f"<{name}>" in secured


def test_published_events_are_archived(template: Template) -> None:
    stage = template.environment("ingest")["STAGE"]
    archive = template.only("AWS::Events::Archive")
    assert archive["EventPattern"] == {"source": ["foveal"]}
    assert archive["RetentionDays"] == load(stage).events.archive_days
    assert template.only("AWS::Events::EventBus")["Name"] == f"foveal-{stage}"


@pytest.mark.parametrize("function", ["Sweep", "Journal"])
def test_function_runs_every_minute(template: Template, function: str) -> None:
    schedule = template.named(f"{function}Schedule", "AWS::Scheduler::Schedule")
    assert schedule["ScheduleExpression"] == "rate(1 minute)"
    assert flatten(schedule["Target"]["Arn"]).startswith(f"<Functions{function}")
    assert schedule["State"] == "ENABLED"
