"""Codes of MongoDB's server errors (MongoDB manual, "Error Codes")."""

from typing import Final

DUPLICATE_KEY: Final = 11_000
WRITE_CONFLICT: Final = 112
TRANSACTION_TOO_LARGE_FOR_CACHE: Final = 357
