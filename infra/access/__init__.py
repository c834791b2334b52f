"""Callers: the issuer of their tokens, and devices with credentials of their own."""
