"""Whatever a file tries, reading ends soon, in text or a sentence, and nothing else happens."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from alone import read_alone
from hostile_files import acts_by_itself
from hostile_pdfs import memory_bomb, time_bomb

from docqa.errors import DocqaError
from docqa.ingest.bounds import MOST_CHARACTERS, MOST_PASSAGES, bounded
from docqa.ingest.events import Opened, PageRead
from docqa.ingest.memory_watch import MemoryWatch
from docqa.ingest.reader import Limits, Reader
from docqa.ingest.side_by_side import SideBySide, Text, Waiting
from docqa.model import Page, Passage
from docqa.process import Cancel

MakePdf = Callable[..., Path]


def reader_processes() -> set[int]:
    children = psutil.Process().children(recursive=True)
    return {c.pid for c in children if "resource_tracker" not in " ".join(c.cmdline())}


@pytest.fixture(autouse=True)
def no_child_is_left() -> Iterator[None]:
    before = reader_processes()
    yield
    assert reader_processes() <= before


def test_a_harmful_page_keeps_the_file_from_the_viewer(
    tokenizer_file: Path, tmp_path: Path
) -> None:
    """Its tree of pages is in order, but the viewer would be as busy with page 2 as the reader."""
    reader = Reader(tokenizer_file, tmp_path / "log", Limits(seconds_per_page=1.5))
    text = read_alone(reader, time_bomb(tmp_path / "bomb.pdf"))
    assert text.opened is not None
    assert not text.opened.viewable
    assert [page.problem for page in text.pages] == [
        None,
        "Page 2 took longer than 1.5 seconds and was left out.",
        None,
    ]


def test_a_harmful_first_page_costs_that_page_only(tokenizer_file: Path, tmp_path: Path) -> None:
    """Though opening a file looks at its first page, too, for the title."""
    reader = Reader(tokenizer_file, tmp_path / "log", Limits(seconds_per_page=1.5))
    opened, *pages = reader.read(time_bomb(tmp_path / "bomb.pdf", page=0))
    assert isinstance(opened, Opened)
    assert not opened.viewable
    problems = [event.page.problem for event in pages if isinstance(event, PageRead)]
    assert problems == ["Page 1 took longer than 1.5 seconds and was left out.", None, None]


def test_a_file_that_only_loses_time_is_given_up(tokenizer_file: Path, tmp_path: Path) -> None:
    limits = Limits(seconds_per_page=1.0, seconds_lost=1.5)
    reader = Reader(tokenizer_file, tmp_path / "log", limits)
    _, *pages = reader.read(time_bomb(tmp_path / "bomb.pdf"))
    problems = [event.page.problem for event in pages if isinstance(event, PageRead)]
    assert problems[2] == "Page 3 was not read, because too many pages before it failed."


@pytest.mark.skipif(os.name == "nt", reason="Windows has no limit on address space")
def test_a_reader_that_died_of_one_file_is_not_used_for_the_next(
    tokenizer_file: Path, make_pdf: MakePdf, tmp_path: Path
) -> None:
    reader = Reader(tokenizer_file, tmp_path / "log", Limits(memory=600 << 20))
    good = make_pdf(["Good."])
    problems = []
    with reader.kept():
        for path in (good, memory_bomb(tmp_path / "bomb.pdf"), good):
            events = [event for event in reader.read(path) if isinstance(event, PageRead)]
            problems.append([event.page.problem for event in events])
    bad = "Page 2 stopped the reader and was left out."
    assert problems == [[None], [None, bad, None], [None]]


def test_one_process_reads_file_after_file_and_ends(
    tokenizer_file: Path, make_pdf: MakePdf, tmp_path: Path
) -> None:
    reader = Reader(tokenizer_file, tmp_path / "log")
    paths = [make_pdf([f"Text {n}."], f"{n}.pdf") for n in range(3)]
    (tmp_path / "no.pdf").write_bytes(b"%PDF-1.7 nothing more")
    seen = set()
    before = reader_processes()
    with reader.kept():
        for path in paths:
            *_, last = reader.read(path)
            assert isinstance(last, PageRead)
            assert last.page.text == f"Text {path.stem}."
            seen |= reader_processes() - before
            with pytest.raises(DocqaError, match="is damaged"):
                list(reader.read(tmp_path / "no.pdf"))
    assert len(seen) == 1


def test_small_files_do_not_wait_for_big_ones(
    tokenizer_file: Path, make_pdf: MakePdf, tmp_path: Path
) -> None:
    big = [make_pdf(["Many words on this page. " * 40] * 12, f"big{n}.pdf") for n in range(3)]
    small = make_pdf(["Short."], "small.pdf")
    documents = [Waiting(n, path) for n, path in enumerate([*big, small])]
    reader = Reader(tokenizer_file, tmp_path / "log")
    begun: list[int] = []
    events = SideBySide(reader, begun.append, None, Cancel()).read(documents)
    assert sum(isinstance(event, Text) for event in events) == 4
    assert 3 in begun[:2]  # One reader may begin with the biggest file meanwhile.


def test_a_page_is_cut_to_what_is_kept() -> None:
    text = "x" * (MOST_CHARACTERS + 10)
    spans = [(0, 5), (MOST_CHARACTERS - 3, MOST_CHARACTERS), (MOST_CHARACTERS, len(text))]
    passages = tuple(Passage(0, 0, 7, a, b, text[a:b]) for a, b in spans)
    cut = bounded(PageRead(Page(0, 7, text), passages))
    assert isinstance(cut, PageRead)
    assert len(cut.page.text) == MOST_CHARACTERS
    assert cut.passages == passages[:2]
    assert cut.page.problem is not None
    assert cut.page.problem.startswith("Page 7 has more text than is kept of one page")
    many = PageRead(Page(0, 1, "x"), (Passage(0, 0, 1, 0, 1, "x"),) * (MOST_PASSAGES + 1))
    cut = bounded(many)
    assert isinstance(cut, PageRead)
    assert len(cut.passages) == MOST_PASSAGES
    page = PageRead(Page(0, 1, "Text."), ())
    assert bounded(page) is page


def test_a_process_that_takes_too_much_memory_is_ended() -> None:
    code = "import time; time.sleep(0.3); hoard = b'x' * (300 << 20); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code]) as process:
        with MemoryWatch(process.pid, 200 << 20) as watch:
            assert process.wait(30) != 0
        assert watch.exceeded


def test_a_process_that_is_modest_or_gone_is_left_alone() -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(0.3)"]) as process:
        with MemoryWatch(process.pid, 1 << 30) as watch:
            assert process.wait(30) == 0
            time.sleep(0.3)
        assert not watch.exceeded
    with MemoryWatch(None, 1) as watch:
        pass
    assert not watch.exceeded


_WITNESS = """
import json, sys, threading
seen = []
def hook(event, arguments):
    if event.split(".")[0] in ("subprocess", "os", "socket", "urllib", "webbrowser", "open"):
        seen.append([event, str(arguments[0]) if arguments else ""])
