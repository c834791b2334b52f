"""CloudFormation: resource types that MiniStack lacks, and properties that it misreads.

CloudFormation in MiniStack is a table of handlers by type: `create` returns (physical id, attributes), Ref is always
the physical id (engine.py:1090), and an attribute that is missing fails the stack.
"""

import json
import logging
import uuid
from collections.abc import Callable
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_public_key

Properties = dict[str, Any]
Created = tuple[str, dict[str, Any]]
Handlers = dict[str, Any]

USES: Final = {
    "ministack.services.cloudformation.provisioners": ("_RESOURCE_HANDLERS", "_physical_name", "_cf_props_to_element"),
    "ministack.services.cloudfront": (
        *("_parse_public_key_config", "_pk_id", "_kg_id", "_now_iso"),
        *("_public_keys", "_key_groups", "_public_keys_using"),
    ),
    "ministack.services.eventbridge": ("_create_archive", "_update_archive", "_delete_archive"),
    "ministack.services.secretsmanager": ("_secrets",),
    "ministack.core.responses": ("get_account_id", "get_region"),
}

INERT_TYPES: Final = (
    "AWS::ApplicationAutoScaling::ScalableTarget",
    "AWS::ApplicationAutoScaling::ScalingPolicy",
    "AWS::Budgets::Budget",
    "AWS::CloudFront::MonitoringSubscription",
    "AWS::CloudTrail::Trail",
    "AWS::CloudWatch::AnomalyDetector",
    "AWS::CloudWatch::CompositeAlarm",
    "AWS::Events::EventBusPolicy",
    "AWS::Logs::QueryDefinition",
    "AWS::RolesAnywhere::Profile",
    "AWS::RolesAnywhere::TrustAnchor",
    "AWS::SecretsManager::ResourcePolicy",
    "AWS::SecretsManager::RotationSchedule",
    "AWS::WAFv2::IPSet",
    "AWS::WAFv2::LoggingConfiguration",
    "AWS::WAFv2::WebACLAssociation",
    "AWS::XRay::Group",
    "AWS::XRay::SamplingRule",
)

logger = logging.getLogger(__name__)


def install() -> None:
    from ministack.services.cloudformation import provisioners

    handlers: dict[str, Handlers] = provisioners._RESOURCE_HANDLERS
    handlers["AWS::CloudFront::PublicKey"] = _public_key()
    handlers["AWS::CloudFront::KeyGroup"] = _key_group()
    handlers["AWS::Events::Archive"] = _archive()
    handlers["AWS::ApiGatewayV2::Api"] = _api_with_cors(handlers["AWS::ApiGatewayV2::Api"])
    handlers["AWS::SecretsManager::Secret"] = _secret_whose_ref_is_its_arn(handlers["AWS::SecretsManager::Secret"])
    for kind in INERT_TYPES:
        handlers.setdefault(kind, _inert(kind))


def _handlers(create: Callable[..., Created], update: Callable[..., Created], delete: Callable[..., None]) -> Handlers:
    return {"create": create, "update": update, "update_with_logical_id": True, "delete": delete}


def _public_key() -> Handlers:
    """AWS::CloudFront::PublicKey: not among MiniStack's types, though its API keeps public keys."""
    from ministack.services import cloudfront
    from ministack.services.cloudformation import provisioners

    def create(_logical_id: str, properties: Properties, _stack: str) -> Created:
        element = provisioners._cf_props_to_element("PublicKeyConfig", dict(properties["PublicKeyConfig"]))
        config, error = cloudfront._parse_public_key_config(element)
        if error is not None:
            raise ValueError(f"AWS::CloudFront::PublicKey: {error[2]!r}")
        _require_key_that_cloudfront_takes(config["EncodedKey"])
        key_id: str = cloudfront._pk_id()
        created_at = cloudfront._now_iso()
        cloudfront._public_keys[key_id] = {
            "Id": key_id,
            "ETag": str(uuid.uuid4()),
            "CreatedTime": created_at,
            "Config": config,
        }
        return key_id, {"Id": key_id, "CreatedTime": created_at}

    def update(key_id: str, old: Properties, new: Properties, stack: str, logical_id: str | None = None) -> Created:
        record = cloudfront._public_keys.get(key_id)
        if record is None:
            return create(logical_id or key_id, new, stack)
        before, after = old["PublicKeyConfig"], new["PublicKeyConfig"]
        if any(before.get(field) != after.get(field) for field in ("EncodedKey", "Name", "CallerReference")):
            raise ValueError("CannotChangeImmutablePublicKeyFields: only Comment can change; use a new logical id")
        record["Config"]["Comment"] = after.get("Comment", "")
        record["ETag"] = str(uuid.uuid4())
        return key_id, {"Id": key_id, "CreatedTime": record["CreatedTime"]}

    def delete(key_id: str, _properties: Properties) -> None:
        if cloudfront._public_keys_using(key_id):
            raise ValueError(f"PublicKeyInUse: {key_id}")
        cloudfront._public_keys.pop(key_id, None)

    return _handlers(create, update, delete)


def _require_key_that_cloudfront_takes(pem: str) -> None:
    key = load_pem_public_key(pem.encode())
    is_rsa = isinstance(key, rsa.RSAPublicKey) and key.key_size == 2048
    is_ecdsa = isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1)
    if not is_rsa and not is_ecdsa:
        raise ValueError("AWS::CloudFront::PublicKey: CloudFront takes RSA keys of 2048 bits and ECDSA keys on P-256")


