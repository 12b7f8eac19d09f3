"""The sleep-time loop: plan, take the next step, commit it, tell, until there is no more."""

from __future__ import annotations

import contextlib
import logging
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from docqa.errors import Cancelled, DocqaError
from docqa.index.search import Search
from docqa.llm.base import LanguageModel
from docqa.model import Prepared, PrepareEvent, PrepareProgress, Step, StepCounts, StopReason, Usage
from docqa.prepare.lenses import LENSES
from docqa.prepare.plan import steps_for
from docqa.prepare.runner import StepResult, StepRunner
from docqa.process import Cancel, Urgency
from docqa.store.store import Store

_log = logging.getLogger(__name__)

PASSES = len(LENSES)
_AFTER_INTERRUPTION_SECONDS = 0.05
_LOOK_AHEAD = 200
_WORTH_TUNING_SECONDS = 120.0
"""A run that is shorter is not used to find out what runs fastest, which may take a minute."""
_MOST_FAILURES_IN_A_ROW = 6
"""Three steps that fail for good, twice each: that is no accident of single steps."""


@dataclass(slots=True)
class _Tally:
    """What this run brought so far."""

    started: float = field(default_factory=time.monotonic)
    usage: Usage = field(default_factory=Usage)
    verified: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    done: int = 0
    failed: int = 0
    failed_in_a_row: int = 0
    recent: deque[float] = field(default_factory=lambda: deque(maxlen=20))

    def add(self, result: StepResult) -> None:
        self.done += 1
        self.failed_in_a_row = 0
        self.usage += result.usage
        self.recent.append(result.seconds)
        for note in result.notes:
            if note.status == "verified":
                self.verified[note.kind] += 1
            else:
                self.rejected[note.reason or "unknown"] += 1

    def fail(self) -> None:
        self.failed += 1
        self.failed_in_a_row += 1

    @property
    def seconds_each(self) -> float:
        """What a step took lately; 0 before the first."""
        return sum(self.recent) / len(self.recent) if self.recent else 0.0

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started


