"""Which documents there are: adding, removing, watching folders."""

from docqa.library.adding import Library

__all__ = ["Library"]