def _key_group() -> Handlers:
    """AWS::CloudFront::KeyGroup: not among MiniStack's types, though its API keeps key groups."""
    from ministack.services import cloudfront

    def config(properties: Properties) -> dict[str, Any]:
        given = properties["KeyGroupConfig"]
        unknown = [key_id for key_id in given["Items"] if key_id not in cloudfront._public_keys]
        if unknown:
            raise ValueError(f"AWS::CloudFront::KeyGroup: no such public key: {', '.join(unknown)}")
        return {"Name": given["Name"], "Items": list(given["Items"]), "Comment": given.get("Comment", "")}

    def store(group_id: str, properties: Properties) -> Created:
        modified_at = cloudfront._now_iso()
        cloudfront._key_groups[group_id] = {
            "Id": group_id,
            "ETag": str(uuid.uuid4()),
            "LastModifiedTime": modified_at,
            "Config": config(properties),
        }
        return group_id, {"Id": group_id, "LastModifiedTime": modified_at}

    def create(_logical_id: str, properties: Properties, _stack: str) -> Created:
        return store(cloudfront._kg_id(), properties)

    def update(
        group_id: str, _old: Properties, new: Properties, _stack: str, _logical_id: str | None = None
    ) -> Created:
        return store(group_id, new)

    def delete(group_id: str, _properties: Properties) -> None:
        cloudfront._key_groups.pop(group_id, None)

    return {**_handlers(create, update, delete), "update_with_logical_id": False}


def _archive() -> Handlers:
    """AWS::Events::Archive: not among MiniStack's types, though its API archives and replays."""
    from ministack.services import eventbridge
    from ministack.services.cloudformation import provisioners

    def call(function: Callable[[dict[str, Any]], tuple[int, Any, bytes]], request: dict[str, Any]) -> dict[str, Any]:
        status, _, body = function(request)
        if status >= 400:
            raise ValueError(f"AWS::Events::Archive: {body!r}")
        answer: dict[str, Any] = json.loads(body or b"{}")
        return answer

    def request(name: str, properties: Properties) -> dict[str, Any]:
        pattern = properties.get("EventPattern")
        kept: dict[str, Any] = {key: properties[key] for key in ("Description", "RetentionDays") if key in properties}
        return {"ArchiveName": name, **kept, **({"EventPattern": json.dumps(pattern)} if pattern else {})}

    def create(logical_id: str, properties: Properties, stack: str) -> Created:
        name = properties.get("ArchiveName") or provisioners._physical_name(stack, logical_id, max_len=48)
        source = {"EventSourceArn": properties["SourceArn"]}
        return name, {"Arn": call(eventbridge._create_archive, {**request(name, properties), **source})["ArchiveArn"]}

    def update(name: str, _old: Properties, new: Properties, _stack: str, _logical_id: str | None = None) -> Created:
        return name, {"Arn": call(eventbridge._update_archive, request(name, new))["ArchiveArn"]}

    def delete(name: str, _properties: Properties) -> None:
        eventbridge._delete_archive({"ArchiveName": name})

    return _handlers(create, update, delete)


def _api_with_cors(original: Handlers) -> Handlers:
    """AWS::ApiGatewayV2::Api keeps CorsConfiguration in the template's casing (provisioners.py:10781), and the data
    plane reads the API's own (apigateway.py:565): every preflight was refused."""

    def recased(properties: Properties) -> Properties:
        cors = properties.get("CorsConfiguration")
        if not cors:
            return properties
        return {**properties, "CorsConfiguration": {key[:1].lower() + key[1:]: value for key, value in cors.items()}}

    def create(logical_id: str, properties: Properties, stack: str) -> Created:
        created: Created = original["create"](logical_id, recased(properties), stack)
        return created

    def update(api_id: str, old: Properties, new: Properties, stack: str, logical_id: str | None = None) -> Created:
        updated: Created = original["update"](api_id, recased(old), recased(new), stack, logical_id)
        return updated

    return {**original, **_handlers(create, update, original["delete"])}


def _secret_whose_ref_is_its_arn(original: Handlers) -> Handlers:
    """Ref of AWS::SecretsManager::Secret is the name (provisioners.py:6908), so that no policy with the ARN matched."""
    from ministack.services import secretsmanager

    def name_of(arn: str) -> str:
        return next((name for name, secret in secretsmanager._secrets.items() if secret["ARN"] == arn), arn)

    def create(logical_id: str, properties: Properties, stack: str) -> Created:
        _, attributes = original["create"](logical_id, properties, stack)
        return attributes["Arn"], attributes

    def update(arn: str, old: Properties, new: Properties, stack: str, logical_id: str | None = None) -> Created:
        _, attributes = original["update"](name_of(arn), old, new, stack, logical_id)
        return attributes["Arn"], attributes

    def delete(arn: str, properties: Properties) -> None:
        original["delete"](name_of(arn), properties)

    return {**original, **_handlers(create, update, delete)}


def _inert(kind: str) -> Handlers:
    """A type with no effect on this machine: it is recorded, so that the template needs no exception."""
    from ministack.core.responses import get_account_id, get_region
    from ministack.services.cloudformation import provisioners

    _, service, resource = kind.split("::")

    def create(logical_id: str, properties: Properties, stack: str) -> Created:
        logger.warning("%s %s is recorded only: it has no effect on this machine", kind, logical_id)
        name = properties.get("Name") or provisioners._physical_name(stack, logical_id, max_len=64)
        arn = f"arn:aws:{service.lower()}:{get_region()}:{get_account_id()}:{resource.lower()}/{name}"
        return name, {"Arn": arn, "Id": name}

    def update(physical_id: str, _old: Properties, _new: Properties, _stack: str) -> Created:
        return physical_id, {}

    return {"create": create, "update": update, "delete": lambda _physical_id, _properties: None}
