"""Times of the server."""

from datetime import UTC, datetime

from bson.timestamp import Timestamp
from pymongo.database import Database

from foveal.database.client import Document


def operation_time(database: Database[Document]) -> Timestamp:
    """Return the cluster time of the server's newest operation."""
    time: Timestamp = database.command("ping")["operationTime"]
    return time


def instant_after(time: Timestamp) -> datetime:
    """Return the first whole second after a cluster time."""
    return datetime.fromtimestamp(time.time + 1, UTC)
