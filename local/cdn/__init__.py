"""CloudFront's edge, as far as MiniStack's data plane lacks it: signatures and a cache."""
