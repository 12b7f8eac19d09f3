"""Files made to do harm end in text or a sentence, and what is readable beside it is read."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from pathlib import Path

import hostile_files
import pytest
from alone import read_alone
from hostile_files import HOSTILE

from docqa.ingest.reader import Limits, Reader

STRICT = Limits(memory=600 << 20, seconds_per_page=8.0, seconds_lost=15.0)
SMALLER = {
    hostile_files.unpacks_without_end: functools.partial(
        hostile_files.unpacks_without_end, megabytes=50
    ),
    hostile_files.many_objects: functools.partial(hostile_files.many_objects, count=100_000),
    hostile_files.much_text: functools.partial(hostile_files.much_text, lines_of_text=20_000),
}
HIDES_HARM = {"deep_page_tree", "tree_in_a_circle", "form_in_itself"}
"""A viewer that was tried on all of them never came to an end with these."""


@pytest.fixture(scope="module")
def strict(tokenizer_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """As in a library, one process goes on with the next file for as long as it stays well."""
    reader = Reader(tokenizer_file, tmp_path_factory.mktemp("strict") / "log", STRICT)
    with reader.kept():
        yield reader


@pytest.mark.timeout(60)
@pytest.mark.parametrize("make", HOSTILE, ids=lambda make: make.__name__)
def test_every_hostile_file_ends_in_text_or_a_sentence(
    make: Callable[[Path], Path], strict: Reader, tmp_path: Path
) -> None:
    path = SMALLER.get(make, make)(tmp_path / "hostile.pdf")
    text = read_alone(strict, path)
    problems = [text.problem, *(page.problem for page in text.pages)]
    for problem in filter(None, problems):
        assert problem.endswith(".")
        assert "rror" not in problem
    assert (text.opened is None) == (text.problem is not None)
    assert text.opened is None or len(text.pages) == text.opened.page_count
    if make.__name__ in HIDES_HARM:
        assert text.opened is None or not text.opened.viewable


def test_what_is_readable_beside_the_hostile_is_read(strict: Reader, tmp_path: Path) -> None:
    found = {}
    for make in (hostile_files.claims_many_pages, hostile_files.broken_table):
        text = read_alone(strict, make(tmp_path / "hostile.pdf"))
        assert text.opened is not None
        assert text.opened.viewable
        found[make.__name__] = text.pages[0].text
    assert found == {"claims_many_pages": "The only one.", "broken_table": "Found by looking."}
