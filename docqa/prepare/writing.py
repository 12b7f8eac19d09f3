"""Calls of the model while preparing, with what they cost."""

from __future__ import annotations

from collections.abc import Sequence

from docqa.errors import NotOffered
from docqa.llm.base import Finished, LanguageModel, Piece, Prompt
from docqa.model import Usage
from docqa.process import Cancel, Urgency


class Pen:
    """Writes with the model at the lowest urgency and adds up the tokens, for one step.

    What belongs together is written together: that costs a fraction of one after the other.
    """

    def __init__(self, model: LanguageModel, cancel: Cancel) -> None:
        self._model = model
        self._cancel = cancel
        self.usage = Usage()

    def write(
        self, prompts: Sequence[Prompt], max_tokens: int, stop: tuple[str, ...]
    ) -> list[str | None]:
        """The replies, each on one line, or None where the budget cut it off. Raises Cancelled."""
        if not prompts:
            return []
        texts = [""] * len(prompts)
        whole = [False] * len(prompts)
        for index, event in self._model.generate_many(
            tuple(prompts),
            max_tokens=max_tokens,
            urgency=Urgency.PREPARING,
            cancel=self._cancel,
            stop=stop,
        ):
            if isinstance(event, Piece):
                texts[index] += event.text
            elif isinstance(event, Finished):
                self.usage += event.usage
                whole[index] = event.reason == "stop"
        return [
            " ".join(text.split()) if is_whole else None
            for text, is_whole in zip(texts, whole, strict=True)
        ]

    def likelihoods(self, prompt: Prompt, texts: Sequence[str]) -> tuple[float, ...] | None:
        """The mean log-probability per token of each text as the reply, where the model can tell.

        Raises Cancelled.
        """
        try:
            scores = self._model.score(
                prompt, tuple(texts), urgency=Urgency.PREPARING, cancel=self._cancel
            )
        except NotOffered:
            return None
        self.usage += scores.usage
        return scores.mean
