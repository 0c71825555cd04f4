"""What the fabricated extensions are copied from: see `benchmarks.starts`."""
