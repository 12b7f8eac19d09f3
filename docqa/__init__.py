"""docqa: ask your PDFs, on your own computer, with answers prepared while you sleep."""

__version__ = "0.1.0"