from pathlib import Path
from docqa.ingest.events import PageRead, ReadFile
from docqa.ingest.service import ReadingService
class Never:
    is_set = False
service = ReadingService(Never(), Path(sys.argv[1]))
list(service.handle(ReadFile(sys.argv[3], None)))  # Imports what it needs.
sys.addaudithook(hook)
events = list(service.handle(ReadFile(sys.argv[2], None)))
texts = [event.page.text for event in events if isinstance(event, PageRead)]
print(json.dumps({"seen": list(seen), "texts": texts}))
"""


def test_nothing_in_a_file_is_executed_opened_or_fetched(
    tokenizer_file: Path, make_pdf: MakePdf, tmp_path: Path
) -> None:
    """Scripts, programs, links, attachments, forms with scripts, and contents in another file."""
    marker, neighbour = tmp_path / "marker", tmp_path / "neighbour.txt"
    neighbour.write_text("BT /F1 12 Tf 20 100 Td (Stolen words.) Tj ET")
    path = acts_by_itself(tmp_path / "active.pdf", marker, neighbour)
    arguments = [str(tokenizer_file), str(path), str(make_pdf(["Plain."]))]
    done = subprocess.run(
        [sys.executable, "-c", _WITNESS, *arguments],
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    told = json.loads(done.stdout)
    assert told["texts"] == ["Visible text."]
    assert {name for _, name in told["seen"]} <= {str(path)}
    assert not marker.exists()
