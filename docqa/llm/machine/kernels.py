"""Which of llama.cpp's kernels for processors suit a model's weights. Used in the child only.

It can lay weights out anew when it loads them, for kernels that take four or eight rows of a matrix
at once. They then lie in memory a second time beside the mapped file, or, if the file is read
instead of mapped, loading takes ten seconds instead of none. Measured with a model of Mistral-7B's
shape in Q4_K_M on two cores with AVX-512 (tokens a second):

| weights   | load   | reads | writes | 16 replies in step | peak memory |
|-----------|--------|-------|--------|--------------------|-------------|
| laid anew | 4-18 s | 21    | 8.7    | 17                 | 7.7 GB      |
| as mapped | 0.2 s  | 35    | 7.4    | 19                 | 4.5 GB      |
"""

from __future__ import annotations

from docqa.llm.formats.gguf import Header

_K_QUANTS = frozenset({10, 11, 12, 13, 14})
"""Formats, by their numbers in a GGUF, that have fast kernels of their own on x86 as they are."""
_X86 = frozenset({"x86_64", "amd64", "i386", "i686", "x86"})


def lays_out_anew(header: Header, machine: str) -> bool:
    """Whether the weights should be laid out anew for the processor.

    ``machine`` is the kind of processor as :func:`platform.machine` names it.
    """
    fast_as_they_are = sum(one.bytes for one in header.tensors if one.kind in _K_QUANTS)
    return machine.casefold() not in _X86 or fast_as_they_are <= header.weight_bytes / 2
