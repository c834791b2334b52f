"""Settings of each function, read from its environment; a missing one fails the start of the function, by its name."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self


class MissingSetting(RuntimeError):
    """The environment lacks a variable that the function cannot do without."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the environment variable {name} is not set; the stack sets it, see infra/functions")


class Environment:
    """Reads typed values from a mapping of environment variables."""

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        self._values = os.environ if values is None else values

    def text(self, name: str) -> str:
        value = self._values.get(name, "")
        if not value:
            raise MissingSetting(name)
        return value

    def optional(self, name: str) -> str | None:
        return self._values.get(name) or None

    def integer(self, name: str) -> int:
        value = self.text(name)
        try:
            return int(value)
        except ValueError:
            raise RuntimeError(f"the environment variable {name} must be a whole number") from None


@dataclass(frozen=True, slots=True)
class MongoSettings:
    """Address of MongoDB: a URI in a secret, or in the environment where it holds no credentials (IAM)."""

    database: str
    secret_arn: str | None
    uri: str | None

    @classmethod
    def from_environment(cls, environment: Environment) -> Self:
        secret_arn, uri = environment.optional("MONGODB_SECRET_ARN"), environment.optional("MONGODB_URI")
        if not secret_arn and not uri:
            raise MissingSetting("MONGODB_SECRET_ARN")
        return cls(environment.text("MONGODB_DATABASE"), secret_arn, uri)


@dataclass(frozen=True, slots=True)
class AccessSettings:
    """Claims that become project roles, and the secret with the key of our own tokens.

    `origin_key_arns` are the secrets of which a call must name one; empty where calls need not come through the CDN.
    """

    roles_claim: str
    scope_prefix: str
    token_secret_arn: str
    origin_key_arns: tuple[str, ...] = ()

    @classmethod
    def from_environment(cls, environment: Environment) -> Self:
        return cls(
            environment.text("ROLES_CLAIM"),
            environment.text("SCOPE_PREFIX"),
            environment.text("TOKEN_SECRET_ARN"),
            tuple(filter(None, (environment.optional("ORIGIN_KEY_ARNS") or "").split(","))),
        )


@dataclass(frozen=True, slots=True)
class UploadsSettings:
    """`sign_in` is None where the stage names no client for native apps.

    `issuer_origin` is where the issuer is reached in place of its own address; only the local stack has one.
    """

    access: AccessSettings
    mongo: MongoSettings
    bucket: str
    limits: str
    sign_in: str | None
    issuer_origin: str | None

    @classmethod
    def from_environment(cls, environment: Environment) -> Self:
        return cls(
            AccessSettings.from_environment(environment),
            MongoSettings.from_environment(environment),
            environment.text("MEDIA_BUCKET"),
            environment.text("UPLOAD_LIMITS"),
            environment.optional("SIGN_IN"),
            environment.optional("FOVEAL_ISSUER_ORIGIN"),
        )


@dataclass(frozen=True, slots=True)
class CatalogSettings:
    """`vector_engine` is None for exact search, see `foveal.catalog.vectors.configured`."""

    access: AccessSettings
    mongo: MongoSettings
    event_bus: str
    bucket: str
    vector_engine: str | None

    @classmethod
    def from_environment(cls, environment: Environment) -> Self:
        return cls(
            AccessSettings.from_environment(environment),
            MongoSettings.from_environment(environment),
            environment.text("EVENT_BUS_NAME"),
            environment.text("MEDIA_BUCKET"),
            environment.optional("VECTOR_ENGINE"),
        )


@dataclass(frozen=True, slots=True)
class DownloadsSettings:
    """`cdn_url` is None where media is handed out by S3 itself; then the signing key is not needed."""

    access: AccessSettings
    mongo: MongoSettings
    bucket: str
    cdn_url: str | None
    signing_key_id: str
    signing_key_secret_arn: str
    url_ttl_seconds: int
    url_window_seconds: int
    renditions: str
    render_function: str
    import_buckets: str | None

    @classmethod
    def from_environment(cls, environment: Environment) -> Self:
        cdn_url = environment.optional("FOVEAL_CDN_URL") or environment.optional("CDN_URL")
        return cls(
            AccessSettings.from_environment(environment),
            MongoSettings.from_environment(environment),
            environment.text("MEDIA_BUCKET"),
            cdn_url,
            environment.text("SIGNING_KEY_ID") if cdn_url else "",
            environment.text("SIGNING_KEY_SECRET_ARN") if cdn_url else "",
            environment.integer("URL_TTL_SECONDS"),
            environment.integer("URL_WINDOW_SECONDS"),
            environment.text("RENDITIONS"),
            environment.text("RENDER_FUNCTION_NAME"),
            environment.optional("IMPORT_BUCKETS"),
        )


@dataclass(frozen=True, slots=True)
class RenderSettings:
    mongo: MongoSettings
    bucket: str
    renditions: str
    derived_expire_after_days: int | None
    import_buckets: str | None

    @classmethod
    def from_environment(cls, environment: Environment) -> Self:
        expires = environment.optional("DERIVED_EXPIRE_AFTER_DAYS")
        return cls(
            MongoSettings.from_environment(environment),
            environment.text("MEDIA_BUCKET"),
            environment.text("RENDITIONS"),
            environment.integer("DERIVED_EXPIRE_AFTER_DAYS") if expires else None,
            environment.optional("IMPORT_BUCKETS"),
        )


