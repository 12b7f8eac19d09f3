"""The command about models: which there are, and which one finds passages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from docqa.console import table
from docqa.context import Context, Outcome
from docqa.errors import DocqaError
from docqa.index.embedding_models import EmbeddingModels, FoundModel
from docqa.llm.catalogue import default_model, find_models
from docqa.report import Shape
from docqa.settings import read_settings
from docqa.workspace import DATABASE_NAME

_MEGABYTE = 1_000_000
_ROOM = 1.5
"""So many times its size on disk a model needs of memory, with what else is there."""


@dataclass(frozen=True, slots=True)
class _Listed:
    """A model as it is listed; ``megabytes`` on disk."""

    id: str
    use: str
    megabytes: int
    licence: str | None
    languages: str | None
    installed: bool
    active: bool
    problem: str | None = None


def models(context: Context) -> Outcome:
    """List the models, choose one, or say how to get one."""
    actions = {"list": _list, "use": _use, "install": _install}
    return actions[context.options.action](context)


def _list(context: Context) -> Outcome:
    return _shown([*_writing(context), *_finding(context)])


def _install(context: Context) -> Outcome:
    """Say what to download: docqa itself connects to nothing."""
    found = _known(context)
    model = found.find(_wanted(context))
    if model.is_usable:
        return Outcome({"installed": model.id}, [f"{model.id} is here: {model.folder}"])
    raise DocqaError(model.problem or found.how_to_get(model))


def _use(context: Context) -> Outcome:
    """Choose an embedding model, and embed everything by it at once."""
    with context.open_existing() as workspace:
        workspace.choose_embedder(_wanted(context))
        for event in workspace.reembed(cancel=context.cancel):
            share = (event.done, event.total)
            detail = f"{event.done:,} of {event.total:,} passages"
            context.console.progress(f"Embedding by {event.model}", detail, share)
        name = workspace.embedder_folder.name
        path = str(workspace.embedder_folder)
    return Outcome({"active": name, "path": path}, [f"Passages are found by {name} now."])


def _wanted(context: Context) -> str:
    if context.options.model is None:
        raise DocqaError('Name a model: "docqa models list" shows which there are.')
    return str(context.options.model)


def _known(context: Context) -> EmbeddingModels:
    return EmbeddingModels.of(context.paths.resources, context.paths.models)


def _finding(context: Context) -> Iterator[_Listed]:
    """The embedding models; one is in use, also where it lies in another folder."""
    known = _known(context)
    used = _used(context, known)
    listed = known.all()
    if used is not None and all(model.folder != used for model in listed):
        elsewhere = known.find(str(used)) if used.is_dir() else FoundModel(str(used), None, used)
        # One line for a model that lies somewhere else than where it is looked for.
        listed = [one for one in listed if one.folder or one.known != elsewhere.known]
        listed.append(elsewhere)
    for model in listed:
        yield _Listed(
            id=model.id,
            use="finding",
            megabytes=_size(model),
            licence=model.known.licence if model.known is not None else None,
            languages=model.known.languages if model.known is not None else None,
            installed=model.is_usable,
            active=model.folder is not None and model.folder == used,
            problem=model.problem,
        )


def _used(context: Context, known: EmbeddingModels) -> Path | None:
    """The model that is in use or, without a workspace, would be."""
    if (context.directory / DATABASE_NAME).exists():
        with context.open(read_only=True) as workspace:
            return workspace.embedder_folder
    setting = read_settings(context.paths.settings).search.embedder
    return known.default() if setting is None else known.find(setting).folder


def _writing(context: Context) -> Iterator[_Listed]:
    """The language models that are here."""
    folders = context.paths.models
    settings = read_settings(context.paths.settings)
    used = settings.engine.model or default_model(folders)
    found = find_models(folders)
    if used is not None and used not in found and used.is_file():
        found.append(used)
    for path in found:
        size = path.stat().st_size // _MEGABYTE
        active = settings.server is None and path == used
        yield _Listed(path.stem, "writing", size, None, None, True, active)


def _size(model: FoundModel) -> int:
    if model.folder is not None and model.is_usable:
        files = (file for file in model.folder.rglob("*.safetensors") if file.is_file())
        return sum(file.stat().st_size for file in files) // _MEGABYTE
    return model.known.megabytes if model.known is not None else 0


def _shown(listed: list[_Listed]) -> Outcome:
    memory = psutil.virtual_memory().total / _MEGABYTE
    data: list[Shape] = [
        {
            "id": one.id,
            "use": one.use,
            "size": one.megabytes * _MEGABYTE,
            "licence": one.licence,
            "languages": one.languages,
            "installed": one.installed,
            "active": one.active,
            "fits": one.megabytes * _ROOM < memory,
            "problem": one.problem,
        }
        for one in listed
    ]
    rows = [
        (
            one.id,
            one.use,
            f"{one.megabytes:,} MB",
            one.licence or "",
            _state(one),
            one.languages or "",
        )
        for one in listed
    ]
    lines = table(("model", "for", "size", "licence", "state", "languages"), rows)
    lines += [f"{one.id}: {one.problem}" for one in listed if one.problem]
    return Outcome({"models": data}, lines)


def _state(one: _Listed) -> str:
    if one.active:
        return "in use"
    return "installed" if one.installed else ("damaged" if one.problem else "")
