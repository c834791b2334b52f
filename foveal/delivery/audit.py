"""Who was given access to what, and when: one structured record for each decision, in the function's own log group.

A record names ids and versions, never a URL, a file name or a token. The log group keeps them as long as the stage
says, encrypted, and the function that writes them cannot take them back.
"""

from collections.abc import Iterable
from typing import Final, Literal

from aws_lambda_powertools import Logger

Action = Literal[
    "read",
    "list_versions",
    "cookies",
    "sign_out",
    "revert",
    "restore",
    "delete",
    "delete_permanently",
    "restore_archived",
]
_logger: Final = Logger(service="audit", level="INFO")  # whatever LOG_LEVEL says: a record is not a message


def record(
    action: Action,
    *,
    subject: str,
    project: str,
    request_id: str,
    asset_ids: Iterable[str] = (),
    **facts: str | int | None,
) -> None:
    """Write one record. `facts` are ids, versions and counts."""
    _logger.info(
        "audit",
        extra={
            "audit": {
                "action": action,
                "subject": subject,
                "project": project,
                "request_id": request_id,
                "asset_ids": list(asset_ids),
                **facts,
            }
        },
    )
