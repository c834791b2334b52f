"""AWS Price List Bulk API: current public prices of a region, one JSON file for each service.

Source: AWS Billing user guide, "Reading the service price list files". A file has `publicationDate`, `products` by SKU
with `attributes.usagetype`, and `terms.OnDemand` by SKU with `priceDimensions` (`beginRange`, `endRange`,
`pricePerUnit.USD`).
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from foveal.operations.cost.price_list import Price, PriceList, with_tiers

ADDRESS: Final = "https://pricing.us-east-1.amazonaws.com"
Fetch = Callable[[str], bytes]
Tiers = tuple[tuple[float, float], ...]


class BulkApiError(ValueError):
    """A file of the Price List that has not the documented form."""


@dataclass(frozen=True, slots=True)
class Refreshed:
    """Result of a refresh: new prices, those of them that changed, and reasons for meters that stay as they were."""

    prices: PriceList
    changed: Mapping[str, tuple[Price, Price]]
    kept: Mapping[str, str]


def refresh(prices: PriceList, fetch: Fetch, region: str) -> Refreshed:
    """Return the prices with those of the Price List in place; `fetch` returns the bytes of a path.

    A price without `usage_type`, or one of which the list has none or several, stays. Raises BulkApiError.
    """
    found, changed, kept = dict(prices), dict[str, tuple[Price, Price]](), dict[str, str]()
    offers = dict[str, _Offer]()
    for meter, price in prices.items():
        if not price.usage_type:
            kept[meter] = "has no usage type in the list" if price.offer else "is not a price of AWS"
            continue
        if price.offer not in offers:
            path = f"/offers/v1.0/aws/{price.offer}/current/{region}/index.json"
            offers[price.offer] = _Offer(path, fetch(path))
        candidates = set(offers[price.offer].tiers(price.usage_type, price.per))
        if len(candidates) != 1:
            kept[meter] = f"the list has {len(candidates) or 'no'} prices of {price.usage_type}"
            continue
        (tiers,) = candidates
        source, published = f"Price List {price.offer}", offers[price.offer].published
        found[meter] = with_tiers(price, tiers, source, published)
        if tiers != price.tiers:
            changed[meter] = (price, found[meter])
    return Refreshed(PriceList(found), changed, kept)


class _Offer:
    """Price list file of a service."""

    def __init__(self, path: str, content: bytes) -> None:
        try:
            told = json.loads(content)
            self.published = date.fromisoformat(told["publicationDate"][:10])
            self._products: Mapping[str, Any] = told["products"]
            self._terms: Mapping[str, Any] = told["terms"]["OnDemand"]
        except (ValueError, KeyError, TypeError) as error:
            raise BulkApiError(f"{path} is no price list file: {error!r}") from None
        self._path = path

    def tiers(self, usage_type: str, per: float) -> Iterator[Tiers]:
        """Yield the tiers of each product with this usage type; a prefix of a region (`EUC1-`) is passed over."""
        for sku, product in self._products.items():
            name = str(product.get("attributes", {}).get("usagetype", ""))
            if name == usage_type or (name.partition("-")[2] == usage_type and name.partition("-")[0].isupper()):
                for term in self._terms.get(sku, {}).values():
                    try:
                        yield _tiers(term["priceDimensions"].values(), per)
                    except (KeyError, TypeError, ValueError) as error:
                        raise BulkApiError(f"{self._path}: {sku}: {error!r}") from None


def _tiers(dimensions: Any, per: float) -> Tiers:
    rows = sorted((float(each["beginRange"]), each["endRange"], each["pricePerUnit"]["USD"]) for each in dimensions)
    return tuple(
        (float("inf") if end == "Inf" else float(end), round(float(price) * per, 12)) for _, end, price in rows
    )
