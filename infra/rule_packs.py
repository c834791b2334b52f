"""The cdk-nag rule packs that the stack is checked against, and every exemption with its reason."""

import fnmatch
from collections.abc import Iterator
from dataclasses import dataclass

import aws_cdk as cdk
import cdk_nag

PACKS = (cdk_nag.AwsSolutionsChecks, cdk_nag.HIPAASecurityChecks, cdk_nag.NIST80053R5Checks)


@dataclass(frozen=True)
class Exemption:
    """Rules that are not applied to constructs whose path (below the stack) matches, and the reason."""

    rules: tuple[str, ...]
    path: str
    reason: str

    def covers(self, rule: str, path: str) -> bool:
        """Tell whether a finding, with its path below the stack, is covered."""
        return rule in self.rules and fnmatch.fnmatchcase(path, self.path)


def _both(rule: str) -> tuple[str, str]:
    """Return the name of a rule that HIPAA and NIST share."""
    return f"HIPAA.Security-{rule}", f"NIST.800.53.R5-{rule}"


def _wildcard(finding: str) -> tuple[str]:
    return (f"AwsSolutions-IAM5[{finding}]",)


def _tag(name: str) -> str:
    """Return a tag of the session as cdk-nag writes it."""
    return f"<aws:PrincipalTag/{name}>"


