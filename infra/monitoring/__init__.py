"""Alarms, the topic that they notify, the dashboard, and the saved query of audit records."""
