"""The ledger of model calls, and facts about the workspace."""

from __future__ import annotations

from docqa.model import Usage
from docqa.store.store import Store
from docqa.store.usage import Total


def test_totals_by_purpose(store, add_document):
    id = add_document()
    assert store.ledger.totals() == {"prepare": Total(), "ask": Total()}
    store.ledger.record("ask", "passages", None, Usage(100, 0, 10), 0.5, 1.0)
    store.ledger.record("ask", "prepared", id, Usage(50, 40, 5), 0.25, 0.5)
    store.ledger.record("prepare", "numbers", 99, Usage(7, 0, 1), 0.0, 2.0)  # removed meanwhile
    assert store.ledger.totals() == {
        "ask": Total(2, Usage(150, 40, 15), 1.5),
        "prepare": Total(1, Usage(7, 0, 1), 2.0),
    }
    store.documents.remove([id])
    assert store.ledger.totals()["ask"].calls == 2


def test_a_workspace_has_an_identity_of_its_own(store, file, tmp_path):
    with Store.open(tmp_path / "other" / "workspace.db") as other:
        assert other.meta.get("workspace") != store.meta.get("workspace")
    assert store.meta.get("created").endswith("Z")


def test_named_values_stay(store, file):
    assert store.meta.get("embedder") is None
    store.meta.set("embedder", "small")
    store.meta.set("embedder", "large")
    store.close()
    with Store.open(file) as again:
        assert again.meta.get("embedder") == "large"
