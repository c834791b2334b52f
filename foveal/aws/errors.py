"""Errors of AWS calls. Their text holds the operation and the error code of AWS: no URL, key or secret.

AwsError
├── Unreachable              no response after all attempts
├── Throttled                throttled in all attempts
├── AccessDenied
├── NoSuchBucket, NoSuchKey, NoSuchUpload, NoSuchVersion
├── PreconditionFailed, ConditionalRequestConflict
├── InvalidArgument, InvalidPart, EntityTooSmall, BadDigest, InvalidRange, InvalidObjectState, MethodNotAllowed
└── ResourceNotFound         a secret or an event bus
"""

from typing import Final


class AwsError(Exception):
    """An error response; `code` and `status` are those of AWS."""

    def __init__(self, operation: str, code: str, status: int = 0) -> None:
        super().__init__(f"{operation}: {code}" + (f" ({status})" if status else ""))
        self.operation, self.code, self.status = operation, code, status


class Unreachable(AwsError):
    pass


class Throttled(AwsError):
    pass


class AccessDenied(AwsError):
    pass


class NoSuchBucket(AwsError):
    pass


class NoSuchKey(AwsError):
    pass


class NoSuchUpload(AwsError):
    pass


class NoSuchVersion(AwsError):
    pass


class PreconditionFailed(AwsError):
    pass


class ConditionalRequestConflict(AwsError):
    pass


class InvalidArgument(AwsError):
    """Of our requests: a version id that does not exist."""


class InvalidPart(AwsError):
    pass


class EntityTooSmall(AwsError):
    pass


class BadDigest(AwsError):
    pass


class InvalidRange(AwsError):
    pass


class InvalidObjectState(AwsError):
    pass


class MethodNotAllowed(AwsError):
    """Reading a delete marker by its version id."""


class ResourceNotFound(AwsError):
    pass


THROTTLING_CODES: Final = frozenset(
    {"SlowDown", "Throttling", "ThrottlingException", "ThrottledException", "TooManyRequestsException",
     "RequestLimitExceeded", "RequestThrottled", "BandwidthLimitExceeded"}
)  # fmt: skip
TRANSIENT_CODES: Final = THROTTLING_CODES | {
    "RequestTimeout", "InternalError", "InternalFailure", "InternalServiceError", "ServiceUnavailable",
}  # fmt: skip
_BY_CODE: Final[dict[str, type[AwsError]]] = {
    "AccessDenied": AccessDenied,
    "AccessDeniedException": AccessDenied,
    "NoSuchBucket": NoSuchBucket,
    "NoSuchKey": NoSuchKey,
    "NoSuchUpload": NoSuchUpload,
    "NoSuchVersion": NoSuchVersion,
    "PreconditionFailed": PreconditionFailed,
    "ConditionalRequestConflict": ConditionalRequestConflict,
    "InvalidArgument": InvalidArgument,
    "InvalidPart": InvalidPart,
    "InvalidPartOrder": InvalidPart,
    "EntityTooSmall": EntityTooSmall,
    "BadDigest": BadDigest,
    "InvalidRange": InvalidRange,
    "InvalidObjectState": InvalidObjectState,
    "MethodNotAllowed": MethodNotAllowed,
    "ResourceNotFoundException": ResourceNotFound,
}
# Responses to HEAD have no body, so only the status tells the error.
_BY_STATUS: Final[dict[int, type[AwsError]]] = {
    403: AccessDenied,
    404: NoSuchKey,
    405: MethodNotAllowed,
    412: PreconditionFailed,
    416: InvalidRange,
}


def error_of(operation: str, code: str, status: int) -> AwsError:
    """Return the typed error for an error code of AWS, or for the status when there is no code."""
    if code in THROTTLING_CODES:
        return Throttled(operation, code, status)
    kind = _BY_CODE.get(code) or (AwsError if code else _BY_STATUS.get(status, AwsError))
    return kind(operation, code or kind.__name__, status)
