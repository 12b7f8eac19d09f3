"""Another embedder: everything is embedded anew while the former one answers."""

from __future__ import annotations

import contextlib
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from index_library import FERRY, ORCHARD, Library
from tiny_embedder import STARTER, write_bert

from docqa.errors import Cancelled, DocqaError
from docqa.index.changing import Changing
from docqa.index.choice import Choice
from docqa.index.embedding_models import EmbeddingModels
from docqa.index.likeness import Likeness, Likenesses, measure
from docqa.index.search import Search
from docqa.index.shelf import Sizes
from docqa.index.vector_folder import file_key
from docqa.library.reembedding import Reembedding
from docqa.model import Embedding
from docqa.process import Cancel, Urgency

QUESTION = "How many passengers does the ferry carry?"


class WordEmbedder:
    """Texts with the same words get near vectors; it tells what it was asked."""

    def __init__(self, name: str, dimension: int) -> None:
        self.identity = f"{name}:1"
        self.dimension = dimension
        self.asked: list[tuple[str, str]] = []
        self.before_each: Callable[[], None] = lambda: None
        self.is_closed = False

    def load(self, urgency: Urgency, cancel: Cancel | None = None) -> float:
        return 0.0

    def embed(self, texts: Sequence[str], urgency, cancel=None, *, kind="passage") -> np.ndarray:
        self.before_each()
        (cancel or Cancel()).raise_if_set()
        self.asked += [(kind, text) for text in texts]
        rows = np.full((len(texts), self.dimension), 1e-3, np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in text.lower().split():
                row[zlib.crc32(word.encode()) % self.dimension] += 1
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    def close(self) -> None:
        self.is_closed = True


class Two:
    """A library that is searched by an old embedder and gets a new one."""

    def __init__(self, library: Library) -> None:
        self.store = library.store
        self.old, self.new = WordEmbedder("old", 48), WordEmbedder("new", 32)
        self.search = Search(library.store, self.old, library.directory)
        self.changing = Changing(library.store, self.search)
        self.decided = 0

    def decide(self) -> None:
        self.decided += 1

    def change(self, cancel: Cancel | None = None) -> Iterator[tuple[int, int]]:
        return self.changing.change(self.new, self.decide, cancel or Cancel())

    def count(self, embedder: WordEmbedder) -> int:
        vectors = self.store.vectors
        return sum(vectors.count(owner, embedder.identity) for owner in ("passage", "note"))

    def found(self) -> str:
        return self.search.search(QUESTION)[0].document


@pytest.fixture
def two(library: Library) -> Two:
    """Two documents and a note, all with vectors of the old embedder."""
    ferry = library.add("Ferry", FERRY)
    library.add("Orchard", ORCHARD)
    library.add_note(ferry, "What does a ticket cost?")
    library.add_note(ferry, None, "It sails in 45 minutes.", kind="fact")
    two = Two(library)
    list(two.search.index_passages())
    two.search.index_notes()
    assert two.count(two.old) == 9
    return two


def test_all_passages_and_notes_get_new_vectors_and_the_old_ones_go(two: Two) -> None:
    assert list(two.change()) == [(0, 7), (7, 7)]
    assert two.decided == 1
    assert (two.count(two.old), two.count(two.new)) == (9, 9)
    two.changing.sweep(Cancel())
    assert (two.count(two.old), two.count(two.new)) == (0, 9)
    assert two.store.vectors.embedders() == [two.new.identity]
    two.old.asked.clear()
    assert two.found() == "Ferry"
    assert ("question", QUESTION) in two.new.asked
    assert two.old.asked == []


def test_questions_and_passages_are_told_apart(two: Two) -> None:
    list(two.change())
    kinds = {text: kind for kind, text in two.new.asked}
    assert kinds["What does a ticket cost?"] == "question"
    assert kinds["It sails in 45 minutes."] == "passage"
    assert kinds[f"Ferry\n{FERRY[0]}"] == "passage"


def test_a_change_that_cannot_be_noted_is_none(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    write = two.store.database.write

    @contextlib.contextmanager
    def write_until_decided() -> Iterator[object]:
        with write() as connection:
            yield connection
            if two.decided:
                raise DocqaError("The disk is full.")

    monkeypatch.setattr(two.store.database, "write", write_until_decided)
    with pytest.raises(DocqaError, match="full"):
        list(two.change())
    assert two.search.side.embedder is two.old
    monkeypatch.undo()
    list(two.change())
    assert two.search.side.embedder is two.new


def test_meanwhile_the_old_one_answers(two: Two) -> None:
    answers = []
    two.new.before_each = lambda: answers.append(two.found())
    list(two.change())
    assert answers
    assert set(answers) == {"Ferry"}
    assert {kind for kind, text in two.new.asked if text == QUESTION} == set()


def test_what_comes_in_meanwhile_is_not_left_out(two: Two, library: Library) -> None:
    def bring() -> None:
        two.new.before_each = lambda: None
        late = library.add("Late", ["The lighthouse keeper feeds nine goats."])
        list(two.search.index_passages(late))
        library.add_note(late, "Who feeds the goats?")
        two.search.index_notes()

    two.new.before_each = bring
    list(two.change())
    assert (two.count(two.old), two.count(two.new)) == (11, 11)
    assert two.search.search("lighthouse keeper goats")[0].document == "Late"
    assert two.search.side.is_complete(two.store)


def test_what_is_being_added_at_the_change_goes_on_with_the_new_one(
    two: Two, library: Library
) -> None:
    late = library.add("Late", ["The lighthouse keeper feeds nine goats."])
    adding = two.search.index_passages(late)
    assert next(adding) == (0, 1)
    list(two.change())
    list(adding)
    assert two.search.side.is_complete(two.store)
    two.changing.sweep(Cancel())
    assert two.search.search("lighthouse keeper goats")[0].similarity > 0


def test_what_is_removed_meanwhile_leaves_no_vector(two: Two) -> None:
    (orchard,) = [one.id for one in two.store.documents.all() if one.title == "Orchard"]

    def remove() -> None:
        two.new.before_each = lambda: None
        two.store.documents.remove([orchard])
        two.search.remove([orchard])

    two.new.before_each = remove
    list(two.change())
    assert (two.count(two.old), two.count(two.new)) == (5, 5)
    assert {hit.document for hit in two.search.search("apple trees or ferry")} == {"Ferry"}


def test_what_is_removed_after_a_stop_leaves_no_trace_in_the_files_of_the_new_one(
    two: Two, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("docqa.index.shelf.Sizes", lambda: Sizes(worth_saving=1))
    begun = two.change()
    assert [next(begun) for _ in range(2)][-1] == (7, 7)
    begun.close()
    new = f"passages-{file_key(two.new.identity)}-*"
    assert list(library.directory.glob(new))
    library.store.documents.remove([2])
    two.search.remove([2])
    assert not list(library.directory.glob(new))
    list(two.change())
    assert two.found() == "Ferry"


def test_a_stop_keeps_what_is_done_and_the_next_time_goes_on(two: Two, library: Library) -> None:
    library.add("Many", [f"Page {number} tells of pumps." for number in range(100)])
    list(two.search.index_passages())
    cancel = Cancel()
    changing = two.change(cancel)
    assert [next(changing), next(changing)] == [(0, 107), (64, 107)]
    cancel.set()
    with pytest.raises(Cancelled):
        next(changing)
    assert two.decided == 0
    again = Two(library)
    assert list(again.change()) == [(64, 107), (107, 107)]
    assert again.decided == 1


def test_a_kill_before_the_decision_leaves_the_old_one_and_after_it_the_new(
    two: Two,
) -> None:
    """What is decided is in one transaction with the proof that nothing is missing."""

    def die() -> None:
        two.store.meta.set("embedder", "new")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(two.changing.change(two.new, die, Cancel()))
    assert two.store.meta.get("embedder") is None
    assert two.search.side.embedder is two.old
    assert two.found() == "Ferry"


# -- the whole way, with the choice ----------------------------------------------------------------


class Made:
    """Gives out the embedders of a test instead of children."""

    def __init__(self, **by_name: WordEmbedder) -> None:
        self._by_name = by_name

    def of(self, folder: Path) -> WordEmbedder:
        return self._by_name[folder.name]

    def forget(self, folder: Path) -> None:
        self._by_name[folder.name].close()


@pytest.fixture
def choice(library: Library, tmp_path: Path) -> Choice:
    places = [tmp_path / "models"]
    for name in (STARTER.name, "old", "new"):
        write_bert(places[0] / name)
    choice = Choice(library.store, EmbeddingModels([], places), None)
    choice.use(places[0] / "old")
    choice.choose(places[0] / "old")
    return choice


def reembedding(two: Two, choice: Choice) -> Reembedding:
    return Reembedding(two.store, two.search, Made(old=two.old, new=two.new), choice)


def test_nothing_is_to_be_done_if_nothing_was_chosen(two: Two, choice: Choice) -> None:
    assert list(reembedding(two, choice).run(Cancel())) == []


def test_passages_without_a_vector_get_one(two: Two, choice: Choice, library: Library) -> None:
    library.add("Late", ["The lighthouse keeper feeds nine goats."])
    done = list(reembedding(two, choice).run(Cancel()))
    assert done == [Embedding("old", 7, 8), Embedding("old", 8, 8)]


def test_what_was_chosen_comes_into_use(two: Two, choice: Choice) -> None:
    choice.choose(choice.models.usable("new"))
    done = list(reembedding(two, choice).run(Cancel()))
    assert done == [Embedding("new", 0, 7), Embedding("new", 7, 7)]
    assert choice.used().name == "new"
    assert two.old.is_closed
    assert two.store.vectors.embedders() == [two.new.identity]
    assert list(reembedding(two, choice).run(Cancel())) == []


def test_a_model_that_cannot_be_used_is_given_up(two: Two, choice: Choice) -> None:
    def fail() -> None:
        raise DocqaError("The embedding model cannot be loaded: install the models again.")

    choice.choose(choice.models.usable("new"))
    two.new.before_each = fail
    with pytest.raises(DocqaError, match=r'cannot be loaded: .*\. Until then "old" goes on'):
        list(reembedding(two, choice).run(Cancel()))
    assert (choice.used().name, choice.wanted().name) == ("old", "old")
    assert two.new.is_closed
    assert two.found() == "Ferry"
    assert list(reembedding(two, choice).run(Cancel())) == []
    assert two.count(two.new) == 0


def test_what_fails_on_the_way_is_tried_again(two: Two, choice: Choice, library: Library) -> None:
    library.add("Many", [f"Page {number} tells of pumps." for number in range(100)])
    choice.choose(choice.models.usable("new"))
    calls = iter(range(2))

    def fail_later() -> None:
        if next(calls, None) is None or two.count(two.new):
            raise DocqaError("The disk is full: make room.")

    two.new.before_each = fail_later
    with pytest.raises(DocqaError, match=r"^The disk is full: make room\.$"):
        list(reembedding(two, choice).run(Cancel()))
    assert (choice.used().name, choice.wanted().name) == ("old", "new")
    two.new.before_each = lambda: None
    first, *_ = reembedding(two, choice).run(Cancel())
    assert first == Embedding("new", 64, 107)


# -- the scale of cosines --------------------------------------------------------------------------


def test_cosines_come_on_the_scale_of_the_starter() -> None:
    narrow = Likeness(unlike=0.73, like=0.84)
    assert narrow.scaled(0.73) == pytest.approx(0.0394)
    assert narrow.scaled(0.84) == pytest.approx(0.5732)
    assert narrow.scaled(0.99) == 1.0
    assert np.allclose(narrow.all_scaled(np.array([0.73, 0.84])), [0.0394, 0.5732])
    assert Likeness().scaled(0.31) == 0.31
    assert Likeness(0.5, 0.5).scaled(0.4) == 0.4


def test_the_likeness_of_another_embedder_is_measured_once(two: Two, library: Library) -> None:
    first = Likenesses(library.store, two.new).get(Urgency.ASKING)
    assert first == measure(
        lambda texts: two.new.embed(texts, Urgency.ASKING, kind="question"),
        lambda texts: two.new.embed(texts, Urgency.ASKING),
    )
    assert first.like > first.unlike
    two.new.asked.clear()
    assert Likenesses(library.store, two.new).get(Urgency.ASKING) == first
    assert two.new.asked == []


def test_a_search_without_vectors_waits_for_no_model(library: Library) -> None:
    library.add("Ferry", FERRY)
    embedder = WordEmbedder("other", 16)
    search = Search(library.store, embedder, library.directory)
    assert search.search(QUESTION)[0].similarity == -1.0
    assert embedder.asked == []


def test_the_starter_has_the_scale_that_is_written_down(embedder, library: Library) -> None:
    found = measure(
        lambda texts: embedder.embed(texts, Urgency.ASKING, kind="question"),
        lambda texts: embedder.embed(texts, Urgency.ASKING),
    )
    assert (found.unlike, found.like) == pytest.approx(
        (Likeness().unlike, Likeness().like), abs=0.003
    )
    assert Likenesses(library.store, embedder).get(Urgency.ASKING) == Likeness()