_MEDIA = "<StorageMedia9333CB25.Arn>"
EXEMPTIONS: tuple[Exemption, ...] = (
    Exemption(
        _both("IAMNoInlinePolicy"),
        "*Policy/Resource",
        "A function's policy belongs to one role and goes with it; a managed policy could be attached to another one.",
    ),
    Exemption(
        _both("LambdaConcurrency"),
        "*",
        "Production reserves concurrency for every function that callers or messages reach (reserved_concurrency). The "
        "other stages share what the account has: a new account has too little to reserve anything of it.",
    ),
    Exemption(
        _both("LambdaDLQ"),
        "*",
        "A function's own dead letters are for asynchronous calls. These are called by API Gateway and SQS, whose "
        "queues have dead-letter queues, by the scheduler, which calls again in a minute, and by CloudFormation. Jobs "
        "are started asynchronously; sweep starts what is due again, so a lost call is no lost job.",
    ),
    Exemption(
        ("AwsSolutions-SQS3",),
        "Events/DeadLetters/Resource",
        "It is a queue of dead letters: those of the bus itself, which consumers' queues do not get.",
    ),
    Exemption(
        _both("LambdaInsideVPC"),
        "*",
        "The functions reach AWS and MongoDB by TLS with authentication; a VPC is used when the stage names one.",
    ),
    Exemption(
        _both("CloudWatchLogGroupEncrypted"),
        "*Logs/Resource",
        "CloudWatch Logs encrypts with a key of its own; a stage with kms_key uses that one, as production does.",
    ),
    Exemption(
        (*_both("S3BucketLoggingEnabled"), "AwsSolutions-S1"),
        "Storage/Media/Resource",
        "Access logs cost a bucket and its requests; development leaves them out (storage.access_logs).",
    ),
    Exemption(
        (*_both("S3BucketLoggingEnabled"), "AwsSolutions-S1"),
        "Console/Files/Resource",
        "Access logs cost a bucket and its requests; development leaves them out (storage.access_logs).",
    ),
    Exemption(
        _both("S3BucketReplicationEnabled"),
        "Console/Files/Resource",
        "It holds what a build makes again, and no data.",
    ),
    Exemption(
        _both("S3DefaultEncryptionKMS"),
        "Console/Files/Resource",
        "It holds a program that every visitor gets, and no data; S3 encrypts it with its own keys.",
    ),
    Exemption(
        _both("S3BucketReplicationEnabled"),
        "Storage/*/Resource",
        "A second copy is the platform team's choice of place and price (storage.replication); versions and delete "
        "markers guard against mistakes. Access logs are not worth a copy.",
    ),
    Exemption(
        _both("S3DefaultEncryptionKMS"),
        "Storage/Media/Resource",
        "Encrypted with S3's keys; a stage with kms_key uses that one, as production does.",
    ),
    Exemption(
        _both("S3DefaultEncryptionKMS"),
        "Storage/AccessLogs/Resource",
        "S3 delivers access logs only to a bucket whose default encryption is S3's own (S3 guide, server access logs).",
    ),
    Exemption(
        (*_both("SecretsManagerRotationEnabled"), "AwsSolutions-SMG4"),
        "*/Secret",
        "The signing key is rotated by delivery.signing_key_generations, both keys valid in between, which a timer "
        "cannot do; the token key signs tickets that live for minutes and is changed by writing a new value.",
    ),
    Exemption(
        _both("SecretsManagerUsingKMSKey"),
        "*/Secret",
        "Secrets Manager encrypts with the account's own key; a stage with kms_key uses that one, as production does.",
    ),
    Exemption(
        ("HIPAA.Security-SNSEncryptedKMS", "NIST.800.53.R5-SNSEncryptedKMS"),
        "Monitoring/Topic/Resource",
        "Alarms carry names of alarms and no data; a stage with kms_key uses that one, as production does.",
    ),
    Exemption(
        ("AwsSolutions-CFR1",),
        "Delivery/Distribution/Resource",
        "Where viewers may be is the platform team's decision: a web ACL (delivery.web_acl_arn) can limit it.",
    ),
    Exemption(
        ("AwsSolutions-CFR2",),
        "Delivery/Distribution/Resource",
        "Every path needs a signature or a token. The web ACL is brought by the platform team (delivery.web_acl_arn), "
        "because it has to live in us-east-1 and is usually shared.",
    ),
    Exemption(
        ("AwsSolutions-CFR3",),
        "Delivery/Distribution/Resource",
        "Development leaves access logs out (delivery.access_logs).",
    ),
    Exemption(
        ("AwsSolutions-CFR4",),
        "Delivery/Distribution/Resource",
        "CloudFront fixes the TLS policy of its own domain name; with delivery.domain_name it is TLSv1.2_2021.",
    ),
    Exemption(
        ("AwsSolutions-APIG4",),
        "Api/HttpApi/*--{token}*/Resource",
        "Uppy's Companion clients cannot send an Authorization header: the path holds a ticket of our own, short-lived "
        "and for one purpose, which the function verifies (foveal/stack_contract.py).",
    ),
    Exemption(
        ("AwsSolutions-APIG4",),
        "Api/HttpApi/GET--v1--openapi.json/Resource",
        "The description of the API is public; it says nothing of a stage, a project or an asset.",
    ),
    Exemption(
        ("AwsSolutions-APIG4",),
        "Api/HttpApi/GET--v1--reference/Resource",
        "The description of the API is public; it says nothing of a stage, a project or an asset.",
    ),
    Exemption(
        ("AwsSolutions-APIG4",),
        "Api/HttpApi/GET--v1--client-config/Resource",
        "Clients read here how to sign in, before they have a token; issuer, client id and limits are no secrets.",
    ),
    Exemption(
        ("AwsSolutions-APIG4",),
        "Api/DefaultRoute/Resource",
        "Answers 404 to every request that no route matches, whoever asks; it reads nothing.",
    ),
    Exemption(
        ("AwsSolutions-COG2",),
        "Auth/UserPool/Resource",
        "A second factor is offered (TOTP) and not forced, so that scripts can sign in; machines use client "
        "credentials. A team that forces it brings its own issuer or changes the pool.",
    ),
    Exemption(
        ("AwsSolutions-COG8",),
        "Auth/UserPool/Resource",
        "The plus plan costs per user; threat protection is the platform team's choice.",
    ),
    Exemption(
        _wildcard(f"Resource::{_MEDIA}/media/*"),
        "Functions/*Role/DefaultPolicy/Resource",
        "Keys are made at run time; the prefix is the narrowest resource that covers originals of all projects.",
    ),
    Exemption(
        _wildcard(f"Resource::{_MEDIA}/masks/*"),
        "Functions/*Role/DefaultPolicy/Resource",
        "Keys are made at run time; the prefix is the narrowest resource that covers masks of all projects.",
    ),
    Exemption(
        _wildcard(f"Resource::{_MEDIA}/derived/*"),
        "Functions/*Role/DefaultPolicy/Resource",
        "Keys are made at run time; the prefix is the narrowest resource that covers derivatives of all projects.",
    ),
    Exemption(
        _wildcard(f"Resource::{_MEDIA}/imports/*"),
        "Functions/*Role/DefaultPolicy/Resource",
        "Keys are made at run time; the prefix is the narrowest resource that covers label files of all projects.",
    ),
    Exemption(
        _wildcard(f"Resource::{_MEDIA}/exports/*"),
        "Functions/*Role/DefaultPolicy/Resource",
        "Keys are made at run time; the prefix is the narrowest resource that covers exports of all projects.",
    ),
    Exemption(
        _wildcard(f"Resource::{_MEDIA}/datasets/*"),
        "Functions/*Role/DefaultPolicy/Resource",
        "Keys are made at run time; the prefix is the narrowest resource that covers data sets of all projects.",
    ),
    Exemption(
        _wildcard(f"Resource::{_MEDIA}/catalog/*"),
        "Functions/*Role/DefaultPolicy/Resource",
        "The journal's function names its segments and snapshots as it writes them; the prefix holds nothing else.",
    ),
    Exemption(
        _wildcard(f"Resource::{_MEDIA}/media/*"),
        "MalwareScans/*Role/DefaultPolicy/Resource",
        "Keys are made at run time; the prefix is the narrowest resource that covers originals of all projects.",
    ),
    Exemption(
        _wildcard(
            "Resource::arn:<AWS::Partition>:events:<AWS::Region>:<AWS::AccountId>:rule/"
            "DO-NOT-DELETE-AmazonGuardDutyMalwareProtectionS3*"
        ),
        "MalwareScans/ScannerRole/DefaultPolicy/Resource",
        "GuardDuty adds an id of its own to the name of the rule that it manages (its user guide gives this resource).",
    ),
    Exemption(
        _wildcard("Resource::<ConsoleFiles2D43986C.Arn>/console/*"),
        "Console/PublisherRole/DefaultPolicy/Resource",
        "A build chooses the names of its files; the prefix is all that the bucket holds.",
    ),
    Exemption(
        _wildcard(f"Resource::{_MEDIA}/media/{_tag('foveal-project')}/{_tag('foveal-device')}/*"),
        "Devices/Policy/Resource",
        "A device names its own objects; the prefix holds those of one device, which the tags of its session name.",
    ),
    Exemption(
        _wildcard("Resource::<FunctionsJournal9696CDCF.Arn>:*"),
        "SchedulerRoleForTarget-*/DefaultPolicy/Resource",
        "The scheduler's role may call any version of one function; there is only the latest.",
    ),
    Exemption(
        _wildcard("Resource::<FunctionsSweepE321ADB6.Arn>:*"),
        "SchedulerRoleForTarget-*/DefaultPolicy/Resource",
        "The scheduler's role may call any version of one function; there is only the latest.",
    ),
    Exemption(
        _wildcard("Resource::*"),
        "*Role/DefaultPolicy/Resource",
        "X-Ray's two actions, GuardDuty's scan on demand and CloudWatch's GetMetricData name no resource (service "
        "authorization reference).",
    ),
    Exemption(
        _wildcard("Resource::arn:<AWS::Partition>:cloudwatch:<AWS::Region>:<AWS::AccountId>:alarm:*"),
        "Functions/OperationsRole/DefaultPolicy/Resource",
        "DescribeAlarms by a prefix of names is allowed for all alarms or for none; it reads their states.",
    ),
)


def apply(app: cdk.App, stack: cdk.Stack) -> None:
    """Check the stack against the packs at synthesis, which fails for every finding without an exemption."""
    for pack in PACKS:
        cdk.Validations.of(app).add_plugins(pack(app))
    for construct in stack.node.find_all():
        path = construct.node.path.removeprefix(f"{stack.node.path}/")
        for rule, reason in _exempted(path):
            identifier = f"{rule.split('-', 1)[0]}::{rule}"
            cdk.Validations.of(construct).acknowledge(cdk.Acknowledgment(id=identifier, reason=reason))


def _exempted(path: str) -> Iterator[tuple[str, str]]:
    for exemption in EXEMPTIONS:
        if fnmatch.fnmatchcase(path, exemption.path):
            for rule in exemption.rules:
                yield rule, exemption.reason
