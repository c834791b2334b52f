"""Permissions: one role for each function, with exactly what the permission matrix says."""

from collections.abc import Callable
from typing import Final

import pytest

from tests.infra.template import Template, actions, flatten, resources

MEDIA: Final = "<StorageMedia9333CB25.Arn>"
CONSOLE: Final = "<ConsoleFiles2D43986C.Arn>"
OWN_LOGS: Final = {"logs:CreateLogStream", "logs:PutLogEvents"}
READ_SECRET: Final = {"secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"}
READ_QUEUE: Final = {
    *("sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes"),
    *("sqs:GetQueueUrl", "sqs:ReceiveMessage"),
}
READ_OBJECTS: Final = {"s3:GetObject", "s3:GetObjectVersion"}
DELETE_ORIGINALS: Final = {"s3:DeleteObject", "s3:DeleteObjectVersion", "s3:AbortMultipartUpload"}
TAG: Final = {"s3:GetObjectTagging", "s3:GetObjectVersionTagging", "s3:PutObjectTagging", "s3:PutObjectVersionTagging"}

REDRIVE: Final = {
    *("sqs:GetQueueAttributes", "sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage"),
    *("sqs:StartMessageMoveTask", "sqs:ListMessageMoveTasks"),
}
MANAGE_PEOPLE: Final = {
    *("cognito-idp:AdminGetUser", "cognito-idp:AdminCreateUser", "cognito-idp:CreateGroup"),
    *("cognito-idp:ListGroups", "cognito-idp:ListUsersInGroup", "cognito-idp:AdminListGroupsForUser"),
    *("cognito-idp:AdminAddUserToGroup", "cognito-idp:AdminRemoveUserFromGroup"),
}

WRITE_OBJECTS: Final = READ_OBJECTS | {"s3:PutObject", "s3:AbortMultipartUpload"}
JOBS: Final[dict[str, set[str]]] = {
    f"{MEDIA}/media/*": READ_OBJECTS,
    f"{MEDIA}/masks/*": WRITE_OBJECTS,
    f"{MEDIA}/imports/*": WRITE_OBJECTS,
    f"{MEDIA}/exports/*": WRITE_OBJECTS,
    f"{MEDIA}/datasets/*": WRITE_OBJECTS,
    MEDIA: {"s3:ListBucket"},
}

