"""Cosines of any embedding model on the scale of the starter's, for which thresholds were chosen.

What is "alike" differs by model: for multilingual-e5-small unrelated texts have a cosine of 0.73,
for the starter one of 0.04. Two means of fixed pairs of sentences tell how a model's cosines lie.
Of SQuAD's questions the best sentence of other articles passes for an answer in 1 % of the cases by
the starter; by multilingual-e5-small in 100 %, and on this scale in 7 %.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from docqa.errors import DocqaError
from docqa.index.embedder import Embedder
from docqa.process import Cancel, Urgency
from docqa.store.store import Store

_UNLIKE, _LIKE = 0.0394, 0.5732
"""Mean cosines of the starter: of a question below with the other sentences, and with its own."""
_LEAST_SPAN = 0.02
"""Below that the model tells nothing apart, and its cosines stay as they are."""
_STARTER = "all-MiniLM-L6-v2:"

# Of many subjects, in words that differ from the question's.
_PAIRS = (
    (
        "How many employees did the company have at the end of the year?",
        "At 31 December the group employed 4,210 people, 130 more than a year before.",
    ),
    (
        "What was the net profit in the last quarter?",
        "Net income for the three months ended in June was 18.4 million dollars.",
    ),
    (
        "Who designed the bridge over the river?",
        "The bridge was built to a design by the engineer Clara Holm.",
    ),
    (
        "When does the museum open on Sundays?",
        "On Sundays visitors are admitted from ten in the morning until five.",
    ),
    (
        "Which temperature must the oven have?",
        "Heat the oven to 180 degrees before the dough is put in.",
    ),
    (
        "Why was the launch of the satellite put off?",
        "Because of strong winds the rocket stayed on the ground until the following week.",
    ),
    (
        "What are the side effects of the medicine?",
        "Patients who took the tablets reported headaches and, rarely, a rash.",
    ),
    (
        "How long is the warranty of the pump?",
        "The manufacturer guarantees the pump for a period of three years from purchase.",
    ),
    (
        "Where were the oldest cave paintings found?",
        "The earliest known paintings were discovered in a cave on the island of Sulawesi.",
    ),
    (
        "How do bees tell each other where flowers are?",
        "By a dance in the hive a bee shows the others the direction of the food.",
    ),
    (
        "What must a tenant do before moving out?",
        "Before leaving, the tenant has to clean the flat and return all keys to the landlord.",
    ),
    (
        "Which language is spoken by most people in the country?",
        "Portuguese is the mother tongue of nearly all of its inhabitants.",
    ),
    (
        "How is the battery of the device replaced?",
        "Open the cover on the back, take out the old battery and insert a new one.",
    ),
    (
        "What share of the electricity came from wind?",
        "Wind turbines supplied 27 per cent of the power that was generated.",
    ),
    (
        "Who was king when the war ended?",
        "At the time of the peace treaty Charles the Ninth sat on the throne.",
    ),
    (
        "What does the insurance not cover?",
        "Damage caused by floods and earthquakes is excluded from the policy.",
    ),
    (
        "How fast can the train travel?",
        "The new trains reach a top speed of 320 kilometres per hour.",
    ),
    (
        "Which minerals does the soil contain?",
        "The ground is rich in iron and potassium but poor in calcium.",
    ),
    (
        "What happens if a payment is late?",
        "For overdue amounts interest of one per cent a month is charged.",
    ),
    (
        "How did the author become famous?",
        "Her first novel sold a million copies and made her known all over the world.",
    ),
)


@dataclass(frozen=True, slots=True)
class Likeness:
    """A model's mean cosines for unlike and like texts."""

    unlike: float = _UNLIKE
    like: float = _LIKE

    def scaled(self, cosine: float) -> float:
        """A cosine as the starter would give it: at most 1."""
        return float(self.all_scaled(np.array([cosine]))[0])

    def all_scaled(self, cosines: NDArray[np.floating]) -> NDArray[np.floating]:
        """Many cosines as the starter would give them."""
        span = self.like - self.unlike
        if span < _LEAST_SPAN or self == Likeness():
            return cosines
        moved: NDArray[np.floating] = (cosines - self.unlike) * ((_LIKE - _UNLIKE) / span)
        return (moved + _UNLIKE).clip(max=1.0)


class Likenesses:
    """The likeness of one embedder, measured once and kept in the workspace."""

    def __init__(self, store: Store, embedder: Embedder) -> None:
        self._store = store
        self._embedder = embedder
        self._known: Likeness | None = None

    def get(self, urgency: Urgency, cancel: Cancel | None = None) -> Likeness:
        """The embedder's likeness; the starter's where it cannot be measured. Raises Cancelled."""
        if self._known is None:
            try:
                self._known = self._read() or self._measured(urgency, cancel)
            except DocqaError:
                return Likeness()
        return self._known

    def _read(self) -> Likeness | None:
        identity = self._embedder.identity
        if identity.startswith(_STARTER):
            return Likeness()
        try:
            unlike, like = json.loads(self._store.meta.get(_key(identity)) or "")
            return Likeness(float(unlike), float(like))
        except (ValueError, TypeError):
            return None

    def _measured(self, urgency: Urgency, cancel: Cancel | None) -> Likeness:
        found = measure(
            lambda texts: self._embedder.embed(texts, urgency, cancel, kind="question"),
            lambda texts: self._embedder.embed(texts, urgency, cancel),
        )
        if not self._store.database.read_only:
            key = _key(self._embedder.identity)
            with contextlib.suppress(DocqaError):  # On a full disk it is measured once a start.
                self._store.meta.set(key, json.dumps([found.unlike, found.like]))
        return found


def measure(
    questions: Callable[[Sequence[str]], NDArray[np.float32]],
    passages: Callable[[Sequence[str]], NDArray[np.float32]],
) -> Likeness:
    """The likeness of a model that makes unit vectors of questions, and of passages."""
    asked = questions([question for question, _ in _PAIRS])
    cosines = asked @ passages([answer for _, answer in _PAIRS]).T
    own = np.eye(len(_PAIRS), dtype=bool)
    return Likeness(float(cosines[~own].mean()), float(cosines[own].mean()))


def _key(identity: str) -> str:
    return f"likeness {identity}"
