"""An answer as Markdown with links, and as plain text to copy. What a model wrote is escaped."""

from __future__ import annotations

import re
from collections.abc import Callable

from PySide6.QtCore import QCoreApplication

from docqa.model import NO_SOURCE, Answer, Citation, Hit
from docqa.ui.sight import Place
from docqa.ui.words import counted

CITE, NEAR, BARE = "cite:", "near:", "bare:"
"""Schemes of our own links: a citation, a page near by (both with a number from 0), no source."""
_SPECIAL = re.compile(r"([\\`\[\]!<>&|~])")
_QUOTE_SHOWN = 150
_FIXED = "\N{NO-BREAK SPACE}"
_BLANKS = re.compile(r"\s+")


def tr(text: str) -> str:
    """Translate a text of answers."""
    return QCoreApplication.translate("Answer", text)


def escape(text: str) -> str:
    """Markdown in which a model can format (emphasis, lists, headings) but neither link nor load.

    HTML, images, links, code and tables are shown as the characters they consist of.
    """
    return _SPECIAL.sub(r"\\\1", text)


def plain(text: str) -> str:
    """Markdown for exactly these words: nothing in them formats. White space becomes blanks."""
    return re.sub(r"([\\`*_{}\[\]()#+\-.!<>&|~=:])", r"\\\1", _BLANKS.sub(" ", text).strip())


def streaming(text: str) -> str:
    """What there is of an answer while it is being written."""
    return escape(text) + " ▌"


def stopped(text: str) -> str:
    """What there was of an answer when it was stopped."""
    note = tr("Stopped. What stands here was not checked.") if text else tr("Stopped.")
    return f"{escape(text)}\n\n*{plain(note)}*" if text else f"*{plain(note)}*"


def markdown(answer: Answer) -> str:
    """The whole answer: its text with numbered citations, its sources, or the pages near by."""
    blocks = [_found(answer)] if answer.found and answer.text else [_not_found(answer)]
    if answer.still_reading:
        names = ", ".join(plain(name) for name in answer.still_reading)
        note = plain(tr("Still being read, so not searched completely:"))
        blocks.append(f"*{note}* {names}")
    return "\n\n".join(blocks)


def places(answer: Answer) -> dict[str, Place]:
    """Where each link of :func:`markdown` leads."""
    found = {
        f"{CITE}{index}": Place(cited.document_id, cited.page, cited.quote, cited.start, cited.end)
        for index, cited in enumerate(answer.citations)
    }
    for index, hit in enumerate(answer.nearest):
        found[f"{NEAR}{index}"] = Place(hit.document_id, hit.page, hit.text, hit.start, hit.end)
    return found


def tooltip(answer: Answer, link: str) -> str:
    """What a link shows when the mouse rests on it; plain text."""
    if link.startswith(BARE):
        return tr("No passage in your documents supports this sentence.")
    cited = places(answer).get(link)
    if cited is None:
        return ""
    return f"{_title(answer, link)}, p. {cited.page}\n“{_short(cited.quote, 400)}”"


def to_copy(answer: Answer) -> str:
    """The answer as plain text with its sources."""
    if not answer.found or not answer.text:
        return tr("Not found in your documents.")
    lines = [_with_numbers(answer, lambda number: f" [{number}]", lambda: f" {NO_SOURCE}"), ""]
    lines += [
        f"[{number}] {cited.document}, p. {cited.page}: “{_BLANKS.sub(' ', cited.quote)}”"
        for number, cited in enumerate(answer.citations, start=1)
    ]
    return "\n".join(lines).strip() + "\n"


def badge(answer: Answer) -> str:
    """How the answer came about, in a few words."""
    if answer.route == "prepared":
        return tr("prepared and checked")
    if answer.route == "not_found":
        return tr("not found")
    if answer.route == "notes":
        return tr("from notes")
    if answer.route == "deep":
        return tr("read closely")
    return counted(len(answer.citations), tr("from 1 passage"), tr("from {0} passages"))


def costs(answer: Answer) -> str:
    """Seconds and tokens, in a few words."""
    seconds = answer.seconds.total
    time = tr("{0} ms").format(max(1, round(seconds * 1000))) if seconds < 1 else f"{seconds:.1f} s"
    tokens = answer.usage.prompt_tokens - answer.usage.cached_tokens
    tokens += answer.usage.completion_tokens
    spent = counted(tokens, tr("1 token"), tr("{0} tokens")) if tokens else tr("no model call")
    return f"{time} · {spent}"


# -- parts ---------------------------------------------------------------------------------------


def _found(answer: Answer) -> str:
    text = _with_numbers(
        answer,
        lambda number: f"{_FIXED}[{number}]({CITE}{number - 1})",
        lambda: f"{_FIXED}[{plain(tr('no source')).replace(' ', _FIXED)}]({BARE}0)",
        escape,
    )
    sources = [
        f"[{number}]({CITE}{number - 1}) {_source(cited)}"
        for number, cited in enumerate(answer.citations, start=1)
    ]
    return "\n\n".join([text, *sources])


def _with_numbers(
    answer: Answer,
    cited: Callable[[int], str],
    bare: Callable[[], str],
    shown: Callable[[str], str] = str,
) -> str:
    """The text with a mark behind each sentence: its citations' numbers, or that it has none."""
    text = answer.text or ""
    done: list[str] = []
    position = 0
    for sentence in answer.sentences:
        start = text.find(sentence.text, position)
        if start < 0 or not sentence.text.strip():
            continue
        end = start + len(sentence.text)
        done += [shown(_unmarked(text[position:start])), shown(text[start:end])]
        done += [cited(number) for number in sentence.citations] or [bare()]
        position = end
    done.append(shown(_unmarked(text[position:])))
    if not answer.sentences:
        done += [cited(number) for number in range(1, len(answer.citations) + 1)]
    return "".join(done)


def _unmarked(between: str) -> str:
    """What stands between two sentences, without the plain mark: it is a link here."""
    return between.replace(f" {NO_SOURCE}", "").replace(NO_SOURCE, "")


def _source(cited: Citation) -> str:
    return f"{plain(cited.document)}, p\\. {cited.page}: “{plain(_short(cited.quote))}”"


def _not_found(answer: Answer) -> str:
    blocks = [f"**{plain(tr('Not found in your documents.'))}**"]
    if answer.nearest:
        blocks.append(plain(tr("The pages that come nearest to the question:")))
        blocks += [
            f"[{plain(hit.document)}, p\\. {hit.page}]({NEAR}{index}): {_near(hit)}"
            for index, hit in enumerate(answer.nearest)
        ]
    else:
        blocks.append(plain(tr("No page comes near to the question. Other words may help.")))
    return "\n\n".join(blocks)


def _near(hit: Hit) -> str:
    return plain(_short(hit.text, 110))


def _short(text: str, length: int = _QUOTE_SHOWN) -> str:
    text = _BLANKS.sub(" ", text).strip()
    return text if len(text) <= length else text[:length].rsplit(" ", 1)[0] + " …"


def _title(answer: Answer, link: str) -> str:
    index = int(link.partition(":")[2])
    if link.startswith(CITE):
        return answer.citations[index].document
    return answer.nearest[index].document
