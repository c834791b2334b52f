"""Search: filters, compiled to MongoDB, and pages of assets."""
