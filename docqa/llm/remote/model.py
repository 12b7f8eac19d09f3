"""A language model on a server that the person set up: the same protocol over HTTP.

The server (llama-server, vLLM, Ollama, ...) speaks the OpenAI dialect. With it, questions and the
text of documents leave this computer; without a ``[server]`` in the settings nothing of this runs.
"""

from __future__ import annotations

import contextlib
import hashlib
import threading
import time
from collections.abc import Generator, Iterator

from docqa.errors import DocqaError, NotOffered
from docqa.llm.base import Finished, ModelInfo, Piece, Prompt, Scores
from docqa.llm.remote.answers import Chunk
from docqa.llm.remote.api import PAUSES, Pauses, ServerApi
from docqa.llm.remote.chat import chat, harmless, plain
from docqa.llm.remote.counting import Counter, estimated, least
from docqa.llm.remote.reply import Reply, Wish
from docqa.llm.remote.right_of_way import RightOfWay
from docqa.llm.remote.scores import Rater
from docqa.llm.remote.side_by_side import each, merged
from docqa.llm.remote.trouble import broken_off, cut_off, no_answer, thinks_aloud
from docqa.process import Cancel, Urgency
from docqa.settings import ServerSettings

_AROUND_TOKENS = 48
"""What a chat format puts around two messages: 8 (Mistral) to some 40 (Llama 3, with its date)."""


