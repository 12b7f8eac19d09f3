"""The whole way on the sample document: add, prepare, ask; in a throw-away workspace."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from docqa import human, report
from docqa.commands import show_server
from docqa.console import Console
from docqa.context import Context, Outcome
from docqa.errors import DocqaError
from docqa.library_commands import show_adding
from docqa.model import Added, Answer, AskRoute, Note, Prepared, PrepareProgress
from docqa.process import Cancel
from docqa.report import Shape
from docqa.workspace import Workspace

_SHOWN = 4
_TRIES = 3
_CLOCK = 1e-4
"""A shorter time is not told from this one."""
_NEXT = """
What next:
  docqa                       opens the window: drop your own PDFs into it
  docqa add FILE.pdf          the same without a window, then: docqa ask "..."
  docqa prepare --minutes 30  reads ahead, so that most answers are there before you ask
"""


@dataclass(frozen=True, slots=True)
class Sample:
    """The sample document and questions that it does and does not answer."""

    pdf: Path
    answered: tuple[str, ...]
    unanswered: tuple[str, ...]

    @classmethod
    def find(cls, resources: Path) -> Sample:
        """Look in the folder of resources; raises DocqaError if the sample is not there."""
        pdf, questions = resources / "sample.pdf", resources / "sample_questions.jsonl"
        try:
            lines = [json.loads(line) for line in questions.read_text("utf-8").splitlines()]
        except (OSError, ValueError) as error:
            raise DocqaError(
                f"The sample document is not in {resources}; install docqa again."
            ) from error
        return cls(
            pdf,
            tuple(line["question"] for line in lines if line["kind"] == "found"),
            tuple(line["question"] for line in lines if line["kind"] == "not_found"),
        )


def demo(context: Context) -> Outcome:
    """Show everything once; a stop ends it at any moment and leaves nothing behind."""
    sample = Sample.find(context.paths.resources)
    with (
        tempfile.TemporaryDirectory(prefix="docqa-demo-", ignore_cleanup_errors=True) as folder,
        Workspace.open(Path(folder) / "workspace", context.paths) as workspace,
    ):
        show_server(context.console, workspace)
        tour = _Tour(context.console, workspace, context.cancel)
        data = tour.whole_way(sample, context.options.minutes)
    return Outcome(data, _NEXT.splitlines())


class _Tour:
    """One walk through a workspace, told as it goes."""

    def __init__(self, console: Console, workspace: Workspace, cancel: Cancel) -> None:
        self._console = console
        self._workspace = workspace
        self._cancel = cancel

    def whole_way(self, sample: Sample, minutes: float) -> Shape:
        """Everything in order; returns the same for a script."""
        document = self._add(sample.pdf)
        end = self._prepare(minutes)
        notes = self._workspace.notes(kind="question")
        self._show_notes(notes)
        self._console.progress("Loading the models")
        self._workspace.warm_up(self._cancel)
        data: Shape = {
            "document": report.added([document])["documents"][0],
            "prepared": report.prepared(end),
            "notes": report.notes(_spread(notes, _SHOWN))["notes"],
            "answers": [],
            "speedup": None,
        }
        for kind, answer in self._asked(sample, notes, data):
            data["answers"].append(
                {"kind": kind, "question": answer.question, **report.answer(answer)}
            )
        return data

    def _add(self, pdf: Path) -> Added:
        self._title(f"Adding {pdf.name}")
        for event in self._workspace.add([pdf], cancel=self._cancel):
            if isinstance(event, Added):
                if event.status == "failed":
                    raise DocqaError(f"The sample document cannot be read: {event.problem}")
                self._say(human.added(event))
                return event
            show_adding(self._console, event)
        raise AssertionError("the workspace did not add the sample")

    def _prepare(self, minutes: float) -> Prepared:
        self._title(
            f"Preparing, at most {round(60 * minutes)} s: questions and answers are written, "
            "and checked against the page"
        )
        for event in self._workspace.prepare(minutes=minutes, cancel=self._cancel):
            if isinstance(event, PrepareProgress):
                self._console.progress(*human.preparing(event))
                continue
            self._cancel.raise_if_set()
            self._say(human.prepared(event))
            return event
        raise AssertionError("the preparation did not end")

    def _show_notes(self, notes: Sequence[Note]) -> None:
        self._title(f"Some of the {len(notes)} prepared questions")
        for note in _spread(notes, _SHOWN):
            self._say(human.prepared_question(note))

    def _asked(
        self, sample: Sample, notes: Sequence[Note], data: Shape
    ) -> Iterator[tuple[str, Answer]]:
        """Ask four questions, each of another kind; fills in ``data["speedup"]`` on the way."""
        question = next((note.question for note in notes if note.question), None)
        if question is None:
            self._console.line("No prepared question passed its checks this time.")
        else:
            self._title("Asking a prepared question, word for word")
            prepared = self._ask(question)
            yield "prepared", prepared
            self._title("The same question, as if nothing had been prepared")
            live = self._ask(question, route="passages", with_notes=False)
            yield "same_unprepared", live
            data["speedup"] = self._compare(prepared, live)
        self._title("Asking a question that nobody prepared")
        yield "unprepared", self._ask_something_new(sample.answered, notes)
        self._title("Asking what the document does not say")
        yield "unanswerable", self._ask(sample.unanswered[0])

    def _ask_something_new(self, questions: Iterable[str], notes: Sequence[Note]) -> Answer:
        """Ask the first question that no note answers; a small model may need another try."""
        known = {note.question.casefold() for note in notes if note.question}
        tried: list[Answer] = []
        for question in questions:
            if question.casefold() in known:
                continue
            tried.append(self._answer(question))
            if (tried[-1].found and tried[-1].route == "passages") or len(tried) == _TRIES:
                break
        chosen = next((answer for answer in tried if answer.found), tried[0])
        self._show(chosen)
        return chosen

    def _ask(self, question: str, *, route: AskRoute = "auto", with_notes: bool = True) -> Answer:
        answer = self._answer(question, route=route, with_notes=with_notes)
        self._show(answer)
        return answer

    def _answer(
        self, question: str, *, route: AskRoute = "auto", with_notes: bool = True
    ) -> Answer:
        self._console.progress("Answering")
        for event in self._workspace.ask(
            question, route=route, with_notes=with_notes, cancel=self._cancel
        ):
            if isinstance(event, Answer):
                return event
        raise AssertionError("the workspace gave no answer")

    def _compare(self, prepared: Answer, live: Answer) -> Shape:
        """How much sooner, and with how much less reading, the prepared answer came."""
        first = live.seconds.first_token / max(prepared.seconds.first_token, _CLOCK)
        total = live.seconds.total / max(prepared.seconds.total, _CLOCK)
        soon, late = prepared.seconds.first_token, live.seconds.first_token
        self._console.line(
            f">> Prepared, the first word came {first:,.0f} times sooner ({human.moment(soon)} "
            f"instead of {human.moment(late)}) and "
            f"{live.usage.prompt_tokens - prepared.usage.prompt_tokens} fewer tokens were read."
        )
        return {"first_token": round(first, 2), "total": round(total, 2)}

    def _show(self, answer: Answer) -> None:
        self._console.line(f"Q: {answer.question}")
        self._say(human.answer(answer))

    def _title(self, text: str) -> None:
        self._console.line()
        self._console.line(f"== {text}")

    def _say(self, lines: Iterable[str]) -> None:
        for line in lines:
            self._console.line(line)


def _spread(notes: Sequence[Note], count: int) -> list[Note]:
    """A few notes from all over the document, in reading order."""
    if len(notes) <= count:
        return list(notes)
    return [notes[index * len(notes) // count] for index in range(count)]
