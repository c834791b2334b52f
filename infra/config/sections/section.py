"""The base model of all sections. The text below a setting is its description in docs/settings.md."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A table of a stage file: unknown names are refused, values do not change after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


def require_both(domain_name: str | None, certificate_arn: str | None) -> None:
    """Raise ValueError when one of a domain name and its certificate is missing."""
    if bool(domain_name) != bool(certificate_arn):
        raise ValueError("domain_name and certificate_arn go together: give both, or neither")
