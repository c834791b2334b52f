"""Commands for assets: find, look, bring out, change, remove."""
