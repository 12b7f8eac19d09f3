"""A prompt as the messages of a chat, for a server that lays them out itself.

Servers look for control tokens inside of messages too, so what looks like one in a text is broken
up: a document must not be able to speak as the system.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from docqa.llm.base import Prompt

_BARS = re.compile(r"(?<=<)(?=[|｜])|(?<=[|｜])(?=>)")
"""Where ``<|im_start|>`` and the like are cut, also when only a half of one is there."""
_TAG = re.compile(r"(?<=<)(?=/?[\w:.-]{1,60}>|<)")
"""The same for ``<s>``, ``</s>``, ``<start_of_turn>``, ``<<SYS>>`` and their kin."""
_BRACKET = re.compile(
    r"(?<=\[)(?=/?[A-Za-z0-9_]{0,40}?(?:[A-Z_]{3}|[a-z]{2}_[0-9]|unused[0-9])[A-Za-z0-9_]{0,40}\])"
)
"""The same for ``[INST]``, ``[/INST]``, ``[gMASK]``, ``[UNUSED_TOKEN_1]``, ``[extra_id_1]``,
``[unused0]`` and their kin, not for ``[1]``, ``[sic]``, or sources such as ``[Knu97]``."""
_TILDE = re.compile(r"(?<=[\[\]])(?=!?[a-z]~[\[\]]|~!?[a-z][\[\]])|(?<=\])(?=<\])")
"""The same for MiniMax's: ``]~b]``, ``]~!b[``, ``[e~[``, ``]!p~[``, ``]<]image[>[``."""
_ASK_TO_BEGIN = "Begin your reply with: "
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Chat:
    """What is sent: the system's message (may be empty) and the user's."""

    system: str
    user: str

    @property
    def messages(self) -> list[dict[str, str]]:
        """As the servers want it."""
        system = [{"role": "system", "content": self.system}] if self.system else []
        return [*system, {"role": "user", "content": self.user}]

    @property
    def plain(self) -> str:
        """As one text, for a server that is asked about likelihoods."""
        return f"{self.system}\n\n{self.user}" if self.system else self.user


def chat(prompt: Prompt) -> Chat:
    """The messages for ``prompt``; the beginning of the reply is asked for in words."""
    # Joined first: a control token must not arise from two parts.
    user = "".join(prompt.user)
    if prompt.reply:
        user = f"{user}\n\n{_ASK_TO_BEGIN}{prompt.reply}"
    return Chat(harmless(prompt.instructions), harmless(user))


def plain(prompt: Prompt) -> str:
    """Instructions, user's parts and the beginning of the reply as one text to be continued."""
    shown = Chat(harmless(prompt.instructions), harmless("".join(prompt.user))).plain
    return f"{shown}\n\n{harmless(prompt.reply)}"


def harmless(text: str) -> str:
    """The text with a blank inside of everything that a server may take for a control token.

    A blank, not an invisible character: some tokenisers remove those before they look.
    """
    text = text.replace("\x00", " ").encode("utf-8", "replace").decode("utf-8")
    for place in (_BARS, _TAG, _BRACKET, _TILDE):
        text = place.sub(" ", text)
    return text


class Continuation:
    """Cuts blanks, and the beginning that was asked for as far as it is repeated, off a reply.

    What is left continues the beginning, as a reply of the model on this computer does.
    """

    def __init__(self, beginning: str) -> None:
        self._beginnings = _ends(beginning)
        self._glue = " " if beginning[-1:].isalnum() else ""
        self._held: str | None = ""

    def add(self, text: str) -> str:
        """Take the next text; return what surely belongs to the continuation by now."""
        if self._held is None:
            return text
        self._held = (self._held + text).lstrip()
        longest = max(map(len, self._beginnings), default=0)
        # One more character tells "What" from "Whatever".
        return self.finish() if len(self._held) > longest else ""

    def finish(self) -> str:
        """The rest, when nothing more comes."""
        held, self._held = self._held, None
        return self._without_beginning(held) if held else ""

    def _without_beginning(self, text: str) -> str:
        for beginning in self._beginnings:
            rest = text[len(beginning) :]
            apart = not (beginning[-1].isalnum() and rest[:1].isalnum())
            if text[: len(beginning)].casefold() == beginning.casefold() and apart:
                return rest
        return self._glue + text if text[0].isalnum() else text


def _ends(beginning: str) -> list[str]:
    """The beginning and what is left of it after its first, second ... word, longest first."""
    words = _SPACE.sub(" ", beginning).strip().split(" ")
    return [" ".join(words[index:]) for index in range(len(words)) if words[index]]
