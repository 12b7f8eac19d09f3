"""Calls of the model while preparing, with what they cost."""

from __future__ import annotations

from docqa.llm.base import Finished, LanguageModel, Piece, Prompt
from docqa.model import Usage
from docqa.process import Cancel, Urgency


class Pen:
    """Writes with the model at the lowest urgency and adds up the tokens, for one step."""

    def __init__(self, model: LanguageModel, cancel: Cancel) -> None:
        self._model = model
        self._cancel = cancel
        self.usage = Usage()

    def write(self, prompt: Prompt, max_tokens: int, stop: tuple[str, ...]) -> str | None:
        """The reply on one line, or None if the budget cut it off. Raises Cancelled."""
        text = ""
        whole = False
        for event in self._model.generate(
            prompt,
            max_tokens=max_tokens,
            urgency=Urgency.PREPARING,
            cancel=self._cancel,
            stop=stop,
        ):
            if isinstance(event, Piece):
                text += event.text
            elif isinstance(event, Finished):
                self.usage += event.usage
                whole = event.reason == "stop"
        return " ".join(text.split()) if whole else None

    def likelihoods(self, prompt: Prompt, texts: tuple[str, ...]) -> tuple[float, ...]:
        """The mean log-probability per token of each text as the reply. Raises Cancelled."""
        scores = self._model.score(prompt, texts, urgency=Urgency.PREPARING, cancel=self._cancel)
        self.usage += scores.usage
        return scores.mean
