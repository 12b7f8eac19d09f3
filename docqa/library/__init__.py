"""Which documents there are: adding, removing, watching folders."""

from docqa.library.adding import Library
from docqa.library.watching import Watcher

__all__ = ["Library", "Watcher"]
