"""Services of the catalog's routes: database, keys, stores and publishers, made on first use."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pymongo.database import Database

from foveal.catalog.annotations.rasters.mask_objects import MaskStore
from foveal.catalog.vectors.engine import Engine
from foveal.database.client import Document


@dataclass(frozen=True, slots=True)
class Services:
    """Providers of the clients and keys that the routes use."""

    database: Callable[[], Database[Document]]
    token_key: Callable[[], bytes]
    engine: Callable[[], Engine]
    masks: Callable[[], MaskStore]
    publish_events: Callable[[Iterable[str]], None]
    """Publishes the pending events of assets that have just been annotated; raises nothing."""
