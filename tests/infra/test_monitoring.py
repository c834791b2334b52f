"""Alarms cover failures that users notice, reach somebody, and name their line in the runbook."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import cx_api

from infra import config
from infra.config import StageConfig
from tests.infra.conftest import make_app, make_stack
from tests.infra.template import Template, flatten

ALARM = "AWS::CloudWatch::Alarm"
RUNBOOK = Path(__file__).parents[2] / "docs/operations.md"
FUNCTIONS = (
    *("Uploads", "Catalog", "Downloads", "Versions", "Ingest", "Render", "Sweep", "Jobs", "People", "Worker"),
    *("Operations", "Journal"),
)
NAMES = {
    *("ApiErrors", "ApiLatency", "CdnErrors", "FailedAssets", "SweepMissing", "DatabaseUnreachable"),
    *("JournalMissing", "JournalLate", "JournalGap"),
    *("ArrivalsRuleLost", "ArrivalsArchivalsRuleLost", "RendersRuleLost"),
    *(f"{queue}{kind}" for queue in ("Arrivals", "Renders") for kind in ("Late", "DeadLetters")),
    *(f"{function}{kind}" for function in FUNCTIONS for kind in ("Errors", "Throttles")),
}


def alarms(template: Template) -> dict[str, dict[str, Any]]:
    """Return the properties of each alarm by its name, without the hash of its logical id."""
    found = template.of_type(ALARM).items()
    return {name.removeprefix("Monitoring")[:-8]: properties for name, properties in found}


def test_alarms_cover_user_visible_failures(template: Template) -> None:
    has_key = "KmsKeyIdentifier" in template.only("AWS::Events::EventBus")
    assert alarms(template).keys() == NAMES | ({"BusDeadLetters"} if has_key else set())


def test_every_alarm_notifies_somebody(template: Template) -> None:
    assert all(each["AlarmActions"] and each["OKActions"] for each in alarms(template).values())


def test_every_alarm_names_its_line_in_the_runbook(template: Template) -> None:
    lines = {
        anchor: line for line in RUNBOOK.read_text().splitlines() for anchor in re.findall(r'<a id="(.+?)">', line)
    }
    for name, properties in alarms(template).items():
        anchor = properties["AlarmDescription"].partition("(docs/operations.md#")[2].rstrip(")")
        assert f"`{name}`" in lines.get(anchor, ""), name


def test_every_line_of_the_runbook_is_of_an_alarm_or_of_the_budget(shipped: Callable[[str], Template]) -> None:
    described = [each["AlarmDescription"] for each in alarms(shipped("prod")).values()]
    named = {each.partition("#")[2].rstrip(")") for each in described} | {"alarm-budget"}
    assert set(re.findall(r'<a id="(.+?)">', RUNBOOK.read_text())) == named


def matches(pattern: str, line: dict[str, str]) -> bool:
    """Return whether a JSON filter pattern of equalities matches a log line."""
    assert re.fullmatch(r'\{ \(\$\.\w+ = "\w+"\)( \|\| \(\$\.\w+ = "\w+"\))* \}', pattern)
    return any(line.get(member) == value for member, value in re.findall(r'\$\.(\w+) = "(\w+)"', pattern))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_lines_about_an_unreachable_database_are_counted(template: Template, function: str) -> None:
    filters = template.of_type("AWS::Logs::MetricFilter")
    (found,) = [each for name, each in filters.items() if name.startswith(f"MonitoringDatabaseErrorsOf{function}")]
    assert flatten(found["LogGroupName"]).startswith(f"<Functions{function}Logs")
    assert matches(found["FilterPattern"], {"error_type": "ServerSelectionTimeoutError"})  # foveal/api/gateway.py
    assert matches(found["FilterPattern"], {"errorType": "AutoReconnect"})  # of Lambda, when an error ended a call
    assert matches(found["FilterPattern"], {"errorType": "ServiceUnavailable"})  # foveal/database/client.py
    assert not matches(found["FilterPattern"], {"error_type": "ValueError"})
    (counted,) = found["MetricTransformations"]
    alarm = alarms(template)["DatabaseUnreachable"]
    assert (alarm["Namespace"], alarm["MetricName"]) == (counted["MetricNamespace"], counted["MetricName"])
    assert (alarm["Threshold"], alarm["EvaluationPeriods"], alarm["Period"]) == (1, 2, 300)


def test_events_that_no_queue_took_are_counted_for_every_rule_with_a_target(template: Template) -> None:
    rules = {name for name, each in template.of_type("AWS::Events::Rule").items() if "Targets" in each}
    lost = [each for name, each in alarms(template).items() if name.endswith("RuleLost")]
    assert {each["MetricName"] for each in lost} == {"InvocationsFailedToBeSentToDlq"}
    named = {flatten(d["Value"]) for each in lost for d in each["Dimensions"] if d["Name"] == "RuleName"}
    assert named == {f"<{name}>" for name in rules}
    assert {flatten(d["Value"]) for each in lost for d in each["Dimensions"] if d["Name"] == "EventBusName"} == {
        "<EventsBus45DE4339>"
    }


def test_bus_with_a_key_keeps_events_for_which_it_cannot_use_the_key(shipped: Callable[[str], Template]) -> None:
    prod = shipped("prod")
    target = flatten(prod.only("AWS::Events::EventBus")["DeadLetterConfig"]["Arn"])
    name = next(each for each in prod.of_type("AWS::SQS::Queue") if f"<{each}.Arn>" == target)
    queue = prod.of_type("AWS::SQS::Queue")[name]
    assert queue["SqsManagedSseEnabled"]
    assert "KmsMasterKeyId" not in queue
    allowed = [
        statement
        for each in prod.of_type("AWS::SQS::QueuePolicy").values()
        if flatten(each["Queues"][0]) == f"<{name}>"
        for statement in each["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow"
    ]
    assert [(each["Principal"], each["Action"]) for each in allowed] == [
        ({"Service": "events.amazonaws.com"}, "sqs:SendMessage")
    ]


def test_budget_is_there_when_the_stage_sets_one(changed: Callable[..., Template], template: Template) -> None:
    assert "AWS::Budgets::Budget" not in {each["Type"] for each in template.resources.values()}
    with_budget = changed("prod", monitoring={"monthly_budget_usd": 500})
    budget = with_budget.only("AWS::Budgets::Budget")
    assert budget["Budget"]["BudgetLimit"] == {"Amount": 500, "Unit": "USD"}
    (topic,) = with_budget.of_type("AWS::SNS::Topic")
    for notice in budget["NotificationsWithSubscribers"]:
        assert [flatten(each["Address"]) for each in notice["Subscribers"]] == [f"<{topic}>"]
    kinds = [each["Notification"] for each in budget["NotificationsWithSubscribers"]]
    assert [(each["NotificationType"], each["Threshold"]) for each in kinds] == [("ACTUAL", 80), ("FORECASTED", 100)]
    statements = with_budget.only("AWS::SNS::TopicPolicy")["PolicyDocument"]["Statement"]
    assert {"Service": "budgets.amazonaws.com"} in [each["Principal"] for each in statements]


def test_missing_data_is_no_alarm_except_of_functions_on_a_schedule(template: Template) -> None:
    breaching = {name for name, each in alarms(template).items() if each["TreatMissingData"] != "notBreaching"}
    assert breaching == {"SweepMissing", "JournalMissing"}
    sweep = alarms(template)["SweepMissing"]
    assert sweep["TreatMissingData"] == "breaching"
    assert (sweep["MetricName"], sweep["ComparisonOperator"], sweep["Threshold"]) == (
        "Invocations",
        "LessThanThreshold",
        1,
    )
    assert flatten(sweep["Dimensions"][0]["Value"]).startswith("<FunctionsSweep")


@pytest.mark.parametrize("function", FUNCTIONS)
def test_throttles_of_a_function_raise_an_alarm(template: Template, function: str) -> None:
    alarm = alarms(template)[f"{function}Throttles"]
    assert (alarm["MetricName"], alarm["Threshold"], alarm["EvaluationPeriods"]) == ("Throttles", 1, 3)
    assert flatten(alarm["Dimensions"][0]["Value"]).startswith(f"<Functions{function}")


def test_latency_alarm_has_the_threshold_of_the_stage(changed: Callable[..., Template]) -> None:
    latency = alarms(changed("dev", monitoring={"api_latency_alarm_ms": 700}))["ApiLatency"]
    assert (latency["Threshold"], latency["ExtendedStatistic"]) == (700, "p95")


def test_cdn_alarm_exists_where_cloudfront_has_its_metrics(changed: Callable[..., Template], dev: Template) -> None:
    resource = next(each for name, each in dev.resources.items() if name.startswith("MonitoringCdnErrors"))
    assert dev.document["Conditions"][resource["Condition"]] == {"Fn::Equals": [{"Ref": "AWS::Region"}, "us-east-1"]}
    assert {"Name": "Region", "Value": "Global"} in resource["Properties"]["Dimensions"]
    assert "CdnErrors" not in alarms(changed("dev", delivery={"cdn": False}))


def test_failed_assets_are_counted_by_a_rule_without_a_target(template: Template) -> None:
    rules = template.of_type("AWS::Events::Rule")
    name = next(each for each in rules if each.startswith("MonitoringFailed"))
    assert rules[name]["EventPattern"]["detail-type"] == ["AssetFailed", "AssetQuarantined"]
    assert "Targets" not in rules[name]
    dimensions = {each["Name"]: flatten(each["Value"]) for each in alarms(template)["FailedAssets"]["Dimensions"]}
    assert dimensions == {"EventBusName": "<EventsBus45DE4339>", "RuleName": f"<{name}>"}


def test_alarms_go_to_the_address_or_the_topic_of_the_stage(changed: Callable[..., Template]) -> None:
    by_mail = changed("dev", monitoring={"alarm_email": "ops@example.com"})
    assert by_mail.only("AWS::SNS::Subscription")["Endpoint"] == "ops@example.com"
    topic = "arn:aws:sns:eu-west-1:111122223333:alarms"
    by_topic = changed("dev", monitoring={"alarm_topic_arn": topic})
    assert all(each["AlarmActions"] == [topic] for each in by_topic.of_type(ALARM).values())


@pytest.mark.parametrize(
    ("stage", "monitoring", "is_warned"),
    [
        ("prod", {}, True),
        ("prod", {"alarm_email": "ops@example.com"}, False),
        ("prod", {"alarm_topic_arn": "arn:aws:sns:eu-west-1:111122223333:alarms"}, False),
        ("dev", {}, False),
    ],
)
def test_synthesis_warns_when_nobody_gets_the_alarms(
    tmp_path: Path, stage: str, monitoring: dict[str, str], is_warned: bool
) -> None:
    values = config.load(stage).model_dump()
    values["monitoring"] |= monitoring
    app = make_app(tmp_path)
    stack = make_stack(app, StageConfig.model_validate(values))
    messages = app.synth().get_stack_by_name(stack.stack_name).messages
    warned = [each for each in messages if each.level == cx_api.SynthesisMessageLevel.WARNING]
    assert any("monitoring.alarm_email" in str(each.entry.data) for each in warned) is is_warned
