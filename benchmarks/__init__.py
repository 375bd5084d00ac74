"""Measurements against other writers: `python -m benchmarks`."""
