"""What a stage may choose: `stages/<stage>.toml`, read and checked before anything is synthesized."""

import difflib
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

STAGES = Path(__file__).resolve().parent.parent / "stages"
MIB, GIB, TIB = 1024**2, 1024**3, 1024**4
LOG_RETENTION_DAYS = (
    1,
    3,
    5,
    7,
    14,
    30,
    60,
    90,
    120,
    150,
    180,
    365,
    400,
    545,
    731,
    1096,
    1827,
    2192,
    2557,
    2922,
    3288,
    3653,
)


class ConfigError(ValueError):
    """A stage file that cannot be used; the text names each wrong field and says what to do."""


def _one_of_retentions(days: int) -> int:
    if days not in LOG_RETENTION_DAYS:
        raise ValueError(f"CloudWatch Logs keeps {', '.join(map(str, LOG_RETENTION_DAYS))} days; choose one of these")
    return days


def _like(pattern: str, example: str) -> AfterValidator:
    """Return a check of a text against a pattern, whose message shows what is wanted."""
    compiled = re.compile(pattern)

    def check(text: str) -> str:
        if not compiled.fullmatch(text):
            raise ValueError(f"must look like {example}")
        return text

    return AfterValidator(check)


def _arn(service: str, resource: str, example: str, region: str = "[a-z0-9-]*") -> AfterValidator:
    return _like(rf"arn:aws[a-z-]*:{service}:{region}:\d*:{resource}", example)


Origin = Annotated[
    str, _like(r"\*|https?://[A-Za-z0-9.\[\]-]+(:\d+)?", "https://app.example.com (no path, no pattern)")
]
DomainName = Annotated[str, _like(r"([a-z0-9-]{1,63}\.)+[a-z]{2,63}", "media.example.com")]
HttpsUrl = Annotated[str, _like(r"https://[^\s?#]+", "https://login.example.com")]
KmsKeyArn = Annotated[str, _arn("kms", "key/[A-Za-z0-9-]+", "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab")]
CertificateArn = Annotated[
    str, _arn("acm", "certificate/.+", "arn:aws:acm:eu-west-1:111122223333:certificate/1234abcd")
]
CdnCertificateArn = Annotated[
    str, _arn("acm", "certificate/.+", "arn:aws:acm:us-east-1:111122223333:certificate/1234abcd", "us-east-1")
]
CdnWebAclArn = Annotated[
    str, _arn("wafv2", "global/webacl/.+", "arn:aws:wafv2:us-east-1:111122223333:global/webacl/name/id", "us-east-1")
]
SecretArn = Annotated[
    str, _arn("secretsmanager", "secret:.+", "arn:aws:secretsmanager:eu-west-1:111122223333:secret:mongodb-AbCdEf")
]
BucketArn = Annotated[str, _arn("s3", "[a-z0-9.-]+", "arn:aws:s3:::replica")]
TopicArn = Annotated[str, _arn("sns", "[A-Za-z0-9_-]+", "arn:aws:sns:eu-west-1:111122223333:alarms")]
TrustAnchorArn = Annotated[
    str, _arn("rolesanywhere", "trust-anchor/.+", "arn:aws:rolesanywhere:eu-west-1:111122223333:trust-anchor/id")
]
Scope = Annotated[str, _like(r"[a-z0-9][a-z0-9-]{0,62}:(viewer|editor|admin)", "demo:editor")]
SubnetId = Annotated[str, _like(r"subnet-[0-9a-f]+", "subnet-0123456789abcdef0")]
SecurityGroupId = Annotated[str, _like(r"sg-[0-9a-f]+", "sg-0123456789abcdef0")]
Slug = Annotated[str, _like(r"[a-z][a-z0-9-]{0,31}", "a-name (lower case letters, digits, hyphens)")]
MediaType = Annotated[str, _like(r"[a-z]+/([a-z0-9.+-]+|\*)", "image/jpeg or image/*")]
Days = Annotated[int, Field(ge=1, le=36_500)]


def _both(domain_name: str | None, certificate_arn: str | None) -> None:
    if bool(domain_name) != bool(certificate_arn):
        raise ValueError("domain_name and certificate_arn go together: give both, or neither")