@dataclass(frozen=True, slots=True)
class VersionsSettings:
    """`distribution_id` is None on a stage without a CDN, `scan_queue_url` on one that does not scan for malware."""

    access: AccessSettings
    mongo: MongoSettings
    bucket: str
    distribution_id: str | None
    scan_queue_url: str | None

    @classmethod
    def from_environment(cls, environment: Environment) -> Self:
        return cls(
            AccessSettings.from_environment(environment),
            MongoSettings.from_environment(environment),
            environment.text("MEDIA_BUCKET"),
            environment.optional("DISTRIBUTION_ID"),
            environment.optional("SCAN_QUEUE_URL"),
        )


@dataclass(frozen=True, slots=True)
class ConsoleSettings:
    """`issuer_origin` is as in UploadsSettings."""

    issuer_origin: str | None

    @classmethod
    def from_environment(cls, environment: Environment) -> Self:
        return cls(environment.optional("FOVEAL_ISSUER_ORIGIN"))


@dataclass(frozen=True, slots=True)
class JobsSettings:
    access: AccessSettings
    mongo: MongoSettings
    bucket: str
    worker_function: str
    noncurrent_expire_after_days: int
    import_buckets: str | None

    @classmethod
    def from_environment(cls, environment: Environment) -> Self:
        return cls(
            AccessSettings.from_environment(environment),
            MongoSettings.from_environment(environment),
            environment.text("MEDIA_BUCKET"),
            environment.text("WORKER_FUNCTION_NAME"),
            environment.integer("NONCURRENT_EXPIRE_AFTER_DAYS"),
            environment.optional("IMPORT_BUCKETS"),
        )


@dataclass(frozen=True, slots=True)
class PeopleSettings:
    """`user_pool_id` is None where the tokens are of an issuer outside of the stack."""

    access: AccessSettings
    issuer: str
    user_pool_id: str | None

    @classmethod
    def from_environment(cls, environment: Environment) -> Self:
        return cls(
            AccessSettings.from_environment(environment),
            environment.text("ISSUER"),
            environment.optional("USER_POOL_ID"),
        )


@dataclass(frozen=True, slots=True)
class OperationsSettings:
    """`queues` is a JSON list of name, URL and URL of the dead letters (`foveal.operations.queues`)."""

    access: AccessSettings
    mongo: MongoSettings
    bucket: str
    queues: str
    stage: str
    stack: str

    @classmethod
    def from_environment(cls, environment: Environment) -> Self:
        return cls(
            AccessSettings.from_environment(environment),
            MongoSettings.from_environment(environment),
            environment.text("MEDIA_BUCKET"),
            environment.text("QUEUES"),
            environment.text("STAGE"),
            environment.text("STACK_NAME"),
        )


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    mongo: MongoSettings
    bucket: str
    event_bus: str
    import_buckets: str | None

    @classmethod
    def from_environment(cls, environment: Environment) -> Self:
        return cls(
            MongoSettings.from_environment(environment),
            environment.text("MEDIA_BUCKET"),
            environment.text("EVENT_BUS_NAME"),
            environment.optional("IMPORT_BUCKETS"),
        )


@dataclass(frozen=True, slots=True)
class IngestSettings:
    """`holds_arrivals`: nothing is ready before it was scanned; `distribution_id` is None on a stage without a CDN."""

    mongo: MongoSettings
    bucket: str
    event_bus: str
    holds_arrivals: bool
    distribution_id: str | None

    @classmethod
    def from_environment(cls, environment: Environment) -> Self:
        return cls(
            MongoSettings.from_environment(environment),
            environment.text("MEDIA_BUCKET"),
            environment.text("EVENT_BUS_NAME"),
            environment.optional("MALWARE_SCANS") is not None,
            environment.optional("DISTRIBUTION_ID"),
        )


@dataclass(frozen=True, slots=True)
class ScansSettings:
    """`distribution_id` is None on a stage without a CDN."""

    mongo: MongoSettings
    bucket: str
    event_bus: str
    distribution_id: str | None

    @classmethod
    def from_environment(cls, environment: Environment) -> Self:
        return cls(
            MongoSettings.from_environment(environment),
            environment.text("MEDIA_BUCKET"),
            environment.text("EVENT_BUS_NAME"),
            environment.optional("DISTRIBUTION_ID"),
        )


@dataclass(frozen=True, slots=True)
class JournalSettings:
    mongo: MongoSettings
    bucket: str
    snapshot_every_days: int
    retention_days: int

    @classmethod
    def from_environment(cls, environment: Environment) -> Self:
        return cls(
            MongoSettings.from_environment(environment),
            environment.text("MEDIA_BUCKET"),
            environment.integer("SNAPSHOT_EVERY_DAYS"),
            environment.integer("RETENTION_DAYS"),
        )


@dataclass(frozen=True, slots=True)
class SweepSettings:
    """`distribution_id` is None on a stage without a CDN; `has_scans` is true where arrivals wait for malware scans."""

    mongo: MongoSettings
    bucket: str
    event_bus: str
    ingest_queue_url: str
    worker_function: str
    distribution_id: str | None
    has_scans: bool

    @classmethod
    def from_environment(cls, environment: Environment) -> Self:
        return cls(
            MongoSettings.from_environment(environment),
            environment.text("MEDIA_BUCKET"),
            environment.text("EVENT_BUS_NAME"),
            environment.text("INGEST_QUEUE_URL"),
            environment.text("WORKER_FUNCTION_NAME"),
            environment.optional("DISTRIBUTION_ID"),
            environment.optional("MALWARE_SCANS") is not None,
        )
