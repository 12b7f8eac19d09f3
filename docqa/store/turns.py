"""Turns: the history of the chat. A turn that shows a removed document goes with it."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Mapping
from typing import Any

from docqa.model import Answer, AnswerSentence, Citation, Hit, Seconds, Usage
from docqa.store.database import Database
from docqa.store.sql import among
from docqa.store.traces import erase_traces, mark_traces


class Turns:
    """The table of answers given."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, answer: Answer) -> int:
        """Keep an answer and return its id; 0 and nothing kept if a document it shows is gone."""
        shown = {citation.document_id for citation in answer.citations}
        shown |= {hit.document_id for hit in answer.nearest}
        condition, parameters = among("id", shown)
        with self._database.write() as connection:
            there = connection.execute(f"SELECT id FROM documents WHERE {condition}", parameters)
            if {row[0] for row in there.fetchall()} != shown:
                return 0
            cursor = connection.execute(
                "INSERT INTO turns (at, answer) VALUES (?, ?)", (time.time(), _encode(answer))
            )
            id = int(cursor.lastrowid or 0)
            connection.executemany(
                "INSERT INTO turn_documents (turn_id, document_id) VALUES (?, ?)",
                [(id, document_id) for document_id in sorted(shown)],
            )
        return id

    def recent(self, limit: int = 50) -> list[Answer]:
        """The last answers, oldest first."""
        rows = self._database.read().execute(
            "SELECT answer FROM turns ORDER BY id DESC LIMIT ?", (limit,)
        )
        return [_decode(row[0]) for row in reversed(rows.fetchall())]

    def clear(self) -> None:
        """Forget the whole conversation, also in the raw file (see ``traces``)."""
        with self._database.write() as connection:
            connection.execute("DELETE FROM turns")
            mark_traces(connection)
        erase_traces(self._database)


def _encode(answer: Answer) -> str:
    """JSON in ASCII, which holds any text, lone surrogates included."""
    return json.dumps(dataclasses.asdict(answer))


def _decode(text: str) -> Answer:
    fields = json.loads(text)
    return Answer(
        **_known(Answer, fields)
        | {
            "citations": tuple(Citation(**_known(Citation, c)) for c in fields["citations"]),
            "sentences": tuple(
                AnswerSentence(sentence["text"], tuple(sentence["citations"]))
                for sentence in fields["sentences"]
            ),
            "usage": Usage(**_known(Usage, fields["usage"])),
            "seconds": Seconds(**_known(Seconds, fields["seconds"])),
            "nearest": tuple(Hit(**_known(Hit, hit)) for hit in fields["nearest"]),
            "still_reading": tuple(fields.get("still_reading", ())),
        }
    )


def _known(kind: type, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that ``kind`` still has: an older docqa may have stored others."""
    names = {field.name for field in dataclasses.fields(kind)}
    return {name: value for name, value in fields.items() if name in names}
