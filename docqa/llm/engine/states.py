"""Saved model states: the key/value cache of exact beginnings of prompts, in a folder.

Reading a long beginning takes a model minutes, loading its state a second. The child saves and
restores; the parent deletes what belongs to documents that go. Both may do so at the same time and
either may be killed at any moment: files appear by renaming, and everybody expects any of them to
vanish. Nothing here knows llama.cpp: reading and writing its data are functions that are passed in.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from docqa.llm.engine.state_file import (
    Check,
    DamagedState,
    StateKey,
    read_record,
    seal,
    token_hash,
    token_hashes,
    verify,
)

__all__ = ["QUOTA", "StateFiles", "StateKey", "forget", "sweep"]

QUOTA = 5 * 2**30
"""Bytes that all states of a workspace may take, where the disk has ten times as many."""
_SHARE = 10
"""States take at most one part in so many of the disk that would be free without them."""
_UNFINISHED = ".unfinished"
_GONE = "gone-"
_NAME = re.compile(r"([0-9a-f]{16})-([0-9]{1,9})-([0-9a-f]{32})\.state")

_logger = logging.getLogger(__name__)


def free_bytes(folder: Path) -> int:
    """Bytes that an ordinary user can still write where ``folder`` is."""
    return shutil.disk_usage(folder).free


def _go_on() -> None:
    """The check of a caller that never stops."""


class StateFiles:
    """The states of one model in one folder, which other models' states share."""

    def __init__(
        self,
        folder: Path,
        key: StateKey,
        quota: int = QUOTA,
        free: Callable[[Path], int] = free_bytes,
    ) -> None:
        """``quota`` is in bytes, for all states in ``folder``, which is made when first needed."""
        self._folder = folder
        self._key = key
        self._key_hash = _short_hash(key)
        self._quota = quota
        self._free = free

    def restore(
        self,
        tokens: Sequence[int],
        longer_than: int,
        load: Callable[[Path, int], bool],
        check: Check = _go_on,
    ) -> int:
        """Load the longest state of a beginning of ``tokens`` with more than ``longer_than``.

        Returns its length in tokens, or 0. ``load`` gets a verified file and its length, and says
        whether llama.cpp took it. Files that are not what their names say, or that ``load`` turns
        down, are deleted and the next shorter one is tried. ``check`` is called often while a file
        is verified, and may raise.
        """
        for length, name_hash in self._beginnings(tokens, longer_than):
            path = self._path(length, name_hash)
            if self._is_sound(path, length, name_hash, check) and load(path, length):
                _touch(path)
                return length
            _discard(path)
        return 0

    def save(
        self,
        tokens: Sequence[int],
        owners: Sequence[int],
        size: int,
        write: Callable[[Path], int],
        check: Check = _go_on,
    ) -> bool:
        """Save the state of ``tokens``; False where there is no room for it or a document is gone.

        ``owners`` are the documents whose text is in it. ``size`` is what it will take, in bytes;
        the least recently used states make room for it. ``write`` writes llama.cpp's data to an
        existing empty file and returns how many bytes it wrote (0: it failed). ``check`` is called
        before and often afterwards; whatever is raised leaves no file behind.
        """
        check()
        path = self._path(len(tokens), token_hash(tokens))
        known = _owners(path)
        if known is not None and known.issuperset(owners):
            _touch(path)
            return True
        everybody = {*owners, *(known or ())}
        try:
            return self._has_room(size) and self._save(path, tokens, everybody, write, check)
        except DamagedState:
            _logger.warning("A model state could not be saved: not all of it could be written.")
        except OSError as error:
            _logger.warning("A model state could not be saved: %s.", error.strerror)
        return False

    def _path(self, length: int, name_hash: str) -> Path:
        return self._folder / f"{self._key_hash}-{length}-{name_hash}.state"

    def _beginnings(self, tokens: Sequence[int], longer_than: int) -> list[tuple[int, str]]:
        """Lengths and hashes of the saved beginnings of ``tokens``, the longest first."""
        named = {(one.tokens, one.token_hash) for one in _scan(self._folder) if self._is_mine(one)}
        lengths = {length for length, _ in named if longer_than < length <= len(tokens)}
        found = [one for one in token_hashes(tokens, sorted(lengths)) if one in named]
        return found[::-1]

    def _is_mine(self, saved: _Saved) -> bool:
        return saved.key_hash == self._key_hash

    def _is_sound(self, path: Path, length: int, name_hash: str, check: Check) -> bool:
        try:
            verify(path, self._key, length, name_hash, check)
        except (DamagedState, OSError):
            return False
        return True

    def _has_room(self, size: int) -> bool:
        """Delete the least recently used states until ``size`` bytes more are within the quota.

        What is within it fits the disk, because it is a tenth of what is free without any states.
        """
        _make_folder(self._folder)
        saved = sorted(_scan(self._folder), key=lambda one: one.used)
        taken = sum(one.size for one in saved)
        quota = min(self._quota, (self._free(self._folder) + taken) // _SHARE)
        if size > quota:
            return False
        for one in saved:
            if taken + size <= quota:
                break
            if _discard(one.path):
                taken -= one.size
        return taken + size <= quota

    def _save(
        self,
        path: Path,
        tokens: Sequence[int],
        owners: set[int],
        write: Callable[[Path], int],
        check: Check,
    ) -> bool:
        descriptor, name = tempfile.mkstemp(_UNFINISHED, dir=self._folder)  # Mode 0600.
        os.close(descriptor)
        unfinished = Path(name)
        try:
            seal(unfinished, self._key, tokens, owners, write(unfinished), check)
            unfinished.replace(path)
        finally:
            _discard(unfinished)
        # The parent deletes a document's states after it has marked it as gone: a state that came
        # too late for that sees the mark.
        if any(_mark(self._folder, owner).exists() for owner in owners):
            _discard(path)
            return False
        return True


def forget(folder: Path, owners: Iterable[int]) -> None:
    """Delete all states with text of these documents, also those that are just being saved.

    For the parent. A file that is in use (on Windows) is left to :func:`sweep`, with a warning.
    """
    gone = set(owners)
    with contextlib.suppress(OSError):  # A full disk keeps nobody from deleting.
        _make_folder(folder)
        for owner in gone:
            _mark(folder, owner).touch(mode=0o600)
    _delete_where(folder, lambda known: not gone.isdisjoint(known))
    # Whose text is in a file that a killed child left, or that is just being written, nobody knows.
    _discard_unfinished(folder)


def sweep(folder: Path, living: Iterable[int]) -> None:
    """Delete what kills and crashes left, and all states with text of other than ``living``.

    For the parent that opens the workspace for writing, before it starts a child.
    """
    documents = set(living)
    _delete_where(folder, lambda known: not known <= documents)
    _discard_unfinished(folder)
    for name in _names(folder):
        if name.startswith(_GONE):
            _discard(folder / name)


def _discard_unfinished(folder: Path) -> None:
    for name in _names(folder):
        if name.endswith(_UNFINISHED):
            _discard(folder / name)


def _delete_where(folder: Path, belongs: Callable[[frozenset[int]], bool]) -> None:
    """Delete the states whose owners are such, or cannot be told."""
    for saved in _scan(folder):
        known = _owners(saved.path)
        if (known is None or belongs(known)) and not _discard(saved.path):
            _logger.warning("A saved model state is in use; it is deleted at the next start.")


@dataclass(frozen=True, slots=True)
class _Saved:
    """A file as its folder lists it; ``size`` in bytes, ``used`` in nanoseconds since 1970."""

    path: Path
    key_hash: str
    tokens: int
    token_hash: str
    size: int
    used: int


def _scan(folder: Path) -> Iterator[_Saved]:
    for name in _names(folder):
        matched = _NAME.fullmatch(name)
        if matched is None:
            continue
        path = folder / name
        with contextlib.suppress(OSError):  # It vanished.
            state = path.stat()
            key_hash, tokens, name_hash = matched.groups()
            yield _Saved(path, key_hash, int(tokens), name_hash, state.st_size, state.st_mtime_ns)


def _names(folder: Path) -> list[str]:
    """Names in a folder; none where it is missing or cannot be read."""
    try:
        return os.listdir(folder)  # noqa: PTH208 - Path.iterdir would make paths of all of them.
    except OSError:
        return []


def _owners(path: Path) -> frozenset[int] | None:
    """The documents whose text is in a state; None if there is none or it cannot be read."""
    try:
        return frozenset(read_record(path).owners)
    except (DamagedState, OSError):
        return None


def _discard(path: Path) -> bool:
    """Delete a file; False if it is still there, because it is in use or not ours."""
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return False
    return True


def _touch(path: Path) -> None:
    """Note that a state was used now (the clock of files itself ticks in 4 ms on Linux)."""
    now = time.time_ns()
    with contextlib.suppress(OSError):
        os.utime(path, ns=(now, now))


def _make_folder(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _mark(folder: Path, owner: int) -> Path:
    """The empty file that says that a document is gone; ids are never used again."""
    return folder / f"{_GONE}{owner}"


def _short_hash(key: StateKey) -> str:
    parts = "\0".join((key.model, key.library, key.parameters))
    return hashlib.blake2b(parts.encode("utf-8"), digest_size=8).hexdigest()
