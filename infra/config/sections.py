"""The sections of a stage file: each with its defaults, its bounds, and what must hold between its settings."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from infra.config.fields import (
    BucketArn,
    CdnCertificateArn,
    CdnWebAclArn,
    CertificateArn,
    Days,
    DomainName,
    HttpsUrl,
    KmsKeyArn,
    MediaType,
    Scope,
    SecretArn,
    SecurityGroupId,
    Slug,
    SubnetId,
    TopicArn,
    TrustAnchorArn,
    like,
)

MIB, GIB, TIB = 1024**2, 1024**3, 1024**4


def both(domain_name: str | None, certificate_arn: str | None) -> None:
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
    url_window_seconds: Annotated[int, Field(ge=1, le=86_400)] = 3600
    access_logs: bool = False
    web_acl_arn: CdnWebAclArn | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        both(self.domain_name, self.certificate_arn)
        if not self.cdn and (self.domain_name or self.web_acl_arn or self.access_logs):
            raise ValueError("domain_name, web_acl_arn and access_logs belong to the CDN; leave them out, or set cdn")
        if self.url_window_seconds > self.url_ttl_seconds:
            raise ValueError("url_window_seconds must not exceed url_ttl_seconds: no URL lives twice as long as asked")
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
        both(self.domain_name, self.certificate_arn)
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

    database: Annotated[str, like(r"[A-Za-z0-9_-]{1,38}", "foveal")] = "foveal"
    secret_name: Annotated[str, like(r"[A-Za-z0-9/_+=.@-]{1,512}", "foveal/prod/mongodb")] | None = None
    secret_arn: SecretArn | None = None
    secret_kms_key_arn: KmsKeyArn | None = None
    uri: Annotated[str, like(r"mongodb(\+srv)?://\S+", "mongodb+srv://cluster.example.net/?authMechanism=…")] | None = (
        None
    )

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


class Search(Section):
    """The engine of similarity search. `exact` needs nothing and ends at 200,000 vectors of one model."""

    vector_engine: Literal["exact", "atlas", "s3-vectors"] = "exact"
    atlas_index: Annotated[str, like(r"[A-Za-z0-9_-]{1,64}", "vectors")] | None = None
    s3_vector_bucket: Annotated[str, like(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]", "my-vectors")] | None = None
    s3_vector_kms_key_arn: KmsKeyArn | None = None

    @model_validator(mode="after")
    def _of_one_engine(self) -> Self:
        if (self.vector_engine == "atlas") != bool(self.atlas_index):
            raise ValueError('atlas_index goes with vector_engine = "atlas": give both, or neither')
        if (self.vector_engine == "s3-vectors") != bool(self.s3_vector_bucket):
            raise ValueError('s3_vector_bucket goes with vector_engine = "s3-vectors": give both, or neither')
        if self.s3_vector_kms_key_arn and not self.s3_vector_bucket:
            raise ValueError("s3_vector_kms_key_arn is the key of s3_vector_bucket; leave it out without that")
        return self


class Events(Section):
    archive_days: Days = 30


class Network(Section):
    """Your VPC. It needs routes to S3, SQS, Secrets Manager, EventBridge and MongoDB (endpoints or NAT)."""

    vpc_id: Annotated[str, like(r"vpc-([0-9a-f]{8}|[0-9a-f]{17})", "vpc-0123456789abcdef0")]
    availability_zones: Annotated[tuple[str, ...], Field(min_length=1)]
    private_subnet_ids: Annotated[tuple[SubnetId, ...], Field(min_length=1)]
    security_group_ids: Annotated[tuple[SecurityGroupId, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _pairs(self) -> Self:
        if len(self.availability_zones) != len(self.private_subnet_ids):
            raise ValueError("availability_zones and private_subnet_ids must have the same length, zone by subnet")
        return self


class Monitoring(Section):
    alarm_email: Annotated[str, like(r"[^@\s]+@[^@\s]+\.[^@\s]+", "operations@example.com")] | None = None
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
