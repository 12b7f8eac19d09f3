"""Searching a workspace: by meaning and keywords, in scope, while it is being indexed."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from index_library import FERRY, MODEL, ORCHARD, Library

from docqa.errors import Cancelled, DocqaError
from docqa.index.embedder import ChildEmbedder
from docqa.model import Page, Passage
from docqa.process import Cancel
from docqa.store.store import Store


def test_the_answer_comes_first_also_in_other_words(
    library: Library, embedder: ChildEmbedder
) -> None:
    orchard, ferry = library.add("Orchard", ORCHARD), library.add("Ferry", FERRY)
    search = library.search(embedder)
    progress = list(search.index_passages())
    assert progress[0] == (0, 7)
    assert progress[-1] == (7, 7)

    (hit, *_) = search.search("What does the boat trip cost for grown-ups?")
    assert (hit.document_id, hit.document, hit.page, hit.text) == (ferry, "Ferry", 2, FERRY[1])
    assert (hit.start, hit.end, hit.context) == (0, len(FERRY[1]), "Ferry")
    assert hit.similarity > 0.3
    (hit, *_) = search.search("How many apple trees does Lindqvist have?")
    assert (hit.document_id, hit.page) == (orchard, 1)
    assert hit.overlap > 0.8


def test_hits_are_ordered_and_as_many_as_wanted(library: Library, embedder: ChildEmbedder) -> None:
    library.add("Orchard", ORCHARD)
    search = library.search(embedder)
    list(search.index_passages())
    hits = search.search("apple trees", k=3)
    assert len(hits) == 3
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert search.search("apple trees", k=0) == []


def test_only_the_wanted_documents_are_searched(library: Library, embedder: ChildEmbedder) -> None:
    orchard, ferry = library.add("Orchard", ORCHARD), library.add("Ferry", FERRY)
    search = library.search(embedder)
    list(search.index_passages(orchard))  # The ferry is found by keywords only.
    for scope in ([orchard], [ferry]):
        hits = search.search(
            "How much are the apple pickers and the ferry ticket?", documents=scope
        )
        assert {hit.document_id for hit in hits} == set(scope)
    assert search.search("apple", documents=[]) == []
    assert search.search("apple", documents=[999]) == []


def test_without_an_embedder_keywords_find(
    library: Library, no_embedder: ChildEmbedder, caplog: pytest.LogCaptureFixture
) -> None:
    library.add("Orchard", ORCHARD)
    search = library.search(no_embedder)
    search.open()
    (hit, *_) = search.search("How long is cider kept in barrels?")
    assert (hit.page, hit.similarity) == (4, -1.0)
    assert hit.overlap > 0.5
    assert search.similar_notes("How long is cider kept?") == []
    with pytest.raises(DocqaError, match="no whole embedding model"):
        list(search.index_passages())
    search.remove([1])
    search.close()
    assert {record.getMessage() for record in caplog.records} == {"no vectors: DocqaError"}
    caplog.clear()


def test_before_there_are_vectors_no_model_is_loaded(library: Library, tmp_path: Path) -> None:
    library.add("Orchard", ORCHARD)
    embedder = ChildEmbedder(MODEL, tmp_path / "log")
    search = library.search(embedder)
    assert search.search("cider barrels")[0].page == 4
    assert embedder.pid is None


def test_the_same_text_is_a_hit_once(library: Library, embedder: ChildEmbedder) -> None:
    library.add("Ferry", [*FERRY, FERRY[1]])
    library.add("Copy", [FERRY[1].upper()], context="")
    search = library.search(embedder)
    list(search.index_passages())
    texts = [hit.text.lower() for hit in search.search("What does a ticket for adults cost?")]
    assert texts.count(FERRY[1].lower()) == 1


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("", "no words"),
        (" \n?!", "no words"),
        ("why " * 25_000, r"too long \(100,000 characters\): ask it in at most 8,000"),
    ],
)
def test_a_question_that_cannot_be_searched_is_one_sentence(
    library: Library, no_embedder: ChildEmbedder, question: str, sentence: str
) -> None:
    with pytest.raises(DocqaError, match=sentence):
        library.search(no_embedder).search(question)


@pytest.mark.parametrize("question", ['apple" OR (', "NEAR(a b) NOT *", "\ud800 apple", "苹果 🍏"])
def test_hostile_questions_are_just_text(
    library: Library, embedder: ChildEmbedder, question: str
) -> None:
    library.add("Orchard", ORCHARD)
    search = library.search(embedder)
    list(search.index_passages())
    assert len(search.search(question, k=4)) == 4


def test_nothing_is_left_of_a_removed_document(library: Library, embedder: ChildEmbedder) -> None:
    orchard, ferry = library.add("Orchard", ORCHARD), library.add("Ferry", FERRY)
    library.add_note(orchard, "How many apple trees are there?")
    search = library.search(embedder)
    list(search.index_passages())
    search.index_notes()
    search.close()
    library.store.documents.remove([orchard])
    search.remove([orchard])
    assert {hit.document_id for hit in search.search("apple trees")} == {ferry}
    assert search.similar_notes("How many apple trees are there?") == []
    search.close()
    again = library.search(embedder)
    assert {hit.document_id for hit in again.search("apple trees")} == {ferry}


def test_indexing_goes_on_where_it_was_stopped(library: Library, embedder: ChildEmbedder) -> None:
    texts = [f"Chapter {n} tells of the {n} wolves of the forest." for n in range(100)]
    library.add("Wolves", texts)
    search = library.search(embedder)
    cancel = Cancel()
    steps = search.index_passages(cancel=cancel)
    assert next(steps) == (0, 100)
    done, _ = next(steps)
    cancel.set()
    with pytest.raises(Cancelled):
        list(steps)
    assert 0 < done < 100
    progress = list(search.index_passages())
    assert progress[0] == (done, 100)
    assert progress[-1] == (100, 100)
    assert library.store.vectors.count("passage", embedder.identity) == 100
    assert list(search.index_passages()) == [(100, 100)]


def test_a_killed_program_loses_one_batch_at_most(
    library: Library, embedder: ChildEmbedder
) -> None:
    document = library.add("Wolves", [f"Page {n} has {n} wolves." for n in range(500)])
    # An embedder that takes its time, and no model: what is lost does not depend on it.
    code = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "import numpy as np\n"
        "from docqa.index.search import Search\n"
        "from docqa.store.store import Store\n"
        "class Slow:\n"
        "    identity, dimension = sys.argv[2], 384\n"
        "    def load(self, *_):\n"
        "        return 0.0\n"
        "    def embed(self, texts, *_, **__):\n"
        "        time.sleep(0.05)\n"
        "        return np.eye(len(texts), self.dimension, dtype=np.float32)\n"
        "folder = Path(sys.argv[1])\n"
        "store = Store.open(folder / 'workspace.db')\n"
        "for done, total in Search(store, Slow(), folder).index_passages():\n"
        "    print(done, flush=True)\n"
    )
    script = library.directory / "index.py"
    script.write_text(code, "utf-8")
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, str(script), str(library.directory), embedder.identity],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
    ) as process:
        assert process.stdout is not None
        seen = [int(process.stdout.readline()) for _ in range(3)]
        process.send_signal(signal.SIGKILL)
        _, said = process.communicate()
    assert said == ""
    stored = library.store.vectors.count("passage", embedder.identity)
    assert stored >= seen[-1] > 0
    assert library.store.database.read().execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    first = next(library.search(embedder).index_passages(document))
    assert first == (stored, 500)


def test_searching_while_another_thread_indexes_and_a_third_removes(
    library: Library, embedder: ChildEmbedder
) -> None:
    orchard = library.add("Orchard", ORCHARD)
    search = library.search(embedder)
    list(search.index_passages())
    library.add("Wolves", [f"Chapter {n} has {n} wolves of the forest." for n in range(200)])
    doomed = library.add("Doomed", [f"Doom number {n} is near." for n in range(40)])
    failures: list[BaseException] = []

    def index() -> None:
        try:
            list(search.index_passages())
        except BaseException as error:
            failures.append(error)

    indexing = threading.Thread(target=index)
    indexing.start()
    time.sleep(0.1)
    library.store.documents.remove([doomed])
    search.remove([doomed])
    found = 0
    while indexing.is_alive():
        hits = search.search(f"How many apple trees? {found}")
        assert hits[0].document_id == orchard
        found += 1
    indexing.join()
    assert not failures
    assert found > 0
    assert doomed not in {hit.document_id for hit in search.search("doom number", k=50)}
    with sqlite3.connect(library.directory / "workspace.db") as connection:
        (orphans,) = connection.execute(
            "SELECT count(*) FROM passage_vectors WHERE passage_id NOT IN (SELECT id FROM passages)"
        ).fetchone()
    connection.close()
    assert orphans == 0
    assert library.store.vectors.count("passage", embedder.identity) == 204


def test_a_workspace_opened_for_reading_is_searched_and_not_touched(
    library: Library, embedder: ChildEmbedder
) -> None:
    library.add("Ferry", FERRY)
    writer = library.search(embedder)
    list(writer.index_passages())
    with Store.open(library.directory / "workspace.db", read_only=True) as store:
        reader = Library(library.directory, store).search(embedder)
        before = {path.name for path in library.directory.iterdir()}
        assert reader.search("boat trip for grown-ups")[0].similarity > 0
        reader.close()
        after = {path.name for path in library.directory.iterdir()}
    assert not {name for name in after - before if name.endswith(".vectors")}


def test_a_document_that_the_question_names_comes_first(
    library: Library, embedder: ChildEmbedder
) -> None:
    # The text is the same in all: only the names tell them apart.
    text = "Revenue grew by three percent, mainly because of new stores."
    names = ("ACME_2017_10K", "BESTBUY_2017_10K", "BESTBUY_2019_10K")
    ids = {name: library.add(name, [text], context="Annual report") for name in names}
    search = library.search(embedder)
    list(search.index_passages())
    for question, name in (
        ("How much did revenue of Best Buy grow in FY2017?", "BESTBUY_2017_10K"),
        ("How much did revenue of Best Buy grow in 2019?", "BESTBUY_2019_10K"),
        ("Why did revenue grow at Acme?", "ACME_2017_10K"),
    ):
        assert search.search(question)[0].document_id == ids[name]
    late = library.add("ZENITH_2017_10K", [text], context="Annual report")
    list(search.index_passages())
    assert search.search("How much did revenue grow at Zenith?")[0].document_id == late


def test_a_document_that_is_read_anew_loses_its_old_vectors(
    library: Library, embedder: ChildEmbedder
) -> None:
    ferry = library.add("Ferry", FERRY)
    search = library.search(embedder)
    list(search.index_passages())
    page = Page(ferry, 1, ORCHARD[0])
    passage = Passage(0, ferry, 1, 0, len(page.text), page.text)
    library.store.pages.replace(ferry, [page], [], [passage])
    assert list(search.index_passages(ferry))[-1] == (1, 1)
    assert [hit.text for hit in search.search("What does the boat trip cost?")] == [page.text]
    assert library.store.vectors.count("passage", embedder.identity) == 1


def test_a_question_about_several_documents_gets_something_of_each(
    library: Library, embedder: ChildEmbedder
) -> None:
    busy = ["The fare of the ferry rose again." + f" It is {n} euros now." for n in range(10, 20)]
    ids = [
        library.add("Fares 2020", busy),
        library.add("Fares 2021", ["Crossing costs 21 euros this year."]),
        library.add("Fares 2022", ["Crossing costs 22 euros this year."]),
    ]
    search = library.search(embedder)
    list(search.index_passages())
    question = "How did the fare of the ferry change over the years?"
    first = [hit.document_id for hit in search.search(question, k=3)]
    assert sorted(first) == ids
    # Within a scope, nothing comes from outside.
    found = search.search(question, k=5, documents=ids[1:])
    assert {hit.document_id for hit in found} == set(ids[1:])


def test_a_page_that_speaks_of_the_matter_comes_before_a_stray_sentence(
    library: Library, embedder: ChildEmbedder
) -> None:
    answer = "The pump is started by the lever on its left."
    id = library.store.documents.create("/pdfs/manual.pdf", "hash", "Manual")
    texts = [
        ["The menu of the canteen changes daily.", answer, "Guests pay by card."],
        ["The pump needs oil.", answer.replace("left", "right"), "Stop the pump before cleaning."],
    ]
    pages = [Page(id, number, " ".join(page)) for number, page in enumerate(texts, 1)]
    passages = [
        Passage(0, id, page.number, page.text.index(text), page.text.index(text) + len(text), text)
        for page, parts in zip(pages, texts, strict=True)
        for text in parts
    ]
    library.store.pages.replace(id, pages, [], passages)
    search = library.search(embedder)
    list(search.index_passages())
    hits = search.search("How is the pump started?", k=3)
    assert [hit.page for hit in hits[:2]] == [2, 1]  # One of each page, before a second one.
