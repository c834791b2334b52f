"""The servers and objects of bench/probe.py."""
