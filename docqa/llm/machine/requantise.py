"""A copy of a model's weights in a format that this processor computes faster. In the child only.

For some formats llama.cpp has no kernels that multiply many tokens at once: reading a prompt then
costs as much a token as writing. The starter is such a model. Copies of it, measured with one and
with two threads on two cores with AVX-512 (medians of 12, in turns; tokens a second):

| weights | reads, 1 thread | 2 threads | writes, 1 | 2 | divergence | same first choice |
|---|---|---|---|---|---|---|
| Q4_1 (the original) | 182 | 315 | 91 | 115 | 0 | 1 |
| Q8_0 | 417 | 697 | 121 | 137 | 0.007 | 0.94 |
| Q4_0 | 522 | 806 | 173 | 171 | 0.32 | 0.62 |

So the copy is Q8_0: a fourth of the bits of Q4_1 cannot be kept in Q4_0, and the model would
become another one. Q8_0 takes 1.7 times the memory of Q4_1, which slows writing where memory is the
limit (large models); so both are measured before the copy is used.
"""

from __future__ import annotations

import contextlib
import ctypes
import math
import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

from docqa.errors import DocqaError
from docqa.llm.formats.gguf import Header, read_header
from docqa.llm.machine.threads import Speed
from docqa.llm.machine.tuning import Weights

_Q4_1, _Q5_0, _Q5_1 = 3, 6, 7
_SLOW = frozenset({_Q4_1, _Q5_1})
"""Formats, by their numbers in a GGUF, without kernels for many tokens on any processor.

With AVX-512 they read prompts at 0.42 and 0.38 of the speed of Q8_0; all others reach 0.77 to 2.0.
"""
_SLOW_ON_ARM = _SLOW | {_Q5_0}
"""Q5_0 has such kernels on x86 only (there 0.84)."""
_ARM = frozenset({"arm64", "aarch64"})
_LARGEST = 3 * 2**30
"""Bytes of the largest file that is tried. The starter (98 MB) takes 1.2 s with one thread, 3 GiB
thus 40 s; beyond that the copy would hardly ever write as fast as the original."""
_Q8_0_BYTES = 34 / 32
"""Bytes of a weight in Q8_0."""
_SPARE_DISK = 2**30
"""Bytes that stay free on the disk."""
_BUFFER = 64 * 2**20
"""Bytes of the buffer for converting (llama.cpp's default of 8 GiB takes a whole tensor)."""
_READS_FASTER, _WRITES_SLOWER = 1.3, 0.9
"""How many times faster a copy must read, and how much slower it may write, to be used.

A little is not worth its memory and its place on the disk, and writing is what a person watches.
"""
_Q8_0_FILE = 7
_ENDING, _UNFINISHED = "-q8_0.gguf", ".new"
_LOOK = 0.02
"""Seconds between two looks whether to stop."""
_ABANDONED = 24 * 3600
"""Seconds after which an unfinished copy is nobody's any more."""


def worth_trying(header: Header, machine: str) -> bool:
    """Whether a copy might be faster: most weights have a slow format, and the file is not large.

    ``machine`` is the kind of processor as :func:`platform.machine` names it.
    """
    slow = _SLOW_ON_ARM if machine.casefold() in _ARM else _SLOW
    slow_bytes = sum(tensor.bytes for tensor in header.tensors if tensor.kind in slow)
    return header.size <= _LARGEST and slow_bytes > header.weight_bytes / 2


def choose_weights(original: Speed, copy: Speed) -> Weights:
    """Which of both to use from now on."""
    pays = (
        copy.prefill >= _READS_FASTER * original.prefill
        and copy.decoding >= _WRITES_SLOWER * original.decoding
    )
    return "q8_0" if pays else "original"


def copy_path(cache: Path, identity: str) -> Path:
    """Where the copy of the model with this identity lies."""
    return cache / "models" / f"{identity}{_ENDING}"


def as_copied(header: Header) -> Header:
    """What the copy's header says, at most: some tensors keep their format."""
    tensors = tuple(
        replace(one, bytes=max(one.bytes, math.ceil(math.prod(one.shape) * _Q8_0_BYTES)))
        for one in header.tensors
    )
    return replace(
        header,
        size=header.size - header.weight_bytes + sum(one.bytes for one in tensors),
        tensors=tensors,
    )


def stamp(copy: Path) -> str | None:
    """What changes whenever the copy does, or None where there is no whole one.

    Reading gigabytes again at each start would take longer than loading them. So a copy is trusted
    as the original is: by its size and the time of its last change.
    """
    try:
        state = copy.stat()
    except OSError:
        return None
    return f"{state.st_size}|{state.st_mtime_ns}" if is_whole(copy) else None


