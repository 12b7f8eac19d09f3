"""Passwords of protected files: known while docqa runs, kept in the keyring on request."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfWriter

from docqa.ingest.events import ReadFile
from docqa.ingest.files import wants_password
from docqa.ingest.ocr.events import ReadScan
from docqa.library import Library
from docqa.library.passwords import Passwords
from docqa.library.reading import Unlocked
from docqa.library.system_keyring import KeyringTrouble, SystemKeyring
from docqa.model import Added
from docqa.process import Cancel

CATS = "Cats sleep on the roof of the school. Their bowl is filled every morning by Ann."
DOGS = "Dogs guard the gate of the old mill. Nobody has ever seen them asleep at noon."


@pytest.fixture
def use() -> Iterator[Callable[[Any], Any]]:
    """Lets keyring use a backend for this test; it is given a priority, so that it counts."""
    keyring = pytest.importorskip("keyring")
    before = keyring.get_keyring()

    def use_backend(backend: Any) -> Any:
        keyring.set_keyring(backend)
        return backend

    yield use_backend
    keyring.set_keyring(before)


def in_memory(
    get: Callable[[], None] = lambda: None, set: Callable[[], None] = lambda: None
) -> Any:
    """A keyring in memory; ``get`` and ``set`` are called before it answers."""
    backend = pytest.importorskip("keyring.backend")

    class InMemory(backend.KeyringBackend):
        priority = 1

        def __init__(self):
            super().__init__()
            self.kept = {}

        def get_password(self, service, username):
            get()
            return self.kept.get((service, username))

        def set_password(self, service, username, password):
            set()
            self.kept[service, username] = password

        def delete_password(self, service, username):
            del self.kept[service, username]

    return InMemory()


def locked() -> Any:
    """A keyring that the person does not unlock."""
    errors = pytest.importorskip("keyring.errors")

    def refuse():
        raise errors.KeyringLocked("no")

    return in_memory(refuse, refuse)


@pytest.fixture
def secret(make_pdf) -> Path:
    return make_pdf([CATS], "secret.pdf", "open sesame")


def add(library: Library, path: Path, password: str | None = None, *, remember=False) -> Added:
    *_, added = library.add([path], password, Cancel(), remember=remember)
    assert isinstance(added, Added)
    return added


def test_whether_a_file_wants_a_password():
    said = '"password.pdf" is protected; add it again together with its password.'
    assert wants_password(Path("/password.pdf"), said)
    assert not wants_password(Path("/password.pdf"), '"password.pdf" is damaged.')
    assert not wants_password(Path("/password.pdf"), None)
    assert wants_password(Path("/b.pdf"), 'The password does not open "b.pdf"; check it.')
    missing = Path("/my passwords/a.pdf")
    assert not wants_password(missing, f'"{missing}" does not exist; check the name.')


def test_a_file_that_opens_with_the_empty_password_just_opens(use, library, make_pdf, tmp_path):
    use(locked())
    writer = PdfWriter(clone_from=make_pdf([CATS]))
    writer.encrypt("", "owner", algorithm="AES-256")
    writer.write(tmp_path / "open.pdf")
    assert add(library, tmp_path / "open.pdf", "some other password").status == "ready"


def test_a_password_is_known_while_docqa_runs_and_nowhere_kept(
    use, store, search, reader, library, secret
):
    kept = use(in_memory()).kept
    added = add(library, secret, "open sesame")
    assert added.status == "ready"
    assert library.password_of(added.id) == "open sesame"
    assert library.password_of(99) is None
    assert kept == {}
    assert Library(store, search, reader).password_of(added.id) is None


def test_a_password_that_the_person_wants_kept(use, store, search, reader, library, secret):
    kept = use(in_memory()).kept
    added = add(library, secret, "open sesame", remember=True)
    assert kept == {("docqa", store.documents.get(added.id).sha256): "open sesame"}
    later = Library(store, search, reader)
    assert later.password_of(added.id) == "open sesame"
    later.remove([added.id])
    assert kept == {}
    assert later.password_of(added.id) is None


def test_a_kept_password_opens_the_file_when_it_changes(
    use, store, search, reader, library, secret, make_pdf
):
    kept = use(in_memory()).kept
    added = add(library, secret, "open sesame", remember=True)
    make_pdf([DOGS], "secret.pdf", "open sesame")
    later = Library(store, search, reader)
    changed = add(later, secret)
    assert (changed.id, changed.status, changed.problem) == (added.id, "ready", None)
    assert list(kept) == [("docqa", store.documents.get(added.id).sha256)]
    assert Library(store, search, reader).password_of(added.id) == "open sesame"


def test_files_without_a_password_ask_no_keyring(use, library, make_pdf):
    use(in_memory(lambda: pytest.fail("asked"), lambda: pytest.fail("asked")))
    added = add(library, make_pdf([CATS]), "a password for another file", remember=True)
    assert (added.status, added.problem) == ("ready", None)
    assert library.password_of(added.id) is None
    library.remove([added.id])


def test_a_locked_keyring_is_one_sentence(use, library, secret):
    use(locked())
    protected = add(library, secret)
    assert (protected.status, protected.id) == ("failed", None)
    added = add(library, secret, "open sesame", remember=True)
    assert added.status == "ready"
    assert added.problem == (
        "The password was not kept: the system's keyring is locked; docqa will ask for it again."
    )


def test_no_keyring_on_this_computer(use, library, secret):
    use(pytest.importorskip("keyring.backends.fail").Keyring())
    added = add(library, secret, "open sesame", remember=True)
    assert "keyring is missing on this computer" in str(added.problem)


def test_the_extra_is_not_installed(library, secret, monkeypatch):
    monkeypatch.setitem(sys.modules, "keyring", None)
    added = add(library, secret, "open sesame", remember=True)
    assert "keyring is not installed" in str(added.problem)


def test_a_keyring_that_hangs_is_not_waited_for_twice(use):
    go_on = threading.Event()
    use(in_memory(lambda: go_on.wait(30)))
    system = SystemKeyring(patience=0.05)
    with pytest.raises(KeyringTrouble, match="does not answer"):
        system.get("x")
    go_on.set()
    with pytest.raises(KeyringTrouble, match="does not answer"):
        system.get("x")
    assert Passwords(system).of("x") is None


def test_whether_there_is_a_keyring(use, monkeypatch):
    use(in_memory())
    assert SystemKeyring().is_there()
    use(pytest.importorskip("keyring.backends.fail").Keyring())
    assert not SystemKeyring().is_there()
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert not SystemKeyring().is_there()


def test_a_password_can_be_kept_later(use, store, search, reader, library, secret):
    kept = use(in_memory()).kept
    added = add(library, secret, "open sesame")
    assert library.keep_password(added.id, "open sesame") is None
    assert list(kept.values()) == ["open sesame"]
    assert Library(store, search, reader).password_of(added.id) == "open sesame"
    use(locked())
    assert "keyring is locked" in str(library.keep_password(added.id, "open sesame"))


def test_no_keyring_is_asked_for_what_was_never_kept(use, library, secret):
    """It would ask the person to unlock it, at each look at a watched folder."""
    asked: list[str] = []
    use(in_memory(lambda: asked.append("get"), lambda: asked.append("set")))
    assert add(library, secret).status == "failed"
    assert asked == []


def test_passwords_stand_in_no_representation():
    requests = (ReadFile("/a.pdf", "open sesame"), ReadScan("/a.pdf", "open sesame", 1))
    for holder in (*requests, Unlocked("open sesame", "hash")):
        assert "open sesame" not in repr(holder)


def test_a_document_removed_while_the_keyring_asks(use, store, library, secret, make_pdf):
    """Others are added all the same, and the password does not stay behind."""

    def remove():
        store.documents.remove([one.id for one in store.documents.all() if "secret" in one.path])

    kept = use(in_memory(set=remove)).kept
    events = library.add([secret, make_pdf([DOGS])], "open sesame", Cancel(), remember=True)
    told = {Path(one.path).name: one for one in events if isinstance(one, Added)}
    assert "no longer in the workspace" in str(told["secret.pdf"].problem)
    assert told["made.pdf"].status == "ready"
    assert kept == {}
