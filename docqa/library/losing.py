"""Documents whose file is no longer what it was: they keep their text, and say so."""

from __future__ import annotations

from collections.abc import Iterable

from docqa.model import Document
from docqa.store.store import Store


def lose(store: Store, documents: Iterable[Document], problem: str) -> None:
    """Mark documents whose files cannot be read any more, until they come back.

    Those of which there is text are ``partial`` and not ``failed``: they are searched as before.
    No stamp is kept, so that the next look at the file is a thorough one. Nobody has found what is
    there now safe to be viewed.
    """
    for document in documents:
        store.documents.update(
            document.id,
            status="partial" if document.passages else "failed",
            problem=problem,
            size=None,
            modified=None,
            viewable=False,
        )
