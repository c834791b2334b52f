"""Signatures that AWS checks: SigV4, POST policies, CloudFront."""
