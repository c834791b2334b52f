"""Deployment: fixed quantities of a CloudFormation template by resource type, and the settings that formulas need."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from foveal.operations.cost.bill import Quantity

Resource = Mapping[str, Any]
HOURS: Final = 730.0
DEFAULT_MEMORY_MB: Final = {"ingest": 1024, "render": 1769, "catalog": 1024, "sweep": 512, "journal": 512}
_COUNTED: Final[Mapping[str, tuple[str, str]]] = {
    "AWS::SecretsManager::Secret": ("secrets.secrets", "secret"),
    "AWS::KMS::Key": ("kms.keys", "key"),
    "AWS::CloudWatch::CompositeAlarm": ("cloudwatch.composite", "composite alarm"),
    "AWS::CloudWatch::Dashboard": ("cloudwatch.dashboards", "dashboard"),
    "AWS::WAFv2::WebACL": ("waf.acls", "web ACL"),
}
_RATE: Final = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_RUNS: Final = {"minute": HOURS * 60, "hour": HOURS, "day": HOURS / 24}
_REPORTS: Final = {"Daily": HOURS / 24, "Weekly": HOURS / 24 / 7}


class TemplateError(ValueError):
    """A file that is no CloudFormation template in JSON."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """Resources of a stack as far as they cost money or set what use costs.

    Attributes:
        fixed: Quantities that are there without any use.
        memory_mb: Memory of each function, by the first word of its logical id after `Functions`, in lower case.
        inventories: Inventory reports of the media bucket a month.
        schedule_runs: Invocations by schedules a month, by the name of the function.
        archive_days, log_days: How long events and logs are kept; 0 without an archive.
    """

    fixed: tuple[Quantity, ...] = ()
    memory_mb: Mapping[str, float] = field(default_factory=dict)
    has_tiering: bool = True
    has_waf: bool = False
    has_malware_scan: bool = False
    inventories: float = 0
    schedule_runs: Mapping[str, float] = field(default_factory=dict)
    archive_days: float = 0
    log_days: float = 30
    queues: int = 2

    def memory_gb(self, function: str) -> float:
        """Return the memory of a function in GB of Lambda (1,024 MB)."""
        return (self.memory_mb.get(function) or DEFAULT_MEMORY_MB[function]) / 1024

    def memory_of(self, logical_id: str) -> float:
        """Return the memory in GB of the function with a logical id of the template, 1 where it is not known."""
        return self.memory_mb.get(name_of(logical_id), 1024) / 1024


def load(file: Path) -> Deployment:
    """Return the deployment of a synthesized template in JSON. Raises TemplateError where it is none."""
    try:
        template = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise TemplateError(f"{file}: {error}") from None
    resources = template.get("Resources") if isinstance(template, dict) else None
    if not isinstance(resources, dict) or not all(
        isinstance(each, dict) and "Type" in each for each in resources.values()
    ):
        raise TemplateError(f"{file} is no CloudFormation template: it has no Resources")
    return read(template)


def read(template: Mapping[str, Any]) -> Deployment:
    """Return the deployment of a template."""
    resources: Mapping[str, Resource] = template["Resources"]
    by_type = dict[str, list[Resource]]()
    for each in resources.values():
        by_type.setdefault(each["Type"], []).append(each.get("Properties", {}))
    buckets = by_type.get("AWS::S3::Bucket", [])
    schedules = dict[str, float]()
    for each in by_type.get("AWS::Scheduler::Schedule", []):
        schedules[_called(each)] = schedules.get(_called(each), 0.0) + _runs(each)
    log_days = [each.get("RetentionInDays", HOURS) for each in by_type.get("AWS::Logs::LogGroup", [])]
    archives = [each.get("RetentionDays", 0) for each in by_type.get("AWS::Events::Archive", [])]
    return Deployment(
        fixed=tuple(_fixed(by_type, schedules)),
        memory_mb={
            name_of(name): each["Properties"]["MemorySize"]
            for name, each in resources.items()
            if each["Type"] == "AWS::Lambda::Function" and "MemorySize" in each.get("Properties", {})
        },
        has_tiering=any(_has_tiering(each) for each in buckets),
        has_waf="AWS::WAFv2::WebACL" in by_type,
        has_malware_scan="AWS::GuardDuty::MalwareProtectionPlan" in by_type,
        inventories=sum(
            _REPORTS.get(each.get("ScheduleFrequency"), 0)
            for bucket in buckets
            for each in bucket.get("InventoryConfigurations", [])
        ),
        schedule_runs=schedules,
        archive_days=max(archives, default=0),
        log_days=sum(log_days) / len(log_days) if log_days else 0,
        queues=len(by_type.get("AWS::Lambda::EventSourceMapping", [])),
    )


def name_of(logical_id: str) -> str:
    """Return the name of a function: `FunctionsIngest66EFBB2C` is `ingest`; the CDK's hash has eight digits."""
    return logical_id.removeprefix("Functions")[:-8].lower()


