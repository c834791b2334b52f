"""Public events: detail types with versioned JSON Schemas, contract tests for consumers, and the outbox.

Consumers import `foveal.events.contract`, which needs none of the packages that the outbox needs.
"""
