"""Delivery of private media: signed URLs and cookies, versions, deletion, audit records."""
