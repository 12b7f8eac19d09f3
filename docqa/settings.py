"""What a person may set in ``settings.toml``; docqa reads the file and never writes it."""

from __future__ import annotations

import os
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from docqa.errors import DocqaError

LEAST_CONTEXT = 256
"""Tokens: less holds not even the shortest prompt."""
MOST_PARALLEL = 64

# Beyond all that exists, so that only a slip of the pen is refused; larger numbers would reach
# C integers and clocks that cannot hold them.
_MOST_CONTEXT = 10_000_000
_MOST_THREADS = 512
_MOST_DEVICE = 1_000
_MOST_GPU_LAYERS = 10_000
_MOST_GIGABYTES = 1_000_000
_MOST_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """How the model on this computer is run.

    ``model`` is a GGUF file (None: the best one that is there), ``context`` is in tokens,
    ``threads`` 0 and ``gpu_layers`` None mean: find out. ``device`` is "auto", "cpu", or the name
    or number of a graphics card.
    """

    model: Path | None = None
    context: int = 4096
    threads: int = 0
    device: str = "auto"
    gpu_layers: int | None = None
    state_gigabytes: float = 5.0
    requantise: bool = True


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """An OpenAI-compatible server of the person's own: with one, text leaves this computer.

    ``url`` ends before ``/chat/completions``; ``model`` None is the first that the server lists.
    ``parallel`` requests are made at a time while preparing, ``timeout`` is the longest silence in
    seconds, ``context`` is in tokens; ``grammar``: the server understands llama.cpp's grammars.
    """

    url: str
    model: str | None = None
    api_key: str | None = field(default=None, repr=False)
    parallel: int = 4
    timeout: float = 120.0
    context: int = 4096
    grammar: bool = False

    @property
    def host(self) -> str:
        """The name or address of the computer that the text goes to."""
        return urlsplit(self.url).hostname or ""


