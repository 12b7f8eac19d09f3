"""Indexing anew in the window, with a real workspace."""

from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot

from docqa.model import Embedding, Rebuilding
from docqa.paths import Paths
from docqa.store.store import Store
from docqa.ui import reembedding
from docqa.ui.index_strip import IndexStrip
from docqa.ui.main_window import MainWindow
from docqa.workspace import DATABASE_NAME

Open = Callable[[Paths], MainWindow]


def test_the_strip_is_there_while_there_is_something_to_tell(qtbot: QtBot) -> None:
    strip = IndexStrip()
    qtbot.addWidget(strip)
    assert strip.text == ""
    strip.show_progress(Rebuilding(10, 2000))
    assert strip.text.startswith("Making the index anew\n10 of 2,000 passages and notes")
    strip.show_progress(Embedding("all-MiniLM-L6-v2", 1200, 9000))
    assert strip.text.startswith("Indexing by all-MiniLM-L6-v2\n1,200 of 9,000 passages")


def test_missing_vectors_are_made_beside_everything_else(
    qtbot: QtBot,
    opened: Open,
    prepared_paths: Paths,
    kept_embedder: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reembedding, "_TOLD_AFTER_SECONDS", 0.0)
    with Store.open(prepared_paths.workspace / DATABASE_NAME) as store:
        with store.database.write() as connection:
            connection.execute("DELETE FROM passage_vectors")
        count = store.passages.count()
    window = opened(prepared_paths)
    told: list[Embedding] = []
    window.reembedding.start()
    job = window.reembedding._job
    assert job is not None
    job.yielded.connect(told.append)
    with qtbot.waitSignal(job.ended, timeout=60_000):
        pass
    assert (told[0].done, told[-1].done, told[-1].total) == (0, count, count)
    assert window.library.index_strip.text == ""