S3_MATRIX: Final[dict[str, dict[str, set[str]]]] = {
    "uploads": {f"{MEDIA}/media/*": {"s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"}},
    "catalog": {f"{MEDIA}/masks/*": READ_OBJECTS | {"s3:PutObject"}, MEDIA: {"s3:ListBucket"}},
    "downloads": {f"{MEDIA}/media/*": READ_OBJECTS, MEDIA: {"s3:ListBucket"}},
    "ingest": {f"{MEDIA}/media/*": READ_OBJECTS | TAG, f"{MEDIA}/masks/*": READ_OBJECTS, MEDIA: {"s3:ListBucket"}},
    "render": {
        f"{MEDIA}/media/*": READ_OBJECTS,
        f"{MEDIA}/masks/*": READ_OBJECTS,
        f"{MEDIA}/derived/*": {"s3:PutObject", "s3:DeleteObjectVersion"},
        MEDIA: {"s3:ListBucket"},
    },
    "sweep": {
        f"{MEDIA}/media/*": DELETE_ORIGINALS | {"s3:ListMultipartUploadParts"},
        f"{MEDIA}/masks/*": {"s3:DeleteObjectVersion"},
        f"{MEDIA}/derived/*": {"s3:DeleteObjectVersion"},
        MEDIA: {"s3:ListBucket", "s3:ListBucketVersions"},
    },
    "versions": {
        f"{MEDIA}/media/*": READ_OBJECTS | DELETE_ORIGINALS | {"s3:PutObject", "s3:RestoreObject"},
        f"{MEDIA}/datasets/*": READ_OBJECTS,
        f"{MEDIA}/masks/*": {"s3:DeleteObjectVersion"},
        f"{MEDIA}/derived/*": {"s3:DeleteObjectVersion"},
        MEDIA: {"s3:ListBucket", "s3:ListBucketVersions"},
    },
    "jobs": JOBS
    | {
        f"{MEDIA}/datasets/*": WRITE_OBJECTS | {"s3:DeleteObject"},
        MEDIA: {"s3:ListBucket", "s3:ListBucketVersions"},
    },
    "worker": JOBS | {f"{MEDIA}/imports/*": WRITE_OBJECTS | {"s3:DeleteObject"}},
    "journal": {
        f"{MEDIA}/catalog/*": READ_OBJECTS | {"s3:PutObject", "s3:DeleteObject"},
        MEDIA: {"s3:ListBucket", "s3:ListBucketVersions"},
    },
    "people": {},
    "operations": {MEDIA: {"s3:ListBucketVersions"}},
    "signing_key": {},
    "console": {
        f"{CONSOLE}/console/*": {"s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion"},
        CONSOLE: {"s3:ListBucket", "s3:ListBucketVersions"},
    },
}
OTHER_ACTIONS: Final[dict[str, set[str]]] = {
    "uploads": READ_SECRET,
    "catalog": READ_SECRET | {"events:PutEvents"},
    "downloads": READ_SECRET | {"lambda:InvokeFunction"},
    "versions": READ_SECRET | {"cloudfront:CreateInvalidation"},
    "ingest": READ_SECRET | READ_QUEUE | {"events:PutEvents", "cloudfront:CreateInvalidation"},
    "render": READ_SECRET | READ_QUEUE,
    "sweep": READ_SECRET
    | {"events:PutEvents", "sqs:SendMessage", "cloudfront:CreateInvalidation", "lambda:InvokeFunction"},
    "jobs": READ_SECRET | {"lambda:InvokeFunction"},
    "worker": READ_SECRET | {"events:PutEvents"},
    "journal": READ_SECRET,
    "people": READ_SECRET | MANAGE_PEOPLE,
    "operations": READ_SECRET | REDRIVE | {"cloudwatch:GetMetricData", "cloudwatch:DescribeAlarms"},
    "console": set(),
    "signing_key": READ_SECRET
    | {"secretsmanager:PutSecretValue", "secretsmanager:UpdateSecret", "secretsmanager:UpdateSecretVersionStage"},
}
WILDCARDS: Final = {
    ("AWS::IAM::Policy", "xray:PutTraceSegments"): "X-Ray's actions know no resources; only with monitoring.tracing",
    ("AWS::IAM::Policy", "xray:PutTelemetryRecords"): "X-Ray's actions know no resources; only with monitoring.tracing",
    ("AWS::IAM::Policy", "cloudwatch:GetMetricData"): "CloudWatch's metrics know no resources; it reads numbers",
    ("AWS::KMS::Key", "kms:*"): "a key's policy speaks of that key; this statement lets the account's own IAM rule it",
}
SECRETS: Final = {
    "uploads": {"mongodb", "TokenKey"},
    "catalog": {"mongodb", "TokenKey"},
    "downloads": {"mongodb", "TokenKey", "PrivateKey1"},
    "versions": {"mongodb", "TokenKey"},
    "ingest": {"mongodb"},
    "render": {"mongodb"},
    "sweep": {"mongodb"},
    "jobs": {"mongodb", "TokenKey"},
    "worker": {"mongodb"},
    "journal": {"mongodb"},
    "people": {"TokenKey"},
    "operations": {"mongodb", "TokenKey"},
    "signing_key": {"PrivateKey1"},
    "console": set(),
}


@pytest.mark.parametrize("function", S3_MATRIX)
def test_function_has_the_s3_permissions_of_the_matrix(template: Template, function: str) -> None:
    granted: dict[str, set[str]] = {}
    for statement in template.statements_of(function):
        for resource in resources(statement):
            found = {action for action in actions(statement) if action.startswith("s3:")}
            if found:
                granted.setdefault(resource, set()).update(found)
    assert granted == S3_MATRIX[function]


