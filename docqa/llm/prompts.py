"""Every prompt, as data, with the version that notes and steps remember.

Fixed parts come first and what changes comes last, so that the model computes a shared beginning
once. Wording was chosen on the starter model (135M parameters), which follows only the simplest
orders; larger models do better with the same words. Change a text, raise its version: steps made
with the old one are then done anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from docqa.llm.base import Kept, Prompt
from docqa.model import Verbosity


@dataclass(frozen=True, slots=True)
class Wording:
    """The words around what varies; ``task`` has named fields in braces."""

    version: int
    instructions: str
    task: str
    reply: str = ""


QUESTION = Wording(
    version=1,
    instructions="You write questions about a text.",
    task="Write one short question that is answered by this sentence: {sentence}",
    reply="Question: {starter}",
)
SHORT_ANSWER = Wording(
    version=1,
    instructions="You answer with a few words from the text.",
    task="Question: {question}",
    reply="Answer:",
)
FACT = Wording(
    version=1,
    instructions="You rewrite text.",
    task="Rewrite the last sentence so that it can be understood alone. Last sentence: {sentence}",
    reply="Rewritten:",
)
GUESS = Wording(
    version=1,
    instructions="You write questions that a reader asks.",
    task="Write one short question.",
    reply="Question:",
)
ANSWER = Wording(
    version=1,
    instructions=(
        "You answer questions from the given text only. "
        "If the text does not say, answer: not found."
    ),
    task="Question: {question}\n{length}",
)

_LENGTHS: dict[Verbosity, tuple[str, int]] = {
    "brief": ("Answer in one short sentence.", 60),
    "normal": ("Answer in one or two sentences.", 120),
    "detailed": ("Answer in full, with every detail that the text gives.", 400),
}


def question_prompt(text: str, sentence: str, starter: str) -> Prompt:
    """Ask for a question that ``sentence`` of ``text`` answers and that begins with ``starter``."""
    return Prompt(
        QUESTION.instructions,
        (f"Text: {text}\n\n", QUESTION.task.format(sentence=sentence)),
        QUESTION.reply.format(starter=starter),
    )


def short_answer_prompt(text: str, question: str) -> Prompt:
    """Ask for the answer in a few words of ``text``."""
    return Prompt(
        SHORT_ANSWER.instructions,
        (f"Text: {text}\n\n", SHORT_ANSWER.task.format(question=question)),
        SHORT_ANSWER.reply,
    )


def fact_prompt(text: str, sentence: str) -> Prompt:
    """Ask for ``sentence``, the last of ``text``, in words that need no other sentence."""
    return Prompt(
        FACT.instructions, (f"Text: {text}\n\n", FACT.task.format(sentence=sentence)), FACT.reply
    )


def reader_prompt(text: str) -> Prompt:
    """The beginning of a reader's question, with ``text`` before them or (empty) without any."""
    shown = (f"Text: {text}\n\n",) if text else ()
    return Prompt(GUESS.instructions, (*shown, GUESS.task), GUESS.reply)


def answer_prompt(
    evidence: Sequence[str], owners: Iterable[int], question: str, verbosity: Verbosity
) -> Prompt:
    """Ask a person's question over pieces of evidence, in reading order.

    The evidence, which is of the documents ``owners``, is worth keeping: the next question on the
    same passages then begins at once.
    """
    length, _ = _LENGTHS[verbosity]
    fixed = ("Text:\n", *(f"{piece}\n\n" for piece in evidence))
    task = ANSWER.task.format(question=question, length=length)
    kept = Kept(len(fixed), tuple(sorted(set(owners))))
    return Prompt(ANSWER.instructions, (*fixed, task), kept=kept)


def answer_tokens(verbosity: Verbosity) -> int:
    """How many tokens an answer may have."""
    return _LENGTHS[verbosity][1]
