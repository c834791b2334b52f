"""SQS: StartMessageMoveTask, with which a dead-letter queue is driven back (sqs.py:1187 does not know it)."""

import time
import uuid
from typing import Any, Final

USES: Final = {"ministack.services.sqs": ("_HANDLERS", "_queues", "_act_send_message", "_Err")}


def install() -> None:
    from ministack.services import sqs

    tasks: dict[str, list[dict[str, Any]]] = {}

    def start(request: dict[str, Any], _url: str) -> dict[str, Any]:
        source_arn = request["SourceArn"]
        queues = {queue["attributes"].get("QueueArn"): (url, queue) for url, queue in sqs._queues.items()}
        if source_arn not in queues:
            raise sqs._Err("ResourceNotFoundException", "The resource that you specified doesn't exist.")
        redriving = (
            arn for arn, (_, each) in queues.items() if source_arn in str(each["attributes"].get("RedrivePolicy"))
        )
        target_arn = request.get("DestinationArn") or next(redriving, None)
        if target_arn not in queues:
            raise sqs._Err("InvalidParameterValue", "No queue has this one as its dead-letter queue: name one.")
        target_url, source, now, moved = queues[target_arn][0], queues[source_arn][1], time.time(), 0
        for message in [each for each in source["messages"] if each.get("visible_at", 0) <= now]:
            source["messages"].remove(message)
            attributes = message.get("message_attributes") or {}
            sqs._act_send_message({"MessageBody": message["body"], "MessageAttributes": attributes}, target_url)
            moved += 1
        task = {"TaskHandle": uuid.uuid4().hex, "Status": "COMPLETED", "SourceArn": source_arn}
        counts = {"ApproximateNumberOfMessagesMoved": moved, "ApproximateNumberOfMessagesToMove": 0}
        tasks.setdefault(source_arn, []).insert(0, {**task, **counts, "StartedTimestamp": int(now * 1000)})
        return {"TaskHandle": task["TaskHandle"]}

    def listed(request: dict[str, Any], _url: str) -> dict[str, Any]:
        return {"Results": tasks.get(request["SourceArn"], [])[: int(request.get("MaxResults", 1))]}

    sqs._HANDLERS.setdefault("StartMessageMoveTask", start)
    sqs._HANDLERS.setdefault("ListMessageMoveTasks", listed)