@pytest.mark.parametrize("function", OTHER_ACTIONS)
def test_function_has_no_other_permission(dev: Template, function: str) -> None:
    granted = {action for statement in dev.statements_of(function) for action in actions(statement)}
    assert {action for action in granted if not action.startswith("s3:")} - OWN_LOGS == OTHER_ACTIONS[function]


@pytest.mark.parametrize("function", SECRETS)
def test_function_reads_only_the_secrets_that_it_needs(dev: Template, function: str) -> None:
    readable = [
        resource
        for statement in dev.statements_of(function)
        if "secretsmanager:GetSecretValue" in actions(statement)
        for resource in resources(statement)
    ]
    assert len(readable) == len(SECRETS[function])
    assert all(any(secret in resource for resource in readable) for secret in SECRETS[function])


@pytest.mark.parametrize("function", ["ingest", "sweep", "versions"])
def test_cached_objects_are_invalidated_in_the_distribution_of_the_stage_and_no_other(
    dev: Template, function: str
) -> None:
    (found,) = (s for s in dev.statements_of(function) if "cloudfront:CreateInvalidation" in actions(s))
    (resource,) = resources(found)
    assert resource.endswith(":distribution/<DeliveryDistribution45EACD51>")
    assert dev.environment(function)["DISTRIBUTION_ID"] == '{"Ref": "DeliveryDistribution45EACD51"}'


@pytest.mark.parametrize("function", ["catalog", "ingest", "sweep", "worker"])
def test_events_are_put_only_on_the_bus_of_the_stage(template: Template, function: str) -> None:
    puts = [s for s in template.statements_of(function) if "events:PutEvents" in actions(s)]
    assert [(actions(s), resources(s)) for s in puts] == [({"events:PutEvents"}, ["<EventsBus45DE4339.Arn>"])]


def test_dead_letters_are_taken_from_their_queues_and_sent_to_those_of_the_functions_alone(dev: Template) -> None:
    granted = {
        action: {resource for s in dev.statements_of("operations") if action in actions(s) for resource in resources(s)}
        for action in ("sqs:SendMessage", "sqs:StartMessageMoveTask", "sqs:DeleteMessage")
    }
    queues = set(dev.of_type("AWS::SQS::Queue"))
    assert all(each.removeprefix("<").removesuffix(".Arn>") in queues for found in granted.values() for each in found)
    assert all("DeadLetters" in each for each in granted["sqs:StartMessageMoveTask"] | granted["sqs:DeleteMessage"])
    assert not any("DeadLetters" in each for each in granted["sqs:SendMessage"])
    assert {len(found) for found in granted.values()} == {2}


def test_people_are_managed_in_the_user_pool_of_the_stage_alone(dev: Template) -> None:
    (found,) = (s for s in dev.statements_of("people") if actions(s) >= MANAGE_PEOPLE)
    assert resources(found) == ["<AuthUserPool8115E87F.Arn>"]


def test_people_function_may_do_nothing_in_an_issuer_outside_of_the_stack(changed: Callable[..., Template]) -> None:
    issuer = {"issuer": "https://id.example.org", "audience": ["foveal"], "user_password_flow": False}
    template = changed("dev", auth={**issuer, "machine_scopes": []})
    granted = {action for statement in template.statements_of("people") for action in actions(statement)}
    assert granted - OWN_LOGS == READ_SECRET
    assert "USER_POOL_ID" not in template.environment("people")


def test_function_writes_only_to_its_own_log_group(template: Template) -> None:
    for properties in template.of_type("AWS::Lambda::Function").values():
        name = properties["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"]
        written = [r for s in template.statements_of(name) if "logs:PutLogEvents" in actions(s) for r in resources(s)]
        assert written == [f"<{properties['LoggingConfig']['LogGroup']['Ref']}.Arn>"]


def test_no_two_functions_share_a_role(template: Template) -> None:
    roles = [flatten(each["Role"]) for each in template.of_type("AWS::Lambda::Function").values()]
    assert len(set(roles)) == len(roles)


def test_roles_have_inline_policies_alone(template: Template) -> None:
    for role in template.of_type("AWS::IAM::Role").values():
        assert not role.get("ManagedPolicyArns")
    for policy in template.of_type("AWS::IAM::Policy").values():
        assert len(policy["Roles"]) == 1


