"""StageConfig: all settings of one stage, read from `stages/<stage>.toml`."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, ValidationError, model_validator

from infra.config import explanation
from infra.config.fields import KmsKey, Origin, Slug, TagName, TagValue, one_of_retentions
from infra.config.sections import (
    Api,
    Auth,
    Console,
    Delivery,
    Devices,
    Events,
    Imports,
    Ingest,
    Journal,
    MongoDb,
    Monitoring,
    Network,
    Render,
    ReservedConcurrency,
    Scanning,
    Search,
    Section,
    Storage,
    Uploads,
    Waf,
)

STAGES = Path(__file__).resolve().parents[2] / "stages"


class ConfigError(ValueError):
    """A stage file that cannot be used; the text names each wrong field and says what to do."""


class StageConfig(Section):
    """Settings that stand above the first section."""

    stage: Slug
    """The name of the file; it cannot be set."""
    allowed_origins: Annotated[tuple[Origin, ...], Field(min_length=1)]
    """Sites that may upload, call the API and show media; `*` and plain http only in `dev`."""
    mongodb: MongoDb
    removal_policy: Literal["retain", "destroy"] = "retain"
    """Fate of stored data when the stack is deleted; `retain` also protects the stack from deletion."""
    log_retention_days: Annotated[int, AfterValidator(one_of_retentions)] = 90
    """Days for which logs of functions and of the API are kept; the API's hold source addresses and subjects."""
    audit_retention_days: Annotated[int, AfterValidator(one_of_retentions)] = 2192  # six years: 45 CFR 164.316(b)(2)
    """Days for which the audit record of deliveries is kept (docs/delivery.md); at least `log_retention_days`."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """The log level of the functions."""
    kms_key: KmsKey = "aws-managed"
    """The key of media, queues, topics, secrets, logs, events and environments: AWS's own, one of the stack, yours."""
    tags: dict[TagName, TagValue] = Field(default_factory=dict)
    """Tags of the stack and its resources, beside `application` and `stage`; activate them for cost allocation."""
    storage: Storage = Storage()
    delivery: Delivery = Delivery()
    api: Api = Api()
    console: Console = Console()
    auth: Auth = Auth()
    uploads: Uploads = Uploads()
    ingest: Ingest = Ingest()
    imports: Imports = Imports()
    render: Render = Render()
    search: Search = Search()
    scanning: Scanning = Scanning()
    waf: Waf = Waf()
    reserved_concurrency: ReservedConcurrency = ReservedConcurrency()
    events: Events = Events()
    journal: Journal = Journal()
    monitoring: Monitoring = Monitoring()
    network: Network | None = None
    devices: Devices | None = None

    @property
    def has_console(self) -> bool:
        """Return whether the console is served: it needs the CDN, and a client by which people sign in."""
        can_sign_in = self.auth.issuer is None or self.console.client_id is not None
        return self.console.enabled and self.delivery.cdn and can_sign_in

    @model_validator(mode="after")
    def _console_client_of_an_issuer(self) -> Self:
        if (self.console.client_id or self.console.login_origins) and not self.auth.issuer:
            raise ValueError(
                "console.client_id and console.login_origins belong to auth.issuer; the Cognito user pool has a client "
                "for the console: leave them out"
            )
        return self

    @model_validator(mode="after")
    def _origin_key_of_a_cdn(self) -> Self:
        if self.waf.origin_key != "off" and not self.delivery.cdn:
            raise ValueError(
                "waf.origin_key is sent by the CDN; without delivery.cdn nothing could be called: leave it"
            )
        return self

    @model_validator(mode="after")
    def _audited_for_as_long_as_logged(self) -> Self:
        if self.audit_retention_days < self.log_retention_days:
            raise ValueError("audit_retention_days must not be less than log_retention_days")
        return self

    @model_validator(mode="after")
    def _one_name_each(self) -> Self:
        if self.api.domain_name and self.api.domain_name == self.delivery.domain_name:
            raise ValueError("api.domain_name and delivery.domain_name must differ: one name leads to one of the two")
        return self

    @model_validator(mode="after")
    def _sign_in_domain_without_reserved_words(self) -> Self:
        """Cognito refuses a domain that contains its own words (CreateUserPoolDomain fails while deploying)."""
        prefix = self.auth.token_domain_prefix or self.stage
        reserved = next((word for word in ("aws", "amazon", "cognito") if word in prefix), None)
        if reserved and not self.auth.issuer:
            raise ValueError(
                f"auth.token_domain_prefix must be a name without {reserved!r}, a word that Cognito keeps to itself in "
                "sign-in domains; when it is not set, the domain begins with the name of the stage"
            )
        return self

    @model_validator(mode="after")
    def _reserved_for_the_queues(self) -> Self:
        for name, reserved, needed in (
            ("ingest", self.reserved_concurrency.ingest, self.ingest.max_concurrency),
            ("render", self.reserved_concurrency.render, self.render.max_concurrency),
        ):
            if reserved is not None and reserved < needed:
                raise ValueError(f"reserved_concurrency.{name} must be at least {name}.max_concurrency ({needed})")
        return self

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
    """Return the configuration of a stage. Raises ConfigError that names each wrong setting and says what to do."""
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
    lines = explanation.credentials(values)
    if "stage" in values:
        lines.append(f"stage: is {stage}, the name of the file; take the setting out")
    if not lines:
        try:
            return StageConfig.model_validate({**values, "stage": stage})
        except ValidationError as error:
            lines = explanation.explain(StageConfig, error)
    raise ConfigError("\n".join(f"{stage}.toml: {line}" for line in lines))
