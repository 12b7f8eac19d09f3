"""A server of the person's own in place of llama.cpp in a child: the same protocol."""

from docqa.llm.remote.model import RemoteModel

__all__ = ["RemoteModel"]
