"""Transactions: one way to run one, with snapshot reads, majority writes, a time limit, and a reason when it fails."""

from collections.abc import Callable
from typing import Final, TypeVar

import pymongo
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from foveal.database.client import Document
from foveal.errors import ServiceUnavailable

Result = TypeVar("Result")
MAX_SECONDS: Final = 20
_UNSETTLED: Final = ("TransientTransactionError", "UnknownTransactionCommitResult")


def run_transaction(database: Database[Document], attempt: Callable[[ClientSession], Result]) -> Result:
    """Return the result of `attempt`, which is called again after a transient error.

    Raises ServiceUnavailable when it has not come to an end in time, other PyMongoErrors as they are.
    """
    try:
        with pymongo.timeout(MAX_SECONDS), database.client.start_session() as session:
            return session.with_transaction(
                attempt, read_concern=ReadConcern("snapshot"), write_concern=WriteConcern("majority")
            )
    except PyMongoError as error:
        if error.timeout or any(error.has_error_label(label) for label in _UNSETTLED):
            raise ServiceUnavailable("Somebody else is writing to the same asset; read it, then try again.") from error
        raise
