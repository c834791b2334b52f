"""A process that changes annotations and dies at its n-th message to MongoDB, unsent or already answered.

python -m tests.integration.catalog.annotations.killed_writer URI DATABASE ASSET_ID MESSAGE before|after
"""

import os
import sys
import threading
from datetime import UTC, datetime
from typing import Any

import pymongo.synchronous.pool

from foveal.catalog.annotations import writes
from foveal.catalog.annotations.operations import Create, Delete, Operation, Update
from foveal.catalog.author import Author
from foveal.database import client
from tests.integration.catalog.in_memory_masks import MemoryMasks

KILLED, FINISHED = 137, 0


def die_at(message: int, moment: str) -> None:
    """Count what this thread sends; monitors of the driver have threads of their own."""
    connection: Any = pymongo.synchronous.pool.Connection
    send, receive = connection.send_message, connection.receive_message
    writer, count = threading.get_ident(), 0

    def counted_send(self: Any, *arguments: Any) -> None:
        nonlocal count
        if threading.get_ident() == writer:
            count += 1
            if count == message and moment == "before":
                os._exit(KILLED)
        send(self, *arguments)

    def counted_receive(self: Any, *arguments: Any) -> Any:
        answer = receive(self, *arguments)
        if threading.get_ident() == writer and count == message:
            os._exit(KILLED)
        return answer

    connection.send_message, connection.receive_message = counted_send, counted_receive


def main(uri: str, name: str, asset_id: str, message: str, moment: str) -> None:
    database = client.connect(uri, name)
    present = list(database.annotations.find({"asset_id": asset_id}).sort("_id", 1))
    box = {"type": "detection", "field": "ground_truth", "label": "boat", "bbox": [0, 0, 0.5, 0.5], "confidence": 0.9}
    first, second = present[0], present[1]
    operations: list[Operation] = [
        Create(op="create", asset_id=asset_id, annotation=box),
        Update(op="update", annotation_id=first["_id"], revision=first["revision"], changes={"label": "ship"}),
        Delete(op="delete", annotation_id=second["_id"], revision=second["revision"]),
    ]
    die_at(int(message), moment)
    outcomes = writes.write(
        database, first["project"], Author("writer", datetime.now(UTC)), operations, masks=MemoryMasks()
    )
    assert all(isinstance(outcome, dict) for outcome in outcomes), outcomes


if __name__ == "__main__":
    main(*sys.argv[1:])
