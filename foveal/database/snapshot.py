"""Snapshot reads: the name of a derivative and its annotations are read at one moment."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Self

from pymongo.client_session import ClientSession
from pymongo.command_cursor import CommandCursor
from pymongo.cursor import Cursor
from pymongo.database import Database

from foveal.database.client import Document


class Snapshot:
    """Reads of a database that see an edit whole or not at all (MongoDB manual, "Read Concern snapshot")."""

    def __init__(self, database: Database[Document], session: ClientSession) -> None:
        self._database, self._session = database, session

    @classmethod
    @contextmanager
    def of(cls, database: Database[Document]) -> Iterator[Self]:
        """Yield the database as it is at the first read inside the block; it can be read for some minutes."""
        with database.client.start_session(snapshot=True) as session:
            yield cls(database, session)

    def find(self, collection: str, query: Document) -> Cursor[Document]:
        return self._database[collection].find(query, session=self._session)

    def find_one(self, collection: str, query: Document) -> Document | None:
        return self._database[collection].find_one(query, session=self._session)

    def aggregate(self, collection: str, stages: Sequence[Document]) -> CommandCursor[Document]:
        return self._database[collection].aggregate(stages, session=self._session)

    def count(self, collection: str, query: dict[str, Any]) -> int:
        return self._database[collection].count_documents(query, session=self._session)
