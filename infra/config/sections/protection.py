"""Settings of protection by services that are billed by use: malware scans."""

from typing import Literal, Self

from pydantic import model_validator

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
