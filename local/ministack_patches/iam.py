"""IAM: policy variables, the role behind a session, and S3's condition keys of conditional writes.

- `aws:PrincipalArn` of a session is its role, not the session (IAM guide, "AWS global condition context keys").
  iam_evaluator.py:202 gives the session's own ARN, so a bucket policy that spares one role by its ARN spared nobody.
- `${aws:PrincipalTag/…}` in a resource is the value of that tag (IAM guide, "IAM policy elements: Variables and tags").
  iam_evaluator.py:152 compares the text of the variable, so a policy of devices allowed nothing.
- A wildcard covers line breaks too, which keys may hold; those of iam_evaluator.py:111 end at one.
- `s3:if-none-match` and `s3:ObjectCreationOperation` (S3 guide, "Enforce conditional writes"), and those of headers
  that choose storage class and key (Service Authorization Reference, S3): iam_actions.py:2056 has none of them.
- SQS has no actions of batches: `sqs:SendMessage` allows SendMessageBatch (Service Authorization Reference, SQS).
  iam_actions.py:761 asks for `sqs:SendMessageBatch`, which no policy allows.
- Tasks that move messages are allowed by their dead-letter queue, and a list of alarms by all alarms (Service
  Authorization Reference, SQS and CloudWatch): iam_actions.py:1129 and 1416 know no resource of theirs.
"""

import dataclasses
import functools
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

USES: Final = {
    "ministack.core.iam_evaluator": ("_resolve_condition_key", "_first_match", "_fnmatch_compile", "ParsedStatement"),
    "ministack.core.iam_actions": ("_action_from_target", "s3_service_context", "extract_resource_arn"),
}
HEADER_CONDITIONS: Final = (
    *("if-none-match", "x-amz-storage-class", "x-amz-server-side-encryption-customer-algorithm"),
)
BATCHES: Final = {f"{action}Batch": action for action in ("SendMessage", "DeleteMessage", "ChangeMessageVisibility")}
_SESSION: Final = re.compile(r"arn:([\w-]+):sts::(\d+):assumed-role/([^/]+)/.+")
_VARIABLE: Final = re.compile(r"\$\{([^}]+)\}")


def install() -> None:
    from ministack.core import iam_actions, iam_evaluator

    resolve, first_match = iam_evaluator._resolve_condition_key, iam_evaluator._first_match
    s3_context, action_of = iam_actions.s3_service_context, iam_actions._action_from_target
    extract_resource_arn = iam_actions.extract_resource_arn

    def resource_arn(service: str, method: str, path: str, headers: dict[str, str], body: bytes, *rest: Any) -> str:
        return named_resource(headers, body, *rest[-2:]) or str(
            extract_resource_arn(service, method, path, headers, body, *rest)
        )

    def resolve_condition_key(key: str, context: Any) -> Any:
        value = resolve(key, context)
        return role_of(value) if key.lower() == "aws:principalarn" and isinstance(value, str) else value

    def match_with_variables(context: Any, statements: Sequence[Any], effect: str) -> Any:
        expanded = [_expanded(each, lambda key: resolve_condition_key(key, context)) for each in statements]
        return first_match(context, expanded, effect)

    def context_with_conditional_writes(
        action: str, query: dict[str, Any] | None, path: str = "", headers: dict[str, str] | None = None
    ) -> dict[str, Any]:
        return {**s3_context(action, query, path, headers), **write_conditions(action, query or {}, headers or {})}

    def action_without_batches(headers: dict[str, str]) -> str | None:
        action: str | None = action_of(headers)
        return BATCHES.get(action or "", action)

    iam_actions._action_from_target = action_without_batches
    compiled = iam_evaluator._fnmatch_compile

    @functools.lru_cache(maxsize=4096)
    def compiled_for_any_text(pattern: str, ignore_case: bool) -> re.Pattern[str]:
        found = compiled(pattern, ignore_case)
        return re.compile(found.pattern.removesuffix("$") + r"\Z", found.flags | re.DOTALL)

    iam_evaluator._fnmatch_compile = compiled_for_any_text
    iam_evaluator._resolve_condition_key = resolve_condition_key
    iam_evaluator._first_match = match_with_variables
    iam_actions.extract_resource_arn = resource_arn
    iam_actions.s3_service_context = context_with_conditional_writes


def role_of(arn: str) -> str:
    """Return the ARN of a session's role; the emulator's roles have no path. Any other ARN stays as it is."""
    session = _SESSION.fullmatch(arn)
    return f"arn:{session[1]}:iam::{session[2]}:role/{session[3]}" if session else arn


def expanded_resources(resources: Sequence[str], value_of: Callable[[str], Any]) -> list[str]:
    """Return resources with the values of their variables; one with a variable that has no value is left out."""
    kept = []
    for resource in resources:
        values = {name: value_of(name) for name in _VARIABLE.findall(resource)}
        if all(isinstance(value, str) for value in values.values()):
            kept.append(_VARIABLE.sub(lambda found, values=values: values[found[1]], resource))  # type: ignore[misc]
    return kept


def named_resource(headers: Mapping[str, str], body: bytes, region: str, account_id: str) -> str | None:
    """Return the resource by which a task that moves messages, or a list of alarms, is allowed; None for others."""
    action = headers.get("x-amz-target", "").rpartition(".")[2]
    if action in ("StartMessageMoveTask", "ListMessageMoveTasks"):
        return str(json.loads(body).get("SourceArn", "*"))
    return f"arn:aws:cloudwatch:{region}:{account_id}:alarm:*" if action == "DescribeAlarms" else None


def write_conditions(action: str, query: dict[str, Any], headers: dict[str, str]) -> dict[str, str]:
    """Return S3's condition keys of a write; the beginning and the parts of an upload create no object."""
    if action != "s3:PutObject":
        return {}
    sent = {name.lower(): value for name, value in headers.items() if value}
    creates = "uploads" not in query and "partNumber" not in query
    stated = {f"s3:{name}": sent[name] for name in HEADER_CONDITIONS if name in sent}
    return {"s3:ObjectCreationOperation": str(creates).lower(), **stated}


def _expanded(statement: Any, value_of: Callable[[str], Any]) -> Any:
    """Return a statement with its variables replaced; without any resource left it matches nothing."""
    if not any("${" in resource for resource in statement.resources):
        return statement
    resources = expanded_resources(statement.resources, value_of)
    return dataclasses.replace(statement, resources=resources or ["arn:aws:none:::"])
