"""Malware scanning: a result of GuardDuty becomes state and tag of one version; before it nothing is delivered."""
