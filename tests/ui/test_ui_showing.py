"""Pages are drawn only where the file is safe and unchanged; else their text is shown."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from pypdf import PdfWriter
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialogButtonBox
from pytestqt.qtbot import QtBot

from docqa.paths import Paths
from docqa.store.store import Store
from docqa.ui.main_window import MainWindow
from docqa.ui.password_dialog import PasswordDialog
from docqa.ui.sight import Place
from docqa.workspace import DATABASE_NAME

Open = Callable[[Paths], MainWindow]
PAGE = 2


@pytest.fixture
def letter(sample: Path, tmp_path: Path) -> Path:
    """A file of our own with the sample's pages."""
    return Path(shutil.copy(sample, tmp_path / "letter.pdf"))


@pytest.fixture
def know(ui_paths: Paths, sample_home: Path, letter: Path) -> Callable[..., None]:
    """Makes a workspace that has read ``letter``; the function changes what it knows of it."""
    shutil.copytree(sample_home, ui_paths.workspace)

    def know(**changes: object) -> None:
        state = letter.stat()
        store = Store.open(ui_paths.workspace / DATABASE_NAME)
        store.documents.update(
            1, path=str(letter), size=state.st_size, modified=state.st_mtime_ns, **changes
        )  # type: ignore[arg-type]
        store.close()

    know()
    return know


