"""Decoding: bytes of any medium to an upright sRGB picture."""