def remove_copies(cache: Path, keep: Collection[str]) -> None:
    """Remove the copies of all models but those with the identities ``keep``.

    And what a process left that was killed while it made one.
    """
    for copy in (cache / "models").glob(f"*{_ENDING}*"):
        # Where another docqa uses it, Windows refuses; the next start tries again.
        with contextlib.suppress(OSError):
            if copy.suffix == _UNFINISHED:
                unused = copy.stat().st_mtime < time.time() - _ABANDONED
            else:
                unused = copy.name.removesuffix(_ENDING) not in keep
            if unused:
                copy.unlink()


def conversions() -> int:
    """How many copies this process makes at this moment, each on one core."""
    return sum(isinstance(thread, _Conversion) for thread in threading.enumerate())


def requantise(
    native: Any, source: Path, target: Path, raise_if_stopped: Callable[[], None]
) -> None:
    """Write the copy of ``source`` in Q8_0 to ``target``, unless it is there already.

    ``native`` is the module of llama.cpp's functions. Metadata stay as they are. llama.cpp cannot
    be stopped in this, so a thread of its own does it, on one core: when ``raise_if_stopped``
    raises, the copy is still finished, and is there the next time. Raises DocqaError when there is
    no room or the copy fails.
    """
    if is_whole(target):
        return
    conversion = _running(target)
    if conversion is None:
        _require_room(source, target)
        conversion = _Conversion(native, source, target)
        conversion.start()
    while conversion.is_alive():
        conversion.join(_LOOK)
        raise_if_stopped()
    if conversion.trouble:
        raise DocqaError(
            f"A faster copy of the model {source.stem} could not be made ({conversion.trouble}); "
            "the model is used as it is."
        )


def is_whole(path: Path) -> bool:
    """Whether a copy is there and complete."""
    try:
        return bool(read_header(path).tensors)
    except DocqaError:
        return False


class _Conversion(threading.Thread):
    """Makes the copy under another name, looks whether it is complete, and puts it in place."""

    def __init__(self, native: Any, source: Path, target: Path) -> None:
        super().__init__(name="requantise", daemon=True)
        self._native = native
        self._source = source
        self.target = target
        self.trouble = ""

    def run(self) -> None:
        fresh = self.target.with_name(f"{self.target.name}.{os.getpid()}{_UNFINISHED}")
        try:
            self._convert(fresh)
            if self.trouble:
                return
            if not is_whole(fresh):
                self.trouble = "the copy is incomplete"
                return
            _flush(fresh)
            fresh.replace(self.target)
        except OSError as error:
            self.trouble = error.strerror or type(error).__name__
        finally:
            with contextlib.suppress(OSError):
                fresh.unlink(missing_ok=True)

    def _convert(self, fresh: Path) -> None:
        parameters = self._native.llama_model_quantize_default_params()
        parameters.ftype = _Q8_0_FILE
        parameters.allow_requantize = True
        parameters.nthread = 1
        parameters.max_buf_size = _BUFFER
        status = self._native.llama_model_quantize(
            os.fsencode(self._source), _written_name(fresh), ctypes.byref(parameters)
        )
        if status != 0:
            self.trouble = "llama.cpp refused it or the disk is full"


def _running(target: Path) -> _Conversion | None:
    """The thread that still writes this copy, since the one who waited for it was stopped."""
    for thread in threading.enumerate():
        if isinstance(thread, _Conversion) and thread.target == target:
            return thread
    return None


def _written_name(path: Path) -> bytes:
    """A path as llama.cpp wants it for writing; raises OSError where there is no way to say it."""
    if sys.platform == "win32":
        # It opens files for reading by UTF-8 names, but for writing by names in the code page.
        try:
            return str(path).encode("mbcs", "strict")
        except UnicodeEncodeError as error:
            raise OSError(0, "llama.cpp cannot write to a folder of this name") from error
    else:
        return os.fsencode(path)


def _require_room(source: Path, target: Path) -> None:
    """Make the folder; raise DocqaError when the disk has no room for the copy."""
    wanted = as_copied(read_header(source)).size + _SPARE_DISK
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(target.parent).free
    except OSError as error:
        raise DocqaError(
            f"A faster copy of the model {source.stem} cannot be kept in {target.parent} "
            f"({error.strerror}); the model is used as it is."
        ) from error
    if free < wanted:
        raise DocqaError(
            f"A faster copy of the model {source.stem} needs {wanted / 2**30:.1f} GB of free disk "
            f"space in {target.parent}; the model is used as it is."
        )


def _flush(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