@dataclass(frozen=True, slots=True)
class SearchSettings:
    """How passages are found.

    ``embedder``: the id of an embedding model or the full path of its folder, for workspaces that
    nothing else was chosen for; None is the starter.
    """

    embedder: str | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set; ``server`` None: nothing leaves this computer."""

    engine: EngineSettings = EngineSettings()
    server: ServerSettings | None = None
    search: SearchSettings = SearchSettings()


def read_settings(path: Path, environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings in ``path``; a file that is not there means the defaults.

    ``environment`` holds what ``api_key_env`` names. Raises DocqaError naming the file and the key.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return Settings()
    except OSError as error:
        raise DocqaError(f"The settings {path} cannot be read ({error.strerror}).") from error
    except (ValueError, RecursionError) as error:  # no TOML, or no UTF-8
        raise DocqaError(
            f"The settings {path} are not valid TOML ({error}); correct or delete the file."
        ) from error
    root = _Table(path, "", values)
    engine = root.table("engine")
    server = root.table("server")
    search = root.table("search")
    root.finish()
    return Settings(
        EngineSettings() if engine is None else _engine(engine, path),
        None if server is None else _server(server, environment),
        SearchSettings() if search is None else _search(search, path),
    )


def _engine(table: _Table, path: Path) -> EngineSettings:
    default = EngineSettings()
    model = table.text("model")
    settings = EngineSettings(
        model=None if model is None else table.file("model", model, path.parent),
        context=table.whole("context", default.context, LEAST_CONTEXT, _MOST_CONTEXT),
        threads=table.whole("threads", default.threads, 0, _MOST_THREADS),
        device=table.name_or_number("device", default.device, _MOST_DEVICE),
        gpu_layers=table.whole_or_auto("gpu_layers", _MOST_GPU_LAYERS),
        state_gigabytes=table.number(
            "state_gigabytes", default.state_gigabytes, 0, _MOST_GIGABYTES
        ),
        requantise=table.flag("requantise", default.requantise),
    )
    table.finish()
    return settings


def _search(table: _Table, path: Path) -> SearchSettings:
    embedder = table.text("embedder")
    # An id holds none of these; a relative path starts beside the settings.
    if embedder is not None and any(sign in embedder for sign in "/\\~"):
        embedder = str(table.file("embedder", embedder, path.parent))
    table.finish()
    return SearchSettings(embedder)


def _server(table: _Table, environment: Mapping[str, str]) -> ServerSettings:
    default = ServerSettings(_url(table))
    settings = ServerSettings(
        url=default.url,
        model=table.text("model"),
        api_key=_api_key(table, environment),
        parallel=table.whole("parallel", default.parallel, 1, MOST_PARALLEL),
        timeout=table.number("timeout", default.timeout, 0.1, _MOST_SECONDS),
        context=table.whole("context", default.context, LEAST_CONTEXT, _MOST_CONTEXT),
        grammar=table.flag("grammar", default.grammar),
    )
    table.finish()
    return settings


def _url(table: _Table) -> str:
    wrong = table.wrong("url", "must be an address such as http://192.168.1.20:8080/v1")
    text = table.text("url")
    if text is None:
        raise wrong
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        raise wrong from None
    # A name and a password in the address would end up in messages; there is api_key for that.
    extra = "@" in parts.netloc or parts.query or parts.fragment
    if not usable or extra or not text.isprintable() or " " in text:
        raise wrong
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/') or '/v1'}"


_KEY = "letters, digits and signs, without blanks"


def _api_key(table: _Table, environment: Mapping[str, str]) -> str | None:
    key, variable = table.text("api_key"), table.text("api_key_env")
    if variable is None:
        if key is not None and not _is_key(key):
            raise table.wrong("api_key", f"must be of {_KEY}")
        return key
    if key is not None:
        raise table.wrong("api_key_env", "must be left out where api_key is given")
    key = environment.get(variable)
    if not key:
        raise table.wrong("api_key_env", f"names the variable {variable}, which is not set")
    if not _is_key(key):
        raise table.wrong("api_key_env", f"names the variable {variable}, which must be of {_KEY}")
    return key


def _is_key(text: str) -> bool:
    """Whether it can be sent: a header of a request takes no other characters."""
    return text.isascii() and text.isprintable() and " " not in text


class _Table:
    """One table of the file; what nobody took out of it is unknown."""

    def __init__(self, path: Path, name: str, values: Mapping[str, Any]) -> None:
        self._path = path
        self._prefix = f"{name}." if name else ""
        self._values = dict(values)
        self._known: set[str] = set()

    def wrong(self, key: str, what: str) -> DocqaError:
        """The sentence about a key; never with its value, which may be secret."""
        return DocqaError(f"In the settings {self._path}, {self._prefix}{key} {what}.")

    def finish(self) -> None:
        """Raise DocqaError if something is left over."""
        for key in self._values:
            known = ", ".join(sorted(self._known))
            raise self.wrong(key, f"is not known; what can be set there is: {known}")

    def table(self, key: str) -> _Table | None:
        """A table in this one."""
        value = self._take(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self.wrong(key, f"must be a table: put [{key}] on a line of its own")
        return _Table(self._path, f"{self._prefix}{key}", value)

    def text(self, key: str) -> str | None:
        """A text that is not empty and has no control characters."""
        value = self._take(key)
        if value is None:
            return None
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(key, "must be a text in quotes")
        if any(unicodedata.category(character) == "Cc" for character in value):
            raise self.wrong(key, "must be without line breaks and other control characters")
        return value

    def file(self, key: str, text: str, beside: Path) -> Path:
        """A path; a relative one starts at the folder ``beside``."""
        try:
            return beside / Path(text).expanduser()
        except RuntimeError:  # an unknown "~name"
            raise self.wrong(key, "must be the path of a file") from None

    def whole(self, key: str, default: int, least: int, most: int) -> int:
        """A whole number from ``least`` to ``most``."""
        value = self._take(key)
        if value is None:
            return default
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise self.wrong(key, f"must be a whole number from {least} to {most}")
        return value

    def whole_or_auto(self, key: str, most: int) -> int | None:
        """A whole number from 0 to ``most``, or None for "auto"."""
        if self._values.get(key) == "auto":
            self._take(key)
        if key not in self._values:
            self._known.add(key)
            return None
        try:
            return self.whole(key, 0, 0, most)
        except DocqaError:
            wanted = f'must be "auto" or a whole number from 0 to {most}'
            raise self.wrong(key, wanted) from None

    def name_or_number(self, key: str, default: str, most: int) -> str:
        """A text, or a whole number from 0 to ``most`` as text."""
        value = self._values.get(key)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(self.whole(key, 0, 0, most))
        return self.text(key) or default

    def number(self, key: str, default: float, least: float, most: int) -> float:
        """A number from ``least`` to ``most``."""
        value = self._take(key)
        if value is None:
            return default
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not least <= value <= most:
            raise self.wrong(key, f"must be a number from {least:g} to {most}")
        return float(value)

    def flag(self, key: str, default: bool) -> bool:
        """Yes or no."""
        value = self._take(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self.wrong(key, "must be true or false")
        return value

    def _take(self, key: str) -> Any:
        self._known.add(key)
        return self._values.pop(key, None)
