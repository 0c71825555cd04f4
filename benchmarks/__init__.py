"""The same work on Ferrule and its peers, side by side: `python -m benchmarks`."""