class RemoteModel:
    """The model of a server; implements LanguageModel. Nothing is sent before the first call."""

    def __init__(self, server: ServerSettings, pauses: Pauses = PAUSES) -> None:
        """``pauses`` are the seconds between tries while the server is not available."""
        self._server = server
        self._api = ServerApi(server, pauses)
        self._counter = Counter(self._api)
        self._rater = Rater(self._api, server.parallel)
        self._right_of_way = RightOfWay(alone=server.parallel == 1)
        self._model = server.model
        self._is_there = False
        self._was_there = False
        self._calls: set[Cancel] = set()
        self._calls_lock = threading.Lock()

    @property
    def pid(self) -> None:
        """There is no process on this computer."""

    def load(self, urgency: Urgency, cancel: Cancel | None = None) -> float:
        """Find out whether the server is there; return the seconds, 0.0 while all goes well."""
        if self._is_there:
            return 0.0
        started = time.perf_counter()
        with self._call(cancel) as stop, self._right_of_way.passing(urgency, stop):
            # Whoever begins to prepare should hear soon that the server is not there; a night waits
            # for one that was.
            self._meet(urgency if self._was_there else min(urgency, Urgency.READING), stop)
        return time.perf_counter() - started

    def info(self) -> ModelInfo:
        """Which model this is; asks the server for its name where the settings do not tell.

        ``identity`` is the name's: a server does not tell when it gets other weights.
        """
        with self._call(None) as stop:
            model = self._name(Urgency.READING, stop)
        identity = hashlib.sha256(model.encode()).hexdigest()
        return ModelInfo(model, identity, self._server.context)

    def count(
        self, texts: tuple[str, ...], urgency: Urgency, cancel: Cancel | None = None
    ) -> tuple[int, ...]:
        """Tokens of each text by the server's tokeniser, or a careful estimate without one."""
        with self._call(cancel) as stop, self._right_of_way.passing(urgency, stop):
            if not texts or not self._counter.is_exact:
                return tuple(self._count(text, urgency, stop) for text in texts)
            return tuple(
                each(
                    lambda text, order: self._count(text, urgency, order),
                    texts,
                    self._server.parallel,
                    stop,
                )
            )

    def generate(
        self,
        prompt: Prompt,
        *,
        max_tokens: int,
        urgency: Urgency,
        cancel: Cancel | None = None,
        grammar: str | None = None,
        stop: tuple[str, ...] = (),
        temperature: float = 0.0,
        seed: int = 0,
    ) -> Iterator[Piece | Finished]:
        """Yield the reply's pieces and, last, Finished; see LanguageModel.

        ``grammar`` reaches only a server that is said to understand it.
        """
        wish = Wish(prompt, max_tokens, grammar, stop, temperature, seed)
        with self._call(cancel) as order:
            yield from self._reply(wish, urgency, order)

    def generate_many(
        self,
        prompts: tuple[Prompt, ...],
        *,
        max_tokens: int,
        urgency: Urgency,
        cancel: Cancel | None = None,
        grammar: str | None = None,
        stop: tuple[str, ...] = (),
        temperature: float = 0.0,
        seed: int = 0,
    ) -> Iterator[tuple[int, Piece | Finished]]:
        """Write several replies, each by a request of its own, some of them at a time."""
        wishes = [
            Wish(prompt, max_tokens, grammar, stop, temperature, seed + index)
            for index, prompt in enumerate(prompts)
        ]
        with self._call(cancel) as order:
            yield from merged(
                lambda index: self._reply(wishes[index], urgency, order),
                len(wishes),
                self._server.parallel,
                order,
            )

    def score(
        self,
        prompt: Prompt,
        continuations: tuple[str, ...],
        *,
        urgency: Urgency,
        cancel: Cancel | None = None,
    ) -> Scores:
        """How likely each continuation is; raises NotOffered where the server does not tell."""
        texts = tuple(map(harmless, continuations))
        with self._call(cancel) as stop, self._right_of_way.passing(urgency, stop):
            scores = None
            if self._rater.is_offered:
                shown = plain(prompt)
                longest = max(texts, key=len, default="")
                self._require_room(shown + longest, 1, urgency, stop)
                scores = self._rater.rate(shown, texts, self._name(urgency, stop), urgency, stop)
            if scores is None:
                raise NotOffered(f"The server at {self._server.host} tells no likelihoods.")
        return scores

    def tune(self, urgency: Urgency, cancel: Cancel | None = None) -> None:
        """Nothing: how the server runs is its owner's business."""

    @property
    def note(self) -> None:
        """Nothing to tell: how a server runs its model is not known here."""
        return None

    def close(self) -> None:
        """End what is under way with Cancelled; the next call connects again."""
        with self._calls_lock:
            calls = tuple(self._calls)
        for stop in calls:
            stop.set()
        self._is_there = False

    # -- with the right of way -----------------------------------------------------------------

    def _reply(
        self, wish: Wish, urgency: Urgency, stop: Cancel
    ) -> Generator[Piece | Finished, None, None]:
        with self._right_of_way.passing(urgency, stop):
            started = time.perf_counter()
            shown = chat(wish.prompt)
            tokens = self._require_room(shown.plain, wish.tokens, urgency, stop)
            reply = Reply(wish, tokens, started)
            if wish.max_tokens > 0:
                body = wish.body(shown, self._name(urgency, stop), grammar=self._server.grammar)
                yield from self._written(reply, self._api.chat(body, urgency, stop))
                if 0 < reply.told_tokens < least(shown.plain):
                    raise cut_off(self._server)
        yield from reply.finish()

    def _written(
        self, reply: Reply, chunks: Generator[Chunk, None, None]
    ) -> Generator[Piece, None, None]:
        with contextlib.closing(chunks):
            for chunk in chunks:
                yield from reply.add(chunk)
                if reply.is_complete:
                    break  # The server sees that nobody listens, and stops.
        if not reply.has_ended:
            raise broken_off(self._server)
        if reply.is_thinking:
            raise thinks_aloud(self._server)

    def _require_room(self, text: str, room: int, urgency: Urgency, stop: Cancel) -> int:
        """The tokens of a prompt; raises DocqaError when ``room`` more exceed the context."""
        context = self._server.context
        # No token is less than a byte, so that a short text need not be counted.
        if len(text.encode()) + _AROUND_TOKENS + room <= context:
            return estimated(text) + _AROUND_TOKENS
        tokens = self._count(text, urgency, stop) + _AROUND_TOKENS
        if tokens + room > context:
            raise DocqaError(
                f"The prompt of {tokens} tokens and a reply of up to {room} do not fit the "
                f"model's context of {context} tokens; ask for less at once."
            )
        return tokens

    def _count(self, text: str, urgency: Urgency, stop: Cancel) -> int:
        model = self._name(urgency, stop)
        return self._counter.count(harmless(text), model, urgency, stop)

    def _name(self, urgency: Urgency, stop: Cancel) -> str:
        """The model's name; the server is asked once where the settings do not tell."""
        if self._model is None:
            self._meet(urgency, stop)
        if self._model is None:
            raise no_answer(self._server)
        return self._model

    def _meet(self, urgency: Urgency, stop: Cancel) -> None:
        names = self._api.models(urgency, stop)
        if self._model is None and names:
            self._model = names[0]
        self._is_there = self._was_there = True

    @contextlib.contextmanager
    def _call(self, cancel: Cancel | None) -> Iterator[Cancel]:
        """A stop order for one call: by the caller, by close, or by somebody who asks.

        After an error, load looks whether the server is still there.
        """
        stop = Cancel()
        with self._calls_lock:
            self._calls.add(stop)
        try:
            with (cancel or Cancel()).linked(stop.set):
                stop.raise_if_set()
                yield stop
        except NotOffered:
            raise
        except DocqaError:
            self._is_there = False
            raise
        finally:
            with self._calls_lock:
                self._calls.discard(stop)
