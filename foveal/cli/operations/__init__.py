"""Commands of operators about a deployed stage as a whole."""
