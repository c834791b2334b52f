"""StageConfig: all settings of one stage, read from `stages/<stage>.toml`."""

import difflib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, Field, ValidationError, model_validator

from infra.config.fields import KmsKeyArn, Origin, Slug, one_of_retentions
from infra.config.sections import (
    Api,
    Auth,
    Delivery,
    Devices,
    Events,
    Ingest,
    MongoDb,
    Monitoring,
    Network,
    Render,
    Search,
    Section,
    Storage,
    Uploads,
)

STAGES = Path(__file__).resolve().parents[2] / "stages"


class ConfigError(ValueError):
    """A stage file that cannot be used; the text names each wrong field and says what to do."""


class StageConfig(Section):
    """Everything that one stage chooses."""

    stage: Slug
    allowed_origins: Annotated[tuple[Origin, ...], Field(min_length=1)]
    mongodb: MongoDb
    removal_policy: Literal["retain", "destroy"] = "retain"
    log_retention_days: Annotated[int, AfterValidator(one_of_retentions)] = 90
    audit_retention_days: Annotated[int, AfterValidator(one_of_retentions)] = 2192  # six years: 45 CFR 164.316(b)(2)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    kms_key: Literal["aws-managed", "create"] | KmsKeyArn = "aws-managed"
    storage: Storage = Storage()
    delivery: Delivery = Delivery()
    api: Api = Api()
    auth: Auth = Auth()
    uploads: Uploads = Uploads()
    ingest: Ingest = Ingest()
    render: Render = Render()
    search: Search = Search()
    events: Events = Events()
    monitoring: Monitoring = Monitoring()
    network: Network | None = None
    devices: Devices | None = None

    @model_validator(mode="after")
    def _audited_for_as_long_as_logged(self) -> Self:
        if self.audit_retention_days < self.log_retention_days:
            raise ValueError("audit_retention_days must not be less than log_retention_days")
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
