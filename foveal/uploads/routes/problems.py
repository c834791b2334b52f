"""Problems of begin and complete: several routes do the same and fail in the same ways."""

from typing import Final

from foveal.errors import (
    ChecksumMismatch,
    Conflict,
    EntityTooLarge,
    EntityTooSmall,
    IdempotencyConflict,
    IncompleteUpload,
    InvalidChecksum,
    InvalidPart,
    InvalidRequest,
    NoSuchUpload,
    Problem,
    QuotaExceeded,
    ServiceUnavailable,
    UnsupportedMediaType,
    UploadInProgress,
)

BEGIN_PROBLEMS: Final[tuple[type[Problem], ...]] = (
    InvalidRequest,
    InvalidChecksum,
    NoSuchUpload,
    IdempotencyConflict,
    UploadInProgress,
    EntityTooLarge,
    UnsupportedMediaType,
    QuotaExceeded,
    ServiceUnavailable,
)
"""A replay can find its upload forgotten meanwhile (NoSuchUpload), or its completion under way."""

COMPLETE_PROBLEMS: Final[tuple[type[Problem], ...]] = (
    IncompleteUpload,
    InvalidPart,
    EntityTooSmall,
    Conflict,
    ChecksumMismatch,
    UploadInProgress,
)
