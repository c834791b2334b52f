"""Programs of a checkout: generators and locks that `make` runs. Not part of the product."""
