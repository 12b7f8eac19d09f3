"""The sleep-time loop: plan, take the next step, commit it, tell, until there is no more."""

from __future__ import annotations

import contextlib
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

PASSES = len(LENSES)
_AFTER_INTERRUPTION_SECONDS = 0.05
_LOOK_AHEAD = 200


@dataclass(slots=True)
class _Tally:
    """What this run brought so far."""

    started: float = field(default_factory=time.monotonic)
    usage: Usage = field(default_factory=Usage)
    verified: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    done: int = 0
    failed: int = 0
    recent: deque[float] = field(default_factory=lambda: deque(maxlen=20))

    def add(self, result: StepResult) -> None:
        self.done += 1
        self.usage += result.usage
        self.recent.append(result.seconds)
        for note in result.notes:
            if note.status == "verified":
                self.verified[note.kind] += 1
            else:
                self.rejected[note.reason or "unknown"] += 1

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
        out_of_time: Callable[[], bool],
        cancel: Cancel,
    ) -> Iterator[PrepareEvent]:
        """Yield progress after each step and, last, Prepared.

        ``out_of_time`` is asked before each step. Somebody who asks meanwhile interrupts the step
        under way, which is then done again. Raises DocqaError if nothing can be prepared at all.
        """
        tally = _Tally()
        planned: set[int] = set()
        stopped: StopReason = "complete"
        try:
            self._model.load(Urgency.PREPARING, cancel)
            while step := self._next(documents, passes, planned):
                if out_of_time():
                    stopped = "budget"
                    break
                result = self._run(step, cancel, tally)
                if result is not None:
                    yield self._progress(step, result, documents, tally)
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
            for step in self._store.steps.pending(documents, limit=_LOOK_AHEAD):
                if step.pass_number <= passes and step.document_id in planned:
                    return step
            if len(planned) == before:
                break
        for step in self._store.steps.pending(documents):
            if step.pass_number <= passes and step.document_id in planned:
                return step
        return None

    def _run(self, step: Step, cancel: Cancel, tally: _Tally) -> StepResult | None:
        """Do a step, again after an interruption; None if it failed or a question came first."""
        try:
            result = self._runner.run(step, cancel)
        except Cancelled:
            cancel.raise_if_set()
            time.sleep(_AFTER_INTERRUPTION_SECONDS)  # The one who interrupted goes first.
            return None
        except DocqaError as error:
            self._store.steps.fail(step, str(error))
            tally.failed += 1
            return None
        tally.add(result)
        # Without its vector a note is still found word for word, and the next step tries again.
        with contextlib.suppress(DocqaError):
            self._search.index_notes(urgency=Urgency.PREPARING, cancel=cancel)
        return result

    def _progress(
        self,
        step: Step,
        result: StepResult,
        documents: Sequence[int] | None,
        tally: _Tally,
    ) -> PrepareProgress:
        counts = self._store.steps.counts(documents)
        document = self._store.documents.get(step.document_id)
        each = sum(tally.recent) / len(tally.recent)
        return PrepareProgress(
            document_id=step.document_id,
            document=document.title if document else "",
            steps=counts,
            verified=tally.verified.total(),
            rejected=tally.rejected.total(),
            notes=tuple(note for note in result.notes if note.status == "verified"),
            seconds=tally.seconds,
            seconds_left=each * counts.pending,
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
