"""Settings of protection by services that are billed by use: malware scans, a web ACL."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from infra.config.sections.section import Section


class Scanning(Section):
    """Scans of media for malware by GuardDuty, which bills each object and each gigabyte (docs/deploy.md)."""

    malware: Literal["off", "hold", "block"] = "off"
    """`hold` hands out no new original before a scan has found it clean. `block` also has the bucket refuse to the CDN,
    and to the function that signs, every original that is not tagged as clean."""
    older_objects_are_tagged: bool = False
    """Set it once `foveal scan adopt` has nothing left to tag; `block` needs it, or older originals would vanish."""

    @model_validator(mode="after")
    def _nothing_vanishes(self) -> Self:
        if self.malware == "block" and not self.older_objects_are_tagged:
            raise ValueError(
                'malware = "block" refuses every original without a tag: deploy "hold", run `foveal scan adopt` until '
                "nothing is left to tag, then set older_objects_are_tagged = true"
            )
        return self


class Waf(Section):
    """A web ACL of AWS WAF before the CDN, in a stack of its own in us-east-1 (docs/deploy.md).

    It costs $9 a month and $0.60 for a million requests, those for media included. `delivery.web_acl_arn` attaches it.
    """

    mode: Literal["off", "count", "block"] = "off"
    """`count` lets everything pass and counts what `block` would refuse: look at the counts for a week first."""
    requests_per_5_minutes: Annotated[int, Field(ge=100, le=20_000_000)] = 10_000
    """Requests of one address within five minutes; more are refused. A gallery of thumbnails takes some hundred."""
    origin_key: Literal["off", "send", "demand"] = "off"
    """A secret header from the CDN to the API. With `demand` functions refuse calls without it, so that nobody passes
    by the web ACL; deploy `send` before, or calls fail until every edge location sends it."""
    origin_key_generations: Annotated[
        tuple[Annotated[int, Field(ge=1, le=9999)], ...], Field(min_length=1, max_length=4)
    ] = (1,)
    """Origin keys by number: the CDN sends the first one, functions accept all (docs/deploy.md)."""