def _fixed(by_type: Mapping[str, list[Resource]], schedules: Mapping[str, float]) -> Iterator[Quantity]:
    for type_, (meter, name) in _COUNTED.items():
        if count := len(by_type.get(type_, [])):
            yield _template(meter, count, f"{count} {name}{'s' * (count > 1)}")
    alarms = by_type.get("AWS::CloudWatch::Alarm", [])
    if alarms:
        metrics = sum(_metrics(each) for each in alarms)
        yield _template("cloudwatch.alarms", metrics, f"metrics of {len(alarms)} alarms")
    own = {
        (each.get("MetricNamespace"), each.get("MetricName"))
        for filter_ in by_type.get("AWS::Logs::MetricFilter", [])
        for each in filter_.get("MetricTransformations", [])
    }
    if own:
        yield _template("cloudwatch.metrics", len(own), f"{len(own)} of log filters")
    rules = sum(len(each.get("Rules", [])) for each in by_type.get("AWS::WAFv2::WebACL", []))
    if rules:
        yield _template("waf.rules", rules, f"{rules} rules")
    gateways = len(by_type.get("AWS::EC2::NatGateway", []))
    if gateways:
        yield _template("vpc.nat", gateways * HOURS, f"{gateways} gateways × {HOURS:.0f} h")
    zones = [
        len(each.get("SubnetIds", [])) or 1
        for each in by_type.get("AWS::EC2::VPCEndpoint", [])
        if each.get("VpcEndpointType") == "Interface"
    ]
    if zones:
        yield _template("vpc.endpoints", sum(zones) * HOURS, f"{sum(zones)} endpoints and zones × {HOURS:.0f} h")
    if runs := sum(schedules.values()):
        text = " + ".join(f"{each:,.0f} of {name}" for name, each in schedules.items())
        yield _template("scheduler.invocations", runs, text)


def _template(meter: str, amount: float, formula: str) -> Quantity:
    return Quantity(meter, amount, formula, "template", grows=False)


def _metrics(alarm: Resource) -> int:
    """Return the number of metrics that an alarm is charged for: each one that its expression reads."""
    return sum("MetricStat" in each for each in alarm.get("Metrics", [])) or 1


def _called(schedule: Resource) -> str:
    """Return the name of the function that a schedule calls; "other" for another target."""
    arn = schedule.get("Target", {}).get("Arn")
    attribute = arn.get("Fn::GetAtt", [""]) if isinstance(arn, dict) else [""]
    return name_of(attribute[0]) or "other"


def _runs(schedule: Resource) -> float:
    matched = _RATE.fullmatch(str(schedule.get("ScheduleExpression")))
    return _RUNS[matched[2]] / int(matched[1]) if matched and int(matched[1]) else 0.0


def _has_tiering(bucket: Resource) -> bool:
    return any(
        transition.get("StorageClass") == "INTELLIGENT_TIERING"
        for rule in bucket.get("LifecycleConfiguration", {}).get("Rules", [])
        for transition in rule.get("Transitions", [])
    )
