"""Operation of a deployed stage: its examination, its bill, its behaviour as it grows, its queues and its drift."""