@pytest.fixture
def quote(know: Callable[..., None], ui_paths: Paths) -> Place:
    """A citation of some words of page 2."""
    store = Store.open(ui_paths.workspace / DATABASE_NAME)
    page = store.pages.get(1, PAGE)
    store.close()
    assert page is not None
    start = page.text.index(" ", len(page.text) // 2) + 1
    end = page.text.index(" ", start + 20)
    return Place(1, PAGE, page.text[start:end], start, end)


def drawn(window: MainWindow) -> bool:
    return window.page.document is not None and not window.page.shows_text


def test_a_citation_is_marked_where_its_words_are_stored_to_stand(
    qtbot: QtBot, opened: Open, ui_paths: Paths, quote: Place
) -> None:
    window = opened(ui_paths)
    stored = window.desk._there().where(1, PAGE, quote.start, quote.end)
    window.showing.go_to(quote)
    qtbot.waitUntil(lambda: window.page.view.marked_page == PAGE - 1)
    scale = window.page.view.layout_of_pages.scale
    marked = [region.width() / scale for region in window.page.view.marked_regions()]
    assert marked == pytest.approx([box.right - box.left for box in stored])


def test_a_missing_file_is_shown_as_text_until_it_is_back(
    qtbot: QtBot, opened: Open, ui_paths: Paths, quote: Place, letter: Path
) -> None:
    away = letter.rename(letter.with_name("away.pdf"))
    window = opened(ui_paths)
    window.showing.go_to(quote)
    qtbot.waitUntil(lambda: window.page.text.marked_text() == quote.quote)
    assert "not where it was" in window.page.reason.text()
    assert "not where it was" in window.library.model.state(window.library.model.rows[0])
    window.page.next()
    qtbot.waitUntil(lambda: window.page.page == PAGE + 1)
    assert window.page.shows_text
    assert window.page.text.marked_text() == ""
    away.rename(letter)
    window.page.previous()
    qtbot.waitUntil(lambda: drawn(window))
    assert window.page.page == PAGE


def test_a_file_that_changed_since_it_was_read_is_not_drawn(
    qtbot: QtBot, opened: Open, ui_paths: Paths, quote: Place, letter: Path
) -> None:
    letter.write_bytes(letter.read_bytes() + b"% something else")
    window = opened(ui_paths)
    qtbot.waitUntil(lambda: window.page.shows_text)
    assert "has changed" in window.page.reason.text()


def test_a_file_that_changes_while_it_is_open_is_let_go_of(
    qtbot: QtBot, opened: Open, ui_paths: Paths, quote: Place, letter: Path
) -> None:
    window = opened(ui_paths)
    qtbot.waitUntil(lambda: drawn(window))
    letter.write_bytes(b"%PDF-1.7 something else")
    window.showing.go_to(quote)
    qtbot.waitUntil(lambda: window.page.text.marked_text() == quote.quote)


def test_a_file_that_was_read_anew_is_opened_anew(
    qtbot: QtBot, opened: Open, ui_paths: Paths, know: Callable[..., None], letter: Path
) -> None:
    window = opened(ui_paths)
    qtbot.waitUntil(lambda: drawn(window))
    assert window.page._pdf.pageCount() == 8
    writer = PdfWriter()
    writer.append(letter, pages=(0, 3))
    letter.unlink()
    writer.write(letter)
    window.showing.go_to(Place(1, 3))
    qtbot.waitUntil(lambda: window.page.shows_text)
    state = letter.stat()
    window.desk._there()._store.documents.update(
        1, sha256="another", size=state.st_size, modified=state.st_mtime_ns
    )
    window.desk.refresh()
    qtbot.waitUntil(lambda: drawn(window))
    assert window.page._pdf.pageCount() == 3
    assert window.page.page == 3


def test_a_file_that_no_reader_has_passed_is_not_drawn(
    qtbot: QtBot, opened: Open, ui_paths: Paths, know: Callable[..., None]
) -> None:
    know(viewable=False)
    window = opened(ui_paths)
    qtbot.waitUntil(lambda: window.page.shows_text)
    assert "not drawn" in window.page.reason.text()


def test_the_viewer_asks_for_a_password_that_is_not_known(
    qtbot: QtBot,
    opened: Open,
    ui_paths: Paths,
    quote: Place,
    know: Callable[..., None],
    letter: Path,
) -> None:
    writer = PdfWriter(clone_from=letter)
    writer.encrypt("sesame", "the owner's", algorithm="AES-256")
    writer.write(letter)
    know()
    window = opened(ui_paths)
    qtbot.waitUntil(lambda: window.page.is_locked)
    window.showing.go_to(quote)
    qtbot.waitUntil(lambda: window.page.text.marked_text() == quote.quote)

    def answer(password: str) -> None:
        dialog = window.passwords._dialog
        assert isinstance(dialog, PasswordDialog)
        qtbot.keyClicks(dialog.field, password)
        buttons = dialog.findChild(QDialogButtonBox)
        assert buttons is not None
        ok = buttons.button(QDialogButtonBox.StandardButton.Ok)
        qtbot.mouseClick(ok, Qt.MouseButton.LeftButton)

    qtbot.mouseClick(window.page.unlock, Qt.MouseButton.LeftButton)
    answer("open!")
    assert window.passwords._dialog is not None
    assert "does not open" in window.passwords._dialog.sentence.text()
    answer("sesame")
    assert drawn(window)
    assert window.page.view.marked_page == PAGE - 1


def test_only_the_latest_wish_counts(
    qtbot: QtBot, opened: Open, ui_paths: Paths, know: Callable[..., None]
) -> None:
    window = opened(ui_paths)
    for page in (2, 7, 4):
        window.showing.go_to(Place(1, page))
    qtbot.waitUntil(lambda: window.page.page == 4)
    qtbot.waitUntil(lambda: not window.desk.finding.is_busy)
    assert window.page.page == 4


def test_pages_that_ocr_has_read_meanwhile_say_so(
    qtbot: QtBot, opened: Open, ui_paths: Paths, know: Callable[..., None]
) -> None:
    window = opened(ui_paths)
    qtbot.waitUntil(lambda: drawn(window))
    with window.desk._there()._store.database.write() as connection:
        connection.execute("UPDATE pages SET confidence = 0.925 WHERE number = 1")
        connection.execute("UPDATE documents SET title = 'Read now'")
    window.desk.refresh()
    qtbot.waitUntil(lambda: window.page.note.text() == "Read by OCR, 92 % sure.")


def test_what_is_not_in_the_library_is_told(qtbot: QtBot, opened: Open, ui_paths: Paths) -> None:
    window = opened(ui_paths)
    window.showing.go_to(Place(99, 1))
    assert "not in the library any more" in window.messages.text
