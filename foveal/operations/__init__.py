"""Operation of a deployed stage: its examination, its bill, and its behaviour as it grows."""