class Preparer:
    """Prepares documents; what is done stays done, whenever it is stopped."""

    def __init__(self, store: Store, search: Search, model: LanguageModel) -> None:
        self._store = store
        self._search = search
        self._model = model
        self._runner = StepRunner(store, search, model)

    def prepare(
        self,
        *,
        documents: Sequence[int] | None,
        passes: int,
        seconds_left: Callable[[], float],
        cancel: Cancel,
    ) -> Iterator[PrepareEvent]:
        """Yield progress after each step and, last, Prepared.

        ``seconds_left`` tells before each step how long this may go on (infinity: no limit); a step
        that would take longer is not begun. Somebody who asks meanwhile interrupts the step under
        way, which is then done again. Raises DocqaError if preparing cannot go on; what is done is
        kept.
        """
        tally = _Tally()
        planned: set[int] = set()
        stopped: StopReason = "complete"
        try:
            self._load(cancel)
            if seconds_left() >= _WORTH_TUNING_SECONDS:
                self._tune(cancel)
            tally = _Tally()  # Its seconds are of the work alone.
            while step := self._next(documents, passes, planned):
                if seconds_left() <= tally.seconds_each / 2:
                    stopped = "budget"
                    break
                result = self._run(step, cancel, tally)
                if result is not None:
                    yield self._progress(step, documents, tally, result, seconds_left())
        except Cancelled:
            stopped = "cancelled"
        yield self._end(documents, tally, stopped)

    def _plan(self, documents: Sequence[int] | None, passes: int, planned: set[int]) -> None:
        """Plan the steps of one more document that is ready; the others' turn comes later.

        Looking through every lens takes milliseconds a passage, and a library has many.
        """
        for document in self._store.documents.all():
            wanted = documents is None or document.id in documents
            if wanted and document.id not in planned and document.status in ("ready", "partial"):
                planned.add(document.id)
                self._plan_document(document.id, passes)
                return

    def _plan_document(self, document_id: int, passes: int) -> None:
        identity = self._model.info().identity
        passages = self._store.passages.of_document(document_id)
        by_priority: dict[int, list[Step]] = {}
        for priority, step in steps_for(passages, identity, PASSES):
            by_priority.setdefault(priority, []).append(step)
        current = {step.input_hash for steps in by_priority.values() for step in steps}
        with self._store.database.write():
            self._store.steps.retire(document_id, keep=current)
            for priority, steps in sorted(by_priority.items()):
                now = [step for step in steps if step.pass_number <= passes]
                self._store.steps.plan(now, priority=priority)

    def _next(self, documents: Sequence[int] | None, passes: int, planned: set[int]) -> Step | None:
        """The next step. Before it, one more document is planned; until a step turns up, all."""
        while True:
            before = len(planned)
            self._plan(documents, passes, planned)
            step = self._first_pending(documents, passes, planned, _LOOK_AHEAD)
            if step is not None:
                return step
            if len(planned) == before:
                return self._first_pending(documents, passes, planned, None)

    def _first_pending(
        self,
        documents: Sequence[int] | None,
        passes: int,
        planned: set[int],
        limit: int | None,
    ) -> Step | None:
        """The first of the next ``limit`` steps that this run is about."""
        for step in self._store.steps.pending(documents, limit=limit):
            if step.pass_number <= passes and step.document_id in planned:
                return step
        return None

    def _load(self, cancel: Cancel) -> None:
        """Load both models. Raises Cancelled and DocqaError."""
        self._undisturbed(self._search.load, cancel)
        self._undisturbed(self._model.load, cancel)

    def _tune(self, cancel: Cancel) -> None:
        """Find out what runs fastest, if that can be done: without it preparing only takes longer.

        Raises Cancelled.
        """
        try:
            self._undisturbed(self._model.tune, cancel)
        except DocqaError as error:
            _log.info("not tuned: %s", error)

    def _undisturbed(self, call: Callable[[Urgency, Cancel], object], cancel: Cancel) -> None:
        """Do something whole; whoever asks meanwhile goes first. Raises Cancelled, DocqaError."""
        while True:
            try:
                call(Urgency.PREPARING, cancel)
                return
            except Cancelled:
                cancel.raise_if_set()
                time.sleep(_AFTER_INTERRUPTION_SECONDS)

    def _run(self, step: Step, cancel: Cancel, tally: _Tally) -> StepResult | None:
        """Do a step; None if a question came first (it is done again) or if it failed.

        Raises DocqaError when the step is not to blame: the models cannot be loaded any more, or
        one step after the other fails.
        """
        try:
            result = self._runner.run(step, cancel)
        except Cancelled:
            cancel.raise_if_set()
            time.sleep(_AFTER_INTERRUPTION_SECONDS)  # The one who interrupted goes first.
            return None
        except DocqaError as error:
            self._load(cancel)
            self._store.steps.fail(step, str(error))
            tally.fail()
            if tally.failed_in_a_row >= _MOST_FAILURES_IN_A_ROW:
                raise DocqaError(
                    f"Preparing was stopped after {tally.failed_in_a_row} failures in a row, the "
                    f"last one: {error}"
                ) from error
            return None
        tally.add(result)
        # Without its vector a note is still found word for word, and the next step tries again.
        with contextlib.suppress(DocqaError):
            self._search.index_notes(urgency=Urgency.PREPARING, cancel=cancel)
        return result

    def _progress(
        self,
        step: Step,
        documents: Sequence[int] | None,
        tally: _Tally,
        result: StepResult,
        seconds_left: float,
    ) -> PrepareProgress:
        counts = self._store.steps.counts(documents)
        document = self._store.documents.get(step.document_id)
        return PrepareProgress(
            document_id=step.document_id,
            document=document.title if document else "",
            steps=counts,
            verified=tally.verified.total(),
            rejected=tally.rejected.total(),
            notes=tuple(note for note in result.notes if note.status == "verified"),
            seconds=tally.seconds,
            seconds_left=max(0.0, min(tally.seconds_each * counts.pending, seconds_left)),
        )

    def _end(self, documents: Sequence[int] | None, tally: _Tally, stopped: StopReason) -> Prepared:
        pending = self._store.steps.counts(documents).pending
        return Prepared(
            steps=StepCounts(tally.done, tally.failed, pending),
            verified=tally.verified.total(),
            rejected=tally.rejected.total(),
            by_kind=dict(tally.verified),
            rejected_by_reason=dict(tally.rejected),
            usage=tally.usage,
            seconds=tally.seconds,
            stopped=stopped,
        )
