"""Entry point of `python -m bench.catalog`; worker processes import `measure`, which they could not do with this."""

from bench.catalog.measure import main

if __name__ == "__main__":
    main()
