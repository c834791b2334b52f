"""The local stack: the very template of stage `dev`, deployed on this machine. See docs/local-stack.md."""