def test_no_action_or_resource_is_a_wildcard_without_a_written_reason(template: Template) -> None:
    for name, statement in template.policies():
        if statement["Effect"] != "Allow" or "Resource" not in statement:
            continue
        kind = template.resources[name]["Type"]
        if kind == "AWS::KMS::Key" and statement["Principal"] != {"AWS": "*"}:
            assert "*" not in [a for a in actions(statement) if a != "kms:*"]
            continue  # the resource of a key's own policy is that key, and is always written *
        for action in actions(statement):
            unbounded = action.endswith((":*", "*")) or "*" in resources(statement)
            assert not unbounded or (kind, action) in WILDCARDS, f"{name}: {action} on {resources(statement)}"


def test_functions_sign_in_to_mongodb_by_their_role_when_there_is_no_secret(
    shipped: Callable[[str], Template],
) -> None:
    prod = shipped("prod")
    assert "MONGODB-AWS" in prod.environment("catalog")["MONGODB_URI"]
    assert "MONGODB_SECRET_ARN" not in prod.environment("catalog")
    assert "mongodb" not in str([statement["Resource"] for statement in prod.statements_of("catalog")])


def test_key_of_the_stage_is_granted_to_functions_that_handle_media(shipped: Callable[[str], Template]) -> None:
    decrypting = {
        name: {a for s in shipped("prod").statements_of(name) for a in actions(s) if a.startswith("kms:")}
        for name in S3_MATRIX
    }
    assert decrypting["uploads"] == {"kms:Decrypt", "kms:GenerateDataKey"}
    assert decrypting["catalog"] == {"kms:Decrypt", "kms:GenerateDataKey"}
    assert decrypting["ingest"] >= {"kms:Decrypt"}
    assert "kms:GenerateDataKey" not in decrypting["downloads"] | decrypting["ingest"]


def test_policy_of_devices_allows_creation_below_one_prefix_and_no_overwrite(changed: Callable[..., Template]) -> None:
    template = changed("dev", devices={})
    create, guard, storage_class, key = template.only("AWS::IAM::ManagedPolicy")["PolicyDocument"]["Statement"]
    own = f"{MEDIA}/media/${{aws:PrincipalTag/foveal-project}}/${{aws:PrincipalTag/foveal-device}}/*"
    assert resources(create) == resources(guard) == [own]
    assert actions(create) == {"s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"}
    assert guard["Effect"] == "Deny"
    assert guard["Condition"] == {
        "Null": {"s3:if-none-match": "true"},
        "Bool": {"s3:ObjectCreationOperation": "true"},
    }
    for each in (storage_class, key):
        assert (each["Effect"], each["Action"], resources(each)) == ("Deny", "s3:PutObject", [own])
    name = "s3:x-amz-storage-class"
    assert storage_class["Condition"] == {"Null": {name: "false"}, "StringNotEquals": {name: "STANDARD"}}
    assert key["Condition"] == {"Null": {"s3:x-amz-server-side-encryption-customer-algorithm": "false"}}


def test_role_of_devices_trusts_one_trust_anchor(changed: Callable[..., Template]) -> None:
    anchor = "arn:aws:rolesanywhere:eu-west-1:111122223333:trust-anchor/1"
    service = "rolesanywhere.amazonaws.com"
    tags = {"project_tag": "x509Subject/OU", "device_tag": "x509Subject/CN"}
    template = changed("dev", devices={**tags, "trusted_service": service, "trust_anchor_arn": anchor})
    role = template.named("DevicesRole", "AWS::IAM::Role")
    trust = role["AssumeRolePolicyDocument"]["Statement"]
    assert {a for s in trust for a in actions(s)} == {"sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"}
    assert all(s["Condition"] == {"ArnEquals": {"aws:SourceArn": anchor}} for s in trust)
    assert "${aws:PrincipalTag/x509Subject/OU}" in flatten(
        template.only("AWS::IAM::ManagedPolicy")["PolicyDocument"]["Statement"][0]["Resource"]
    )