class Section(BaseModel):
    """A part of the file: no unknown names, no change after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Replication(Section):
    """A copy of `media/` and `masks/` in a bucket of yours, which must be versioned."""

    bucket_arn: BucketArn
    kms_key_arn: KmsKeyArn | None = None


class ObjectLock(Section):
    """Versions that nobody can delete before their time. S3 then wants a checksum with every upload."""

    mode: Literal["governance", "compliance"]
    days: Days


class Storage(Section):
    noncurrent_archive_after_days: Days = 30
    noncurrent_expire_after_days: Days = 365
    abort_multipart_after_days: Annotated[int, Field(ge=1, le=7)] = 2
    export_expire_after_days: Days = 30
    derived_expire_after_days: Days | None = None
    archive_access_after_days: Annotated[int, Field(ge=90, le=730)] | None = None
    deep_archive_access_after_days: Annotated[int, Field(ge=180, le=730)] | None = None
    transfer_acceleration: bool = False
    access_logs: bool = False
    access_log_expire_after_days: Days = 90
    inventory: Literal["off", "daily", "weekly"] = "off"
    object_lock: ObjectLock | None = None
    replication: Replication | None = None

    @model_validator(mode="after")
    def _expire_after_archive(self) -> Self:
        if self.noncurrent_expire_after_days <= self.noncurrent_archive_after_days:
            raise ValueError("noncurrent_expire_after_days must be greater than noncurrent_archive_after_days")
        first, second = self.archive_access_after_days, self.deep_archive_access_after_days
        if first and second and second <= first:
            raise ValueError("deep_archive_access_after_days must be greater than archive_access_after_days")
        return self


class Delivery(Section):
    """The CDN, or presigned requests to S3 where `cdn` is false."""

    cdn: bool = True
    domain_name: DomainName | None = None
    certificate_arn: CdnCertificateArn | None = None
    price_class: Literal["100", "200", "all"] = "100"
    signing_algorithm: Literal["ecdsa-p256", "rsa-2048"] = "ecdsa-p256"
    signing_key_generations: Annotated[
        tuple[Annotated[int, Field(ge=1, le=9999)], ...], Field(min_length=1, max_length=4)
    ] = (1,)
    url_ttl_seconds: Annotated[int, Field(ge=60, le=604_800)] = 3600
    url_window_seconds: Annotated[int, Field(ge=1, le=86_400)] = 900
    access_logs: bool = False
    web_acl_arn: CdnWebAclArn | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        _both(self.domain_name, self.certificate_arn)
        if not self.cdn and (self.domain_name or self.web_acl_arn or self.access_logs):
            raise ValueError("domain_name, web_acl_arn and access_logs belong to the CDN; leave them out, or set cdn")
        if self.url_window_seconds > self.url_ttl_seconds:
            raise ValueError("url_window_seconds must not exceed url_ttl_seconds, or a URL could be born expired")
        if len(set(self.signing_key_generations)) != len(self.signing_key_generations):
            raise ValueError("signing_key_generations must name each generation once; the first one signs")
        return self


class Api(Section):
    domain_name: DomainName | None = None
    certificate_arn: CertificateArn | None = None
    throttle_rate_per_second: Annotated[int, Field(ge=1, le=10_000)] = 500
    throttle_burst: Annotated[int, Field(ge=1, le=5_000)] = 1_000

    @model_validator(mode="after")
    def _whole(self) -> Self:
        _both(self.domain_name, self.certificate_arn)
        return self


class Auth(Section):
    """Sign-in: a Cognito user pool, or your OIDC issuer when `issuer` is given."""

    issuer: HttpsUrl | None = None
    audience: tuple[str, ...] = ()
    roles_claim: Annotated[str, Field(min_length=1)] = "cognito:groups"
    scope_prefix: str = "foveal/"
    user_password_flow: bool = False
    self_sign_up: bool = False
    machine_clients: dict[Slug, Annotated[tuple[Scope, ...], Field(min_length=1)]] = Field(default_factory=dict)
    machine_scopes: tuple[Scope, ...] = ()
    token_domain_prefix: Slug | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if self.issuer and not self.audience:
            raise ValueError("audience is needed with issuer: list the `aud` (or client id) of the tokens to accept")
        if self.audience and not self.issuer:
            raise ValueError("audience goes with issuer; leave it out to use the Cognito user pool")
        if self.issuer and (
            self.machine_clients or self.machine_scopes or self.user_password_flow or self.self_sign_up
        ):
            raise ValueError("machine_clients, machine_scopes and sign-in flows are the issuer's own; leave them out")
        if self.machine_clients and not self.token_domain_prefix:
            raise ValueError("token_domain_prefix is needed with machine_clients: they fetch their tokens there")
        if not self.issuer and self.scope_prefix != "foveal/":
            raise ValueError("scope_prefix is foveal/ with the Cognito user pool; change it only with issuer")
        return self


class MongoDb(Section):
    """Exactly one of: a secret that holds the URI (by name or ARN), or a URI without credentials (IAM)."""

    database: Annotated[str, _like(r"[A-Za-z0-9_-]{1,38}", "foveal")] = "foveal"
    secret_name: Annotated[str, _like(r"[A-Za-z0-9/_+=.@-]{1,512}", "foveal/prod/mongodb")] | None = None
    secret_arn: SecretArn | None = None
    secret_kms_key_arn: KmsKeyArn | None = None
    uri: (
        Annotated[str, _like(r"mongodb(\+srv)?://\S+", "mongodb+srv://cluster.example.net/?authMechanism=…")] | None
    ) = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if sum(source is not None for source in (self.secret_name, self.secret_arn, self.uri)) != 1:
            raise ValueError("give exactly one of secret_name, secret_arn and uri")
        if self.uri and "@" in self.uri.partition("://")[2].partition("/")[0]:
            raise ValueError("uri must hold no credentials: put such a URI into a secret and give secret_name")
        if self.uri and "authMechanism=MONGODB-AWS" not in self.uri:
            raise ValueError("uri must say authMechanism=MONGODB-AWS&authSource=%24external: the role signs in")
        return self


class Uploads(Section):
    allowed_types: Annotated[tuple[MediaType, ...], Field(min_length=1)] = ("image/*", "video/*", "application/dicom")
    max_object_bytes: Annotated[int, Field(ge=1, le=5 * TIB)] = 5 * TIB
    daily_quota_bytes: Annotated[int, Field(ge=1)] = 10 * TIB
    multipart_threshold_bytes: Annotated[int, Field(ge=5 * MIB, le=5 * GIB)] = 100 * MIB
    url_ttl_seconds: Annotated[int, Field(ge=120, le=43_200)] = 900
    reserved_concurrency: Annotated[int, Field(ge=1)] | None = None


class Ingest(Section):
    """MongoDB never sees more than `max_concurrency` connections pools from ingest; the rest waits in the queue."""

    batch_size: Annotated[int, Field(ge=1, le=1_000)] = 50
    batching_window_seconds: Annotated[int, Field(ge=0, le=60)] = 1
    max_concurrency: Annotated[int, Field(ge=2, le=1_000)] = 10

    @model_validator(mode="after")
    def _window(self) -> Self:
        if self.batch_size > 10 and self.batching_window_seconds < 1:
            raise ValueError("batching_window_seconds must be at least 1 with a batch_size above 10 (SQS)")
        return self


class Rendition(Section):
    width: Annotated[int, Field(ge=16, le=8192)]
    format: Literal["webp", "avif", "jpeg", "png"] = "webp"


class Render(Section):
    renditions: dict[Slug, Rendition] = Field(
        default_factory=lambda: {"thumbnail": Rendition(width=320), "preview": Rendition(width=1280)}
    )
    max_concurrency: Annotated[int, Field(ge=2, le=1_000)] = 10


class Events(Section):
    archive_days: Days = 30


class Network(Section):
    """Your VPC. It needs routes to S3, SQS, Secrets Manager, EventBridge and MongoDB (endpoints or NAT)."""

    vpc_id: Annotated[str, _like(r"vpc-[0-9a-f]+", "vpc-0123456789abcdef0")]
    availability_zones: Annotated[tuple[str, ...], Field(min_length=1)]
    private_subnet_ids: Annotated[tuple[SubnetId, ...], Field(min_length=1)]
    security_group_ids: Annotated[tuple[SecurityGroupId, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _pairs(self) -> Self:
        if len(self.availability_zones) != len(self.private_subnet_ids):
            raise ValueError("availability_zones and private_subnet_ids must have the same length, zone by subnet")
        return self


class Monitoring(Section):
    alarm_email: Annotated[str, _like(r"[^@\s]+@[^@\s]+\.[^@\s]+", "operations@example.com")] | None = None
    alarm_topic_arn: TopicArn | None = None
    oldest_message_alarm_seconds: Annotated[int, Field(ge=60)] = 900
    tracing: bool = False

    @model_validator(mode="after")
    def _one_receiver(self) -> Self:
        if self.alarm_email and self.alarm_topic_arn:
            raise ValueError("give alarm_email or alarm_topic_arn, not both; a topic of yours has its own subscribers")
        return self


class Devices(Section):
    """Direct uploads with a device's own credentials, below `media/{project}/{device}/` and nowhere else.

    The tags are read from the session: `x509Subject/OU` and `x509Subject/CN` with IAM Roles Anywhere.
    """

    project_tag: Annotated[str, Field(min_length=1)] = "foveal-project"
    device_tag: Annotated[str, Field(min_length=1)] = "foveal-device"
    trusted_service: Literal["rolesanywhere.amazonaws.com"] | None = None
    trust_anchor_arn: TrustAnchorArn | None = None

    @model_validator(mode="after")
    def _anchored(self) -> Self:
        if bool(self.trusted_service) != bool(self.trust_anchor_arn):
            raise ValueError("trusted_service and trust_anchor_arn go together")
        return self


class StageConfig(Section):
    """Everything that one stage chooses."""

    stage: Slug
    allowed_origins: Annotated[tuple[Origin, ...], Field(min_length=1)]
    mongodb: MongoDb
    removal_policy: Literal["retain", "destroy"] = "retain"
    log_retention_days: Annotated[int, AfterValidator(_one_of_retentions)] = 90
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    kms_key: Literal["aws-managed", "create"] | KmsKeyArn = "aws-managed"
    storage: Storage = Storage()
    delivery: Delivery = Delivery()
    api: Api = Api()
    auth: Auth = Auth()
    uploads: Uploads = Uploads()
    ingest: Ingest = Ingest()
    render: Render = Render()
    events: Events = Events()
    monitoring: Monitoring = Monitoring()
    network: Network | None = None
    devices: Devices | None = None

    @model_validator(mode="after")
    def _only_in_development(self) -> Self:
        if self.stage == "dev":
            return self
        if "*" in self.allowed_origins:
            raise ValueError("allowed_origins must list origins outside dev; '*' would let any site use the API")
        if any(origin.startswith("http://") for origin in self.allowed_origins):
            raise ValueError("allowed_origins must be https outside dev")
        if self.auth.user_password_flow:
            raise ValueError("auth.user_password_flow sends passwords to the API; it is for dev only, set it to false")
        if self.removal_policy == "destroy" and self.stage == "prod":
            raise ValueError("removal_policy must be retain in prod: the bucket is the source of truth")
        return self


def load(stage: str, folder: Path = STAGES) -> StageConfig:
    """Return the configuration of a stage. Raises ConfigError that names each wrong field and says what to do."""
    path = folder / f"{stage}.toml"
    if not path.is_file():
        known = ", ".join(sorted(each.stem for each in folder.glob("*.toml"))) or "none"
        raise ConfigError(
            f"there is no stage {stage!r} (known: {known}); write stages/{stage}.toml, or pass -c stage=…"
        )
    try:
        return parse(stage, tomllib.loads(path.read_text(encoding="utf-8")))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path.name} is not valid TOML: {error}") from None


def parse(stage: str, values: Mapping[str, Any]) -> StageConfig:
    """Return the configuration that a stage file's values make. Raises ConfigError."""
    try:
        return StageConfig.model_validate({**values, "stage": stage})
    except ValidationError as error:
        lines = [f"{stage}.toml: {_explain(each)}" for each in error.errors(include_url=False)]
        raise ConfigError("\n".join(lines)) from None


def _explain(error: Any) -> str:
    """Return one wrong field as `section.field: what is wrong; what to do`."""
    field = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        near = difflib.get_close_matches(str(error["loc"][-1]), _names(StageConfig), n=1)
        return f"{field}: no such setting; " + (f"did you mean {near[0]}?" if near else "take it out")
    if error["type"] == "missing":
        return f"{field}: is needed; add it"
    message = str(error["msg"]).removeprefix("Value error, ")
    return f"{field or 'the file'}: {message} (is {error['input']!r})" if field else message


def _names(model: type[BaseModel]) -> list[str]:
    """Return every setting's name, nested ones too."""
    names = list(model.model_fields)
    for field in model.model_fields.values():
        for annotation in (field.annotation, *getattr(field.annotation, "__args__", ())):
            if isinstance(annotation, type) and issubclass(annotation, BaseModel):
                names += _names(annotation)
    return names
