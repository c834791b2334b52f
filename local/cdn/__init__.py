"""What CloudFront does at its edge and MiniStack's data plane does not: signatures, and a cache."""
