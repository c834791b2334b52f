"""Drawing in a process of its own, with limits of memory and time that no decoder can escape."""
