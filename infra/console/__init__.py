"""Hosting of the console: its files, its paths and headers, its sign-in."""
