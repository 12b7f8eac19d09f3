"""Whether the viewer finds what is quoted, and whether it opens only what does it no harm."""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from table import Row, sample

from docqa.errors import DocqaError
from docqa.ingest.events import Opened, PageRead
from docqa.ingest.places import boxes, decode
from docqa.ingest.reader import Reader
from docqa.ingest.sentences import sentences
from docqa.model import Box
from reading.forms import Filled, filled_in
from reading.rig import Rig
from reading.similarity import letters
from reading.viewer import Viewer

_SEED = 4
_PER_FILE, _PER_FILING = 6, 40
_FILINGS = 10
_SHOWN = 20
"""Pages of a file that the viewer draws to see whether it survives them."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One file: whether it counts as viewable (None: it was not read), and quotes out of it."""

    path: Path
    password: str
    viewable: bool | None
    quotes: tuple[dict[str, Any], ...]


def located(rig: Rig) -> tuple[Row, ...]:
    """Sentences of passages that the viewer can locate on their page."""
    counts = {"boxes": 0, "text": 0, "filled": 0, "": 0}
    missing: dict[str, int] = {}
    with Viewer() as viewer:
        for one in _samples(rig):
            if one.viewable and one.quotes:
                for how in _found(viewer, one):
                    counts[how] += 1
                    if not how:
                        missing[one.path.name] = missing.get(one.path.name, 0) + 1
    total = sum(counts.values())
    share = 100 * (1 - counts[""] / total) if total else None
    worst = [f"{name} {count}" for name, count in sorted(missing.items(), key=lambda m: -m[1])]
    how = f"{counts['boxes']} by stored boxes, {counts['filled']} by those of forms"
    detail = f"{total} quotes, {how}; {sample(worst, 12)}"
    return (Row("quotes that the viewer locates", share, 99, unit=" %", detail=detail),)


def _found(viewer: Viewer, one: Sample) -> list[str]:
    """How each quote of a file is located; those that are not are looked for in its forms."""
    found: list[str] = viewer.ask(_job(one, quotes=list(one.quotes))).get("found", [])
    missing = [index for index, how in enumerate(found) if not how]
    if missing:
        quotes = [_with_forms(one, one.quotes[index]) for index in missing]
        again = viewer.ask(_job(one, quotes=quotes)).get("found", [])
        for index, how in zip(missing, again, strict=False):
            found[index] = how
    return found


def _with_forms(one: Sample, quote: dict[str, Any]) -> dict[str, Any]:
    """A quote whose words know whether they are filled into a field, by another engine's word."""
    fields = filled_in(one.path, one.password, quote["page"])
    words = [(text, box, _is_in_field(text, box, fields)) for text, box, _ in quote["words"]]
    return {**quote, "words": words}


def _is_in_field(text: str, box: list[float], fields: Filled) -> bool:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return any(
        letters(text) in letters(value) and left < x < right and top < y < bottom
        for value, (left, top, right, bottom) in fields
    )


def viewable(rig: Rig) -> tuple[Row, ...]:
    """Files that hang or kill the viewer and count as viewable, and files refused for nothing."""
    harmful, refused, seen = [], [], 0
    with Viewer() as viewer:
        for one in _samples(rig):
            if one.viewable is None:
                continue
            seen += 1
            answer = viewer.ask(_job(one, show=_SHOWN))
            if "trouble" in answer and one.viewable:
                harmful.append(f"{one.path.name} ({answer['trouble']})")
            if answer.get("error") == "None_" and not one.viewable:
                refused.append(one.path.name)
    share = 100 * len(refused) / max(1, seen)
    return (
        Row(
            "files that harm the viewer and pass",
            len(harmful),
            0,
            at_most=True,
            detail=sample(harmful),
        ),
        Row(
            "files refused that it shows",
            share,
            1,
            at_most=True,
            unit=" %",
            detail=f"of {seen}; {sample(refused)}",
        ),
    )


def _job(one: Sample, **more: Any) -> dict[str, Any]:
    return {"path": str(one.path), "password": one.password, **more}


def _samples(rig: Rig) -> Iterator[Sample]:
    """Read every file of the corpus and some filings, two at a time."""
    filings = rig.data.filings()
    chosen = random.Random(_SEED).sample(filings, min(len(filings), rig.files or _FILINGS))
    wanted = [(entry.path, entry.password, _PER_FILE) for entry in rig.entries]
    wanted += [(path, "", _PER_FILING) for path in chosen]
    reader = Reader(rig.model / "tokenizer.json", rig.log)
    with ThreadPoolExecutor(2) as pool:
        yield from pool.map(lambda one: _sample(reader, *one), wanted)


def _sample(reader: Reader, path: Path, password: str, count: int) -> Sample:
    opened: Opened | None = None
    quotes: list[dict[str, Any]] = []
    try:
        for event in reader.read(path, password=password or None):
            if isinstance(event, Opened):
                opened = event
            else:
                quotes.extend(_quotes(event))
    except DocqaError:
        return Sample(path, password, None, ())
    chosen = random.Random(f"{_SEED}{path.name}").sample(quotes, min(count, len(quotes)))
    return Sample(path, password, opened.viewable if opened else None, tuple(chosen))


def _quotes(read: PageRead) -> Iterator[dict[str, Any]]:
    """The sentences of a page's passages that say anything, and where they stand."""
    places = decode(read.page.places)
    for passage in read.passages:
        for start, end in sentences(passage.text):
            first, last = passage.start + start, passage.start + end
            if any(map(str.isalnum, passage.text[start:end])):
                yield {
                    "page": read.page.number,
                    "text": passage.text[start:end],
                    "start": first,
                    "boxes": [_edges(box) for box in boxes(places, first, last)],
                    "words": [
                        (read.page.text[place.start : place.end], _edges(place.box), False)
                        for place in places
                        if place.start < last and place.end > first
                    ],
                }


def _edges(box: Box) -> list[float]:
    return [box.left, box.top, box.right, box.bottom]
