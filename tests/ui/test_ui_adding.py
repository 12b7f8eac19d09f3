"""Scanned pages in the window: read when nothing else waits, a few at a time."""

from collections.abc import Callable
from pathlib import Path

from ingest.scanned_pdfs import scan_of, text_page
from pytestqt.qtbot import QtBot

from docqa.paths import Paths
from docqa.ui.main_window import MainWindow

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
