"""Vectors of passages and notes."""

from __future__ import annotations

import numpy as np
import pytest


def unit_rows(n: int, d: int = 8) -> np.ndarray:
    rows = np.random.default_rng(1).normal(size=(n, d))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def test_vectors_come_back_in_the_order_of_ids(store, add_document):
    add_document(pages=1)
    rows = unit_rows(3)
    store.vectors.put("passage", "model", [3, 1, 2], rows)
    ids, matrix = store.vectors.load("passage", "model")
    assert ids.tolist() == [1, 2, 3]
    assert (ids.dtype, matrix.dtype) == (np.int64, np.float32)
    np.testing.assert_allclose(matrix, rows[[1, 2, 0]], atol=5e-4)  # float16 on disk
    ids, matrix = store.vectors.of("passage", "model", [3, 99])
    assert ids.tolist() == [3]
    np.testing.assert_allclose(matrix, rows[:1], atol=5e-4)


def test_each_embedder_has_its_own(store, add_document):
    add_document(pages=1)
    store.vectors.put("passage", "small", [1, 2], unit_rows(2, 4))
    store.vectors.put("passage", "large", np.array([1, 2, 3]), unit_rows(3, 16))
    assert store.vectors.count("passage", "small") == 2
    assert store.vectors.load("passage", "large")[1].shape == (3, 16)
    assert store.vectors.count("passage", "unknown") == 0
    assert store.vectors.load("passage", "unknown")[1].shape == (0, 0)


def test_putting_again_replaces(store, add_document):
    add_document(pages=1)
    store.vectors.put("passage", "model", [1], np.zeros((1, 4)))
    store.vectors.put("passage", "model", [1], np.ones((1, 4)))
    assert store.vectors.load("passage", "model")[1].tolist() == [[1, 1, 1, 1]]


def test_owners_that_are_gone_are_skipped(store, add_document, question):
    id = add_document(pages=1)
    [note] = store.notes.add([question(id)])
    store.vectors.put("passage", "model", [1, 99], unit_rows(2))
    store.vectors.put("note", "model", [note, 99], unit_rows(2))
    assert store.vectors.load("passage", "model")[0].tolist() == [1]
    assert store.vectors.load("note", "model")[0].tolist() == [note]
    store.documents.remove([id])
    assert store.vectors.load("passage", "model")[1].shape == (0, 8)
    assert store.vectors.count("note", "model") == 0


def test_shapes_that_do_not_fit_are_bugs(store, add_document):
    add_document(pages=1)
    store.vectors.put("passage", "model", [1], unit_rows(1, 4))
    for ids, matrix in (([1, 2], unit_rows(1, 4)), ([1], unit_rows(1, 5)), ([1], np.ones(4))):
        with pytest.raises(ValueError, match=r"dimension|shape"):
            store.vectors.put("passage", "model", ids, matrix)
    assert store.vectors.count("passage", "model") == 1
