"""Codes of MongoDB's server errors (MongoDB manual, "Error Codes")."""

from typing import Final

DUPLICATE_KEY: Final = 11_000
