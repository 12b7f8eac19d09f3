"""What a person may set in ``settings.toml``; docqa reads the file and never writes it."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from docqa.errors import DocqaError

LEAST_CONTEXT = 256
"""Tokens: less holds not even the shortest prompt."""
MOST_PARALLEL = 64


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
class Settings:
    """Everything that can be set; ``server`` None: nothing leaves this computer."""

    engine: EngineSettings = EngineSettings()
    server: ServerSettings | None = None


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
    root.finish()
    return Settings(
        EngineSettings() if engine is None else _engine(engine, path),
        None if server is None else _server(server, environment),
    )


def _engine(table: _Table, path: Path) -> EngineSettings:
    default = EngineSettings()
    model = table.text("model")
    settings = EngineSettings(
        model=None if model is None else table.file("model", model, path.parent),
        context=table.whole("context", default.context, LEAST_CONTEXT),
        threads=table.whole("threads", default.threads, 0),
        device=table.name_or_number("device", default.device),
        gpu_layers=table.whole_or_auto("gpu_layers"),
        state_gigabytes=table.number("state_gigabytes", default.state_gigabytes, 0.0),
        requantise=table.flag("requantise", default.requantise),
    )
    table.finish()
    return settings


def _server(table: _Table, environment: Mapping[str, str]) -> ServerSettings:
    settings = ServerSettings(
        url=_url(table),
        model=table.text("model"),
        api_key=_api_key(table, environment),
        parallel=table.whole("parallel", 4, 1, MOST_PARALLEL),
        timeout=table.number("timeout", 120.0, 0.1),
        context=table.whole("context", 4096, LEAST_CONTEXT),
        grammar=table.flag("grammar", False),
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
    extra = parts.username or parts.password or parts.query or parts.fragment
    if not usable or extra or not text.isprintable() or " " in text:
        raise wrong
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/') or '/v1'}"


def _api_key(table: _Table, environment: Mapping[str, str]) -> str | None:
    key, variable = table.text("api_key"), table.text("api_key_env")
    if key is not None and variable is not None:
        raise table.wrong("api_key_env", "must be left out where api_key is given")
    if variable is not None:
        key = environment.get(variable)
        if not key:
            raise table.wrong("api_key_env", f"names the variable {variable}, which is not set")
    if key is not None and not (key.isascii() and key.isprintable() and " " not in key):
        raise table.wrong("api_key", "must be of letters, digits and signs, without blanks")
    return key


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
        """A text that is not empty."""
        value = self._take(key)
        if value is not None and (not isinstance(value, str) or not value.strip()):
            raise self.wrong(key, "must be a text in quotes")
        return value

    def file(self, key: str, text: str, beside: Path) -> Path:
        """A path; a relative one starts at the folder ``beside``."""
        try:
            return beside / Path(text).expanduser()
        except RuntimeError:  # an unknown "~name"
            raise self.wrong(key, "must be the path of a file") from None

    def whole(self, key: str, default: int, least: int, most: int | None = None) -> int:
        """A whole number of at least ``least`` (and at most ``most``)."""
        value = self._take(key)
        if value is None:
            return default
        fits = isinstance(value, int) and not isinstance(value, bool) and value >= least
        if not fits or (most is not None and value > most):
            limit = f"of at least {least}" if most is None else f"from {least} to {most}"
            raise self.wrong(key, f"must be a whole number {limit}")
        return int(value)

    def whole_or_auto(self, key: str) -> int | None:
        """A whole number of at least 0, or None for "auto"."""
        if self._values.get(key) == "auto":
            self._take(key)
        if key not in self._values:
            self._known.add(key)
            return None
        try:
            return self.whole(key, 0, 0)
        except DocqaError:
            raise self.wrong(key, 'must be "auto" or a whole number of at least 0') from None

    def name_or_number(self, key: str, default: str) -> str:
        """A text, or a whole number of at least 0 as text."""
        value = self._values.get(key)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(self.whole(key, 0, 0))
        return self.text(key) or default

    def number(self, key: str, default: float, least: float) -> float:
        """A number of at least ``least``."""
        value = self._take(key)
        if value is None:
            return default
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not least <= value < float("inf"):
            raise self.wrong(key, f"must be a number of at least {least:g}")
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
