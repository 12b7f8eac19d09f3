"""The measures of bench_engine.py, each a function from a Rig to rows of its table."""
