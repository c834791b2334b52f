"""Requests for a version: what it holds, and how it is split."""

from typing import Annotated, Any, Final, Self

from pydantic import Field, model_validator

from foveal.catalog.search import search
from foveal.catalog.search.filters import Filter
from foveal.validation.models import Model, validated
from foveal.validation.values import Slug, Text

MAX_IDS: Final = 20_000
MAX_SPLITS: Final = 20
SHARES_TOLERANCE: Final = 1e-6
GROUP_BY: Final = r"^(asset|attribute:\w[\w -]{0,63}|tag:[^\x00]{1,256})$"


class SplitRequest(Model):
    """A split by hash of group and seed; equal checksums are always one group."""

    shares: Annotated[
        dict[Slug, Annotated[float, Field(ge=0, le=1, allow_inf_nan=False, strict=False)]] | None,
        Field(
            min_length=1,
            max_length=MAX_SPLITS,
            description="The share of each split; they add up to 1. Without them, those of `keep_from`.",
            examples=[{"train": 0.8, "val": 0.1, "test": 0.1}],
        ),
    ] = None
    seed: Text = "0"
    group_by: Annotated[
        str,
        Field(
            pattern=GROUP_BY,
            description="Group that stays in one split: `asset`, `attribute:NAME` (assets with one value), or "
            "`tag:PREFIX` (assets with one tag that begins so).",
        ),
    ] = "asset"
    stratify: Annotated[bool, Field(description="Keep the shares of each label, by groups, rarest label first.")] = (
        False
    )
    keep_from: Annotated[
        int | None, Field(ge=1, description="An earlier version of this data set, whose assets stay in their splits.")
    ] = None

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if self.shares is None and self.keep_from is None:
            raise ValueError('needs shares, for example {"train": 0.8, "val": 0.2}, or keep_from')
        if self.shares is not None and abs(sum(self.shares.values()) - 1) > SHARES_TOLERANCE:
            raise ValueError(f"shares: add up to {sum(self.shares.values()):g}, they have to add up to 1")
        return self


class VersionRequest(Model):
    """A version of a data set: by a filter and a view, or by ids; without any of them all ready assets."""

    description: Text | None = None
    filter: Filter | None = None
    view: Annotated[Slug | None, Field(description="A saved view, whose filter must hold as well.")] = None
    asset_ids: Annotated[list[str] | None, Field(min_length=1, max_length=MAX_IDS)] = None
    split: SplitRequest | None = None

    @model_validator(mode="after")
    def _one_choice(self) -> Self:
        if self.asset_ids is not None and (self.filter is not None or self.view is not None):
            raise ValueError("asset_ids stand alone: send either them, or a filter or view")
        return self


def parse(raw: Any) -> VersionRequest:
    """Return the request in a body. Raises InvalidRequest, naming the field that is wrong."""
    search.bounded(raw)
    request = validated(VersionRequest, raw)
    search.check_conditions(request.filter)
    return request
