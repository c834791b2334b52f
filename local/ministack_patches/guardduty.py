"""GuardDuty: protection plans of buckets, and a small scanner that puts the event which GuardDuty would put.

MiniStack has no GuardDuty. A plan is kept in a file of the state folder. A new object below the prefixes of a plan is
read some seconds later: with the text of the EICAR test file in it the result is THREATS_FOUND, else NO_THREATS_FOUND.
Rules, queues, functions and policies behind the event run as deployed.
"""

import json
import logging
import threading
import time
import uuid
from collections.abc import Mapping
from contextvars import copy_context
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote_plus

PLAN_TYPE: Final = "AWS::GuardDuty::MalwareProtectionPlan"
SCAN_SECONDS: Final = 2.0
"""Ingest has usually read the object by then; a result that comes before is delivered again later."""
EICAR: Final = b"".join((rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$", b"EICAR-STANDARD-", b"ANTIVIRUS-TEST-FILE!$H+H*"))
"""The test file of the European Institute for Computer Antivirus Research, in parts: scanners read this file too."""

USES: Final = {
    "ministack.app": ("SERVICE_HANDLERS",),
    "ministack.core.persistence": ("STATE_DIR",),
    "ministack.core.responses": ("get_account_id", "get_region"),
    "ministack.services.cloudformation.provisioners": ("_RESOURCE_HANDLERS",),
    "ministack.services.eventbridge": ("_put_events",),
    "ministack.services.s3": ("_fire_s3_event", "_get_object"),
}
logger = logging.getLogger(__name__)


def install() -> None:
    from ministack import app
    from ministack.services import s3
    from ministack.services.cloudformation import provisioners

    original = s3._fire_s3_event

    def fire(bucket: str, key: str, event_name: str, *arguments: Any, **options: Any) -> None:
        original(bucket, key, event_name, *arguments, **options)
        if event_name.startswith("s3:ObjectCreated") and _is_protected(bucket, key):
            _scan_later(bucket, key, options.get("version_id"))

    s3._fire_s3_event = fire
    provisioners._RESOURCE_HANDLERS[PLAN_TYPE] = {"create": _create, "update": _update, "delete": _delete}
    app.SERVICE_HANDLERS["guardduty"] = _serve


async def _serve(
    method: str, path: str, _headers: Mapping[str, str], body: bytes, _query: Mapping[str, Any]
) -> tuple[int, dict[str, str], bytes]:
    headers = {"Content-Type": "application/json"}
    if (method, path) != ("POST", "/object-malware-scan/send"):
        return 400, headers, json.dumps({"__type": "BadRequestException", "message": "unknown operation"}).encode()
    place = json.loads(body)["s3Object"]
    if not _is_protected(place["bucket"], place["key"]):
        return 400, headers, json.dumps({"__type": "BadRequestException", "message": "no plan protects it"}).encode()
    _scan_later(place["bucket"], place["key"], place.get("versionId"))
    return 200, headers, b"{}"


def _scan_later(bucket: str, key: str, version_id: str | None) -> None:
    run = copy_context().run  # account and region of the request
    threading.Thread(target=run, args=(_scan, bucket, key, version_id), daemon=True).start()


def _scan(bucket: str, key: str, version_id: str | None) -> None:
    from ministack.core.responses import get_account_id, get_region
    from ministack.services import eventbridge, s3

    time.sleep(SCAN_SECONDS)
    query = {"versionId": [version_id]} if version_id else {}
    status, answered, content = s3._get_object(bucket, key, {"authorization": "AWS4-HMAC-SHA256"}, query)
    if status != 200:
        logger.warning("the scanner could not read an object: %s", status)
        return
    is_infected = EICAR in bytes(content)
    detail = {
        "schemaVersion": "1.0",
        "scanStatus": "COMPLETED",
        "resourceType": "S3_OBJECT",
        "s3ObjectDetails": {
            "bucketName": bucket,
            "objectKey": key,
            "eTag": str(answered.get("ETag", "")).strip('"'),
            "versionId": version_id,
            "s3Throttled": False,
        },
        "scanResultDetails": {
            "scanResultStatus": "THREATS_FOUND" if is_infected else "NO_THREATS_FOUND",
            "threats": [{"name": "EICAR-Test-File"}] if is_infected else None,
        },
    }
    plan = f"arn:aws:guardduty:{get_region()}:{get_account_id()}:malware-protection-plan/{uuid.uuid4().hex[:20]}"
    entry = {
        "Source": "aws.guardduty",
        "DetailType": "GuardDuty Malware Protection Object Scan Result",
        "Detail": json.dumps(detail),
        "Resources": [plan],
    }
    eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)


def _is_protected(bucket: str, key: str) -> bool:
    name = unquote_plus(key) if "%" in key else key
    plans = [each["ProtectedResource"]["S3Bucket"] for each in _plans().values()]
    return any(
        plan["BucketName"] == bucket and name.startswith(tuple(plan.get("ObjectPrefixes") or [""])) for plan in plans
    )


def _create(_logical_id: str, properties: dict[str, Any], _stack: str) -> tuple[str, dict[str, Any]]:
    from ministack.core.responses import get_account_id, get_region

    plan_id = uuid.uuid4().hex[:20]
    _keep({**_plans(), plan_id: properties})
    arn = f"arn:aws:guardduty:{get_region()}:{get_account_id()}:malware-protection-plan/{plan_id}"
    return plan_id, {"Arn": arn, "MalwareProtectionPlanId": plan_id, "Status": "ACTIVE"}


def _update(plan_id: str, _old: dict[str, Any], new: dict[str, Any], _stack: str) -> tuple[str, dict[str, Any]]:
    _keep({**_plans(), plan_id: new})
    return plan_id, {}


def _delete(plan_id: str, _properties: dict[str, Any]) -> None:
    _keep({name: plan for name, plan in _plans().items() if name != plan_id})


def _file() -> Path:
    from ministack.core import persistence

    return Path(persistence.STATE_DIR) / "guardduty_plans.json"


def _plans() -> dict[str, dict[str, Any]]:
    try:
        plans: dict[str, dict[str, Any]] = json.loads(_file().read_text())
    except FileNotFoundError:
        return {}
    return plans


def _keep(plans: Mapping[str, Any]) -> None:
    _file().parent.mkdir(parents=True, exist_ok=True)
    temporary = _file().with_suffix(".new")
    temporary.write_text(json.dumps(plans))
    temporary.replace(_file())
