"""The catalog's routes: parse, one call into the domain, shape the answer. One file for each kind of thing."""

from collections.abc import Callable
from dataclasses import dataclass

from pymongo.database import Database

from foveal.mongo import Document


@dataclass(frozen=True, slots=True)
class Services:
    """What the routes work with, made on first use."""

    database: Callable[[], Database[Document]]
    token_key: Callable[[], bytes]
