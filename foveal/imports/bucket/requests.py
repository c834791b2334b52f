"""Request of the import of a bucket."""

from typing import Annotated, Final

from pydantic import Field, model_validator

from foveal.validation.models import Model
from foveal.validation.values import Tags, Text

MAX_WORKERS: Final = 16
_BUCKET: Final = r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"
_MANIFEST: Final = r"^s3://" + _BUCKET + r"/[^\x00]{0,1000}manifest\.json$"


class BucketSource(Model):
    """A bucket to import: all keys below `prefix`, by a listing or by an S3 Inventory report.

    `inventory` is the address of a report's manifest.json. Each asset is called as the last part of its key, has the
    `tags` and, with `tags_from_path`, each folder below the prefix as a tag, and the whole key in the attribute
    `source_key`. Without `facts` objects are indexed and not read. `workers` share the data files of a report.
    """

    bucket: Annotated[str, Field(pattern=f"^{_BUCKET}$")]
    prefix: Text = ""
    inventory: Annotated[str, Field(pattern=_MANIFEST)] | None = None
    tags: Tags = Field(default_factory=list)
    tags_from_path: bool = False
    facts: bool = True
    workers: Annotated[int, Field(ge=1, le=MAX_WORKERS)] = 1

    @model_validator(mode="after")
    def _shared(self) -> "BucketSource":
        if self.workers > 1 and self.inventory is None:
            raise ValueError("workers: a listing is read by one worker; give inventory, or one import for each prefix")
        return self
