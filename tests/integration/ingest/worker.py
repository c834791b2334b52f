"""Queue worker that acts as Lambda's poller: receives batches, calls the handler, deletes handled messages."""

import contextlib
import importlib.util
import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

HANDLER = Path(__file__).parents[3] / "functions" / "ingest" / "handler.py"
SECONDS = 60


def main() -> None:
    import boto3

    specification = importlib.util.spec_from_file_location("ingest_handler", HANDLER)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    queue, sqs = sys.argv[1], boto3.client("sqs", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
    context = SimpleNamespace(get_remaining_time_in_millis=lambda: SECONDS * 1000)
    while True:
        batch: list[Any] = sqs.receive_message(
            QueueUrl=queue,
            MaxNumberOfMessages=10,
            WaitTimeSeconds=1,
            MessageSystemAttributeNames=["ApproximateReceiveCount"],
        ).get("Messages", [])
        if not batch:
            continue
        records = [
            {"messageId": each["MessageId"], "body": each["Body"], "attributes": each["Attributes"]} for each in batch
        ]
        answer = module.handler({"Records": records}, context)
        failed = {each["itemIdentifier"] for each in answer["batchItemFailures"]}
        assert failed <= {each["MessageId"] for each in batch}
        for each in batch:
            if each["MessageId"] not in failed:
                with contextlib.suppress(sqs.exceptions.ReceiptHandleIsInvalid):  # received again meanwhile
                    sqs.delete_message(QueueUrl=queue, ReceiptHandle=each["ReceiptHandle"])


if __name__ == "__main__":
    main()
