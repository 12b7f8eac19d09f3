"""What is asked often goes by an index: SQLite's own plan of each query says so."""

from __future__ import annotations

import numpy as np
import pytest

from docqa.model import Note, Step, Usage

HOT = {
    "documents.all": lambda s: s.documents.all(),
    "documents.get": lambda s: s.documents.get(1),
    "documents.by_hash": lambda s: s.documents.by_hash("hash-1"),
    "documents.by_path": lambda s: s.documents.by_path("/papers/1.pdf"),
    "folders.is_left_out": lambda s: s.folders.is_left_out("/papers/1.pdf", "hash-1"),
    "pages.get": lambda s: s.pages.get(1, 1),
    "pages.problems": lambda s: s.pages.problems(1),
    "pages.to_recognise": lambda s: s.pages.to_recognise(1),
    "passages.amid": lambda s: s.passages.amid(1, 5),
    "passages.get": lambda s: s.passages.get([1, 2]),
    "passages.of_document": lambda s: s.passages.of_document(1),
    "passages.without_vector": lambda s: s.passages.without_vector("model", limit=64),
    "passages.without_vector of one": lambda s: s.passages.without_vector("model", 1, limit=64),
    "notes.by_question": lambda s: s.notes.by_question("What moves?", [1]),
    "notes.list of one": lambda s: s.notes.list(documents=[1]),
    "notes.counts": lambda s: s.notes.counts(1),
    "notes.without_vector": lambda s: s.notes.without_vector("model", limit=64),
    "notes.hit": lambda s: s.notes.hit(1),
    "steps.pending": lambda s: s.steps.pending(limit=10),
    "steps.counts": lambda s: s.steps.counts([1]),
    "steps.prepared_shares": lambda s: s.steps.prepared_shares(),
    "steps.complete": lambda s: s.steps.complete(
        Step(1, 1, "numbers", 1, 1, "hash"),
        [Note(0, 1, "fact", None, "x", "verified", ())],
        Usage(),
        1,
    ),
    "turns.recent": lambda s: s.turns.recent(20),
    "vectors.of": lambda s: s.vectors.of("passage", "model", [1, 2]),
}

WHOLE_TABLE_WANTED = {
    "documents.all": {"SCAN d"},
    "steps.prepared_shares": {"SCAN steps USING COVERING INDEX steps_by_state"},
    "passages.without_vector": {"SCAN p USING COVERING INDEX passages_in_order"},
}
HARMLESS = {"SCAN json_each VIRTUAL TABLE", "SCAN turns", "SCAN steps USING INDEX steps_pending"}
"""A list of ids; and tables read from one end, up to a limit."""


@pytest.mark.parametrize("name", HOT)
def test_no_table_is_searched_from_end_to_end(store, add_document, question, name):
    id = add_document()
    store.notes.add([question(id)])
    store.steps.plan([Step(0, id, "numbers", 1, 1, "hash")])
    store.vectors.put("passage", "model", [1], np.ones((1, 4)))
    connection = store.database.read()
    asked: list[str] = []
    connection.set_trace_callback(asked.append)
    HOT[name](store)
    connection.set_trace_callback(None)
    queries = [sql for sql in asked if sql.lstrip().startswith(("SELECT", "UPDATE", "DELETE"))]
    steps = {
        row[3]
        for sql in queries
        for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall()
    }
    assert queries
    scans = {step for step in steps if step.startswith("SCAN")}
    scans = {scan for scan in scans if "json_each" not in scan}
    assert scans - HARMLESS - WHOLE_TABLE_WANTED.get(name, set()) == set()
