"""Counts tokens as the embedder does, without loading the embedder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from docqa.errors import DocqaError


class TokenCounter:
    """Counts by the ``tokenizer.json`` of the embedder; special tokens are not counted."""

    def __init__(self, tokenizer_file: Path) -> None:
        """Raise DocqaError if the file is missing or is not a tokenizer."""
        from tokenizers import Tokenizer

        try:
            self._tokenizer = Tokenizer.from_file(str(tokenizer_file))
        except Exception as error:  # The library raises plain Exception.
            raise DocqaError(
                f'The tokenizer "{tokenizer_file}" is missing or damaged; install the models again.'
            ) from error
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()

    def __call__(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each text."""
        encodings = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [len(encoding) for encoding in encodings]
