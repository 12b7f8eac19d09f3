"""Scanned pages in the window: read when nothing else waits, a few at a time."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from ingest.scanned_pdfs import scan_of, text_page
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from docqa.model import Added
from docqa.paths import Paths
from docqa.ui.adding import Adding
from docqa.ui.library_model import LibraryModel
from docqa.ui.main_window import MainWindow
from docqa.ui.workers import Job

pytestmark = pytest.mark.usefixtures("lent_embedder")

Open = Callable[[Paths], MainWindow]
LONG = 120_000


def states(window: MainWindow) -> dict[str, str]:
    model = window.library.model
    return {Path(row.path).name: model.state(row) for row in model.rows}


def test_a_scan_is_read_after_what_somebody_waits_for(
    qtbot: QtBot,
    opened: Open,
    ui_paths: Paths,
    tmp_path: Path,
    make_pdf: Callable[..., Path],
) -> None:
    drawn = text_page(tmp_path / "drawn.pdf", ["The pump moves forty litres a day."])
    scan = scan_of(drawn, tmp_path / "scan.pdf")
    window = opened(ui_paths)
    told: list[str] = []
    window.adding.told.connect(lambda text, _: told.append(text))
    window.add([scan, make_pdf(["Cats sleep on the roof of the school."], "cats.pdf")])
    qtbot.waitUntil(lambda: states(window).get("scan.pdf") == "1 page · ready", timeout=LONG)
    assert states(window)["cats.pdf"] == "1 page · ready"
    assert told == []
    window.close()
    assert window.ended_cleanly


class Desk(QObject):
    """Gives out jobs that a test delivers."""

    is_open = True

    def __init__(self) -> None:
        super().__init__()
        self.wanted: list[int] = []
        self.jobs: list[Job] = []

    def add(self, paths: list[Path]) -> Job:
        self.jobs.append(Job(lambda cancel: iter(()), self))
        return self.jobs[-1]

    def recognise(self, document_id: int, seconds: float) -> Job:
        self.wanted.append(document_id)
        return self.add([])

    def refresh(self) -> None:
        pass


def partial(id: int, *scanned: int) -> Added:
    path = str(Path(f"/{id}.pdf"))
    return Added(id, path, "x", 9, 1, "partial", "scans", scanned_pages=scanned)


@pytest.fixture
def desk(qapp: QApplication) -> Desk:
    return Desk()


@pytest.fixture
def adding(desk: Desk) -> Adding:
    return Adding(desk, LibraryModel())  # type: ignore[arg-type]


def test_scans_take_turns_as_long_as_each_turn_brings_a_page(desk: Desk, adding: Adding) -> None:
    adding.add([])
    for one in (partial(1, 1, 2, 3), partial(2, 5)):
        desk.jobs[0].deliver("yielded", one)
    desk.jobs[0].deliver("finished", None)
    assert desk.wanted == [1]
    desk.jobs[1].deliver("yielded", partial(1, 2, 3))
    desk.jobs[1].deliver("finished", None)
    assert desk.wanted == [1, 2]
    desk.jobs[2].deliver("yielded", partial(2, 5))
    desk.jobs[2].deliver("finished", None)
    desk.jobs[3].deliver("finished", None)  # It was removed.
    assert desk.wanted == [1, 2, 1]


def test_scans_that_cannot_be_read_are_not_tried_for_ever(desk: Desk, adding: Adding) -> None:
    """Such as when the disk is full."""
    adding.add([])
    desk.jobs[0].deliver("yielded", partial(1, 1, 2))
    desk.jobs[0].deliver("finished", None)
    desk.jobs[1].deliver("failed", "The disk is full.")
    assert desk.wanted == [1]


def test_a_copy_of_a_scan_that_waits_does_not_end_its_waiting(desk: Desk, adding: Adding) -> None:
    adding.add([])
    one = partial(1, 1, 2)
    desk.jobs[0].deliver("yielded", one)
    desk.jobs[0].deliver("yielded", replace(one, path="/copy.pdf", status="duplicate"))
    desk.jobs[0].deliver("finished", None)
    assert desk.wanted == [1]
