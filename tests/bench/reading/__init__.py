"""The measures of bench_reading.py."""
