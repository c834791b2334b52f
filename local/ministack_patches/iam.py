"""IAM: `aws:PrincipalArn` of a session is its role, not the session (IAM guide, "AWS global condition context keys").

iam_evaluator.py:202 gives the session's own ARN, so a bucket policy that spares one role by its ARN spared nobody.
"""

import re
from typing import Any, Final

USES: Final = {"ministack.core.iam_evaluator": ("_resolve_condition_key",)}
_SESSION: Final = re.compile(r"arn:([\w-]+):sts::(\d+):assumed-role/([^/]+)/.+")


def install() -> None:
    from ministack.core import iam_evaluator

    resolve = iam_evaluator._resolve_condition_key

    def resolve_condition_key(key: str, context: Any) -> Any:
        value = resolve(key, context)
        return role_of(value) if key.lower() == "aws:principalarn" and isinstance(value, str) else value

    iam_evaluator._resolve_condition_key = resolve_condition_key


def role_of(arn: str) -> str:
    """Return the ARN of a session's role; the emulator's roles have no path. Any other ARN stays as it is."""
    session = _SESSION.fullmatch(arn)
    return f"arn:{session[1]}:iam::{session[2]}:role/{session[3]}" if session else arn
