"""Transactions: one way to run one, with snapshot reads, majority writes, a time limit, and a reason when it fails."""

from collections.abc import Callable
from typing import Final, TypeVar

import pymongo
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import OperationFailure, PyMongoError, ServerSelectionTimeoutError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from foveal.database.client import Document
from foveal.database.error_codes import TRANSACTION_TOO_LARGE_FOR_CACHE, WRITE_CONFLICT
from foveal.errors import EntityTooLarge, Problem, ServiceUnavailable

Result = TypeVar("Result")
MAX_SECONDS: Final = 20
_UNSETTLED: Final = ("TransientTransactionError", "UnknownTransactionCommitResult")


def run_transaction(database: Database[Document], attempt: Callable[[ClientSession], Result]) -> Result:
    """Return the result of `attempt`, which is called again after a transient error.

    Raises ServiceUnavailable with the reason when it has not come to an end in time, EntityTooLarge when the server
    cannot hold its writes, other PyMongoErrors as they are.
    """
    transient: list[PyMongoError] = []

    def recorded(session: ClientSession) -> Result:
        try:
            return attempt(session)
        except ServerSelectionTimeoutError:
            raise _not_reachable() from None  # has waited already: another attempt would wait as long again
        except PyMongoError as error:
            transient.append(error)
            raise

    try:
        with pymongo.timeout(MAX_SECONDS), database.client.start_session() as session:
            return session.with_transaction(
                recorded, read_concern=ReadConcern("snapshot"), write_concern=WriteConcern("majority")
            )
    except PyMongoError as error:
        if _is(error, TRANSACTION_TOO_LARGE_FOR_CACHE):
            raise EntityTooLarge("The change is too large for one transaction; change less at a time.") from error
        if error.timeout or any(error.has_error_label(label) for label in _UNSETTLED):
            raise _unsettled([*transient, error]) from error
        raise


def _unsettled(errors: list[PyMongoError]) -> Problem:
    """Return the problem for a transaction whose attempts ended in these errors."""
    if any(_is(error, WRITE_CONFLICT) for error in errors):
        return ServiceUnavailable("Others are changing the same documents; read them again, then repeat the call.")
    if any(isinstance(error, OperationFailure) for error in errors):
        return ServiceUnavailable("The database did not finish the transaction in time; try again.")
    return _not_reachable()


def _not_reachable() -> ServiceUnavailable:
    return ServiceUnavailable("The catalog is not reachable for the moment; try again.")


def _is(error: PyMongoError, code: int) -> bool:
    return isinstance(error, OperationFailure) and error.code == code
