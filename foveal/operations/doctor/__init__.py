"""Examination of a deployed stage: checks that only read, and proofs that send a picture through it."""
