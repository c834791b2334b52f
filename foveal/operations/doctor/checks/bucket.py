"""Protection, versioning, events, CORS and lifecycle of the media bucket."""

import json
from collections.abc import Iterator
from typing import Any, Final

from foveal.operations.doctor.deployment import Deployment
from foveal.operations.doctor.findings import Finding, failed, ok, verdict

UPLOADING: Final = frozenset({"PUT", "POST", "GET", "HEAD"})
STATEMENTS: Final = (
    ("OnlySignatureVersion4", "requests with old signatures are not refused"),
    ("OnlyIngestTags", "others than ingest may change the tag that keeps quarantined objects from users"),
    ("QuarantinedIsNotDelivered", "quarantined objects are delivered"),
    ("QuarantinedIsNotSigned", "quarantined objects are signed"),
)
DEPLOY: Final = "somebody changed it by hand: deploy the stage again, or set it back"


def look(deployment: Deployment) -> Iterator[Finding]:
    """Yield what is wrong with the bucket, aspect by aspect."""
    s3, bucket = deployment.client("s3"), {"Bucket": deployment.bucket}
    block = _without(s3.get_public_access_block, "NoSuchPublicAccessBlockConfiguration", **bucket)
    closed = block.get("PublicAccessBlockConfiguration", {})
    yield verdict(bool(closed) and all(closed.values()), "not public", "public access is not blocked", DEPLOY)
    yield verdict(
        s3.get_bucket_versioning(**bucket).get("Status") == "Enabled",
        "versioned",
        "versioning is off: what is overwritten or deleted is lost",
        DEPLOY,
    )
    encryption = s3.get_bucket_encryption(**bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    yield ok(f"encrypted ({encryption[0]['ApplyServerSideEncryptionByDefault']['SSEAlgorithm']})")
    yield verdict(
        "EventBridgeConfiguration" in s3.get_bucket_notification_configuration(**bucket),
        "sends events",
        "EventBridge is off: no upload becomes an asset",
        f"aws s3api put-bucket-notification-configuration --bucket {deployment.bucket} "
        "--notification-configuration '{\"EventBridgeConfiguration\": {}}', then foveal reconcile --repair",
    )
    yield from _cors(deployment, s3)
    yield from _policy(deployment, s3)
    rules = _without(s3.get_bucket_lifecycle_configuration, "NoSuchLifecycleConfiguration", **bucket).get("Rules", [])
    ends_uploads = any("AbortIncompleteMultipartUpload" in rule and rule["Status"] == "Enabled" for rule in rules)
    yield verdict(
        ends_uploads, f"{len(rules)} lifecycle rules", "no rule ends unfinished uploads: their parts cost money", DEPLOY
    )


def _cors(deployment: Deployment, s3: Any) -> Iterator[Finding]:
    rules = _without(s3.get_bucket_cors, "NoSuchCORSConfiguration", Bucket=deployment.bucket).get("CORSRules", [])
    able = [
        rule for rule in rules if set(rule["AllowedMethods"]) >= UPLOADING and "ETag" in rule.get("ExposeHeaders", [])
    ]
    if not able:
        yield failed("no CORS rule lets a browser upload", "set allowed_origins of the stage, and deploy")
        return
    allowed = {origin for rule in able for origin in rule["AllowedOrigins"]}
    (api,) = deployment.ids("AWS::ApiGatewayV2::Api")
    wanted = set(
        deployment.client("apigatewayv2").get_api(ApiId=api).get("CorsConfiguration", {}).get("AllowOrigins", [])
    )
    missing = sorted(wanted - allowed)
    yield verdict(
        not missing,
        f"CORS for {len(allowed)} origins",
        f"the API allows {', '.join(missing)}, the bucket does not: their uploads fail in the browser",
        DEPLOY,
    )


def _policy(deployment: Deployment, s3: Any) -> Iterator[Finding]:
    policy = json.loads(s3.get_bucket_policy(Bucket=deployment.bucket)["Policy"])
    present = {statement.get("Sid") for statement in policy["Statement"]}
    for sid, consequence in STATEMENTS:
        if sid not in present and not (sid == "QuarantinedIsNotDelivered" and deployment.cdn_url is None):
            yield failed(f"the bucket policy has no statement {sid}: {consequence}", DEPLOY)


def _without(call: Any, absent: str, **arguments: Any) -> dict[str, Any]:
    """Return the answer of a call, or nothing where the bucket has no such configuration."""
    from botocore.exceptions import ClientError

    try:
        answer: dict[str, Any] = call(**arguments)
    except ClientError as error:
        if error.response["Error"]["Code"] != absent:
            raise
        return {}
    return answer
