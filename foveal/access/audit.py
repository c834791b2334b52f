"""Audit records: one for each call that gives access, changes something or is denied, in the function's log group.

A record names ids and versions, never a URL, a file name, an e-mail address or a token. The log group keeps them,
encrypted, for the time that the stage configures, and the function that writes them cannot delete them.
"""

from collections.abc import Iterable
from typing import Final, Literal

from aws_lambda_powertools import Logger

from foveal.stack_contract import AUDIT_SERVICE

Action = Literal[
    "read",
    "list_versions",
    "cookies",
    "sign_out",
    "revert",
    "restore",
    "retrieve",
    "delete",
    "delete_permanently",
    "list_members",
    "create_project",
    "invite",
    "grant",
    "revoke",
    "release",
    "rescan",
    "redrive",
    "reconcile",
    "denied",
]
_records: Final = Logger(service=AUDIT_SERVICE, level="INFO")  # independent of LOG_LEVEL: a record is not a message


def record_of(
    logger: Logger, action: Action, subject: str, project: str, asset_ids: Iterable[str], **facts: str | int | None
) -> None:
    """Write one record, under the request id that `logger` has. `facts` are ids, versions and counts."""
    about = {"action": action, "subject": subject, "project": project, "asset_ids": list(asset_ids), **facts}
    _records.info("audit", extra={"audit": about, "correlation_id": logger.get_correlation_id()})
