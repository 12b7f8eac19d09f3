"""Which embedding models there are, where they lie and what they want."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tiny_embedder import DIMENSION, STARTER, write_bert

from docqa.errors import DocqaError
from docqa.index import model_folder
from docqa.index.choice import Choice
from docqa.index.embedders import Embedders
from docqa.index.embedding_models import CATALOGUE_NAME, EmbeddingModels, read_catalogue
from docqa.index.giving_way import GivingWay
from docqa.index.model_folder import Prompts

CATALOGUE = read_catalogue(Path(__file__).parents[2] / "resources" / CATALOGUE_NAME)


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path]:
    """Two folders for models, the second one with a model that nobody knows."""
    (tmp_path / "program").mkdir()
    write_bert(tmp_path / "data" / "of-my-own")
    return tmp_path / "program", tmp_path / "data"


@pytest.fixture
def models(places: tuple[Path, Path]) -> EmbeddingModels:
    return EmbeddingModels(CATALOGUE, places)


def test_the_catalogue_has_the_starter_other_languages_and_stronger_ones() -> None:
    ids = [known.id for known in CATALOGUE]
    assert ids[0] == STARTER.name
    assert len(set(ids)) == len(ids) == 4
    assert all(known.licence in ("Apache-2.0", "MIT") for known in CATALOGUE)
    multilingual = CATALOGUE[1]
    assert (multilingual.question, multilingual.passage) == ("query: ", "passage: ")
    assert model_folder.dimension(STARTER) == CATALOGUE[0].dimensions


@pytest.mark.parametrize("text", [None, "", "[[model]]\nid = 1", "model = 3", "\x00"])
def test_a_damaged_catalogue_is_one_sentence(tmp_path: Path, text: str | None) -> None:
    file = tmp_path / CATALOGUE_NAME
    if text is not None:
        file.write_text(text, "utf-8")
    with pytest.raises(DocqaError, match=r"is missing or damaged: install docqa again\.$"):
        read_catalogue(file)


def test_known_models_are_listed_and_others_that_lie_there(models: EmbeddingModels) -> None:
    found = models.all()
    assert [model.id for model in found] == [*(known.id for known in CATALOGUE), "of-my-own"]
    assert [model.is_usable for model in found] == [False] * 4 + [True]


def test_a_model_is_found_by_its_id_or_its_folder(
    models: EmbeddingModels, places: tuple[Path, Path], tmp_path: Path
) -> None:
    assert models.usable("Of-My-Own") == places[1] / "of-my-own"
    elsewhere = write_bert(tmp_path / "elsewhere" / "BGE-small-en-v1.5")
    assert models.usable(str(elsewhere)) == elsewhere
    known = models.find(str(elsewhere)).known
    assert known is not None
    assert known.licence == "MIT"


def test_what_is_not_there_is_told_with_what_to_do(
    models: EmbeddingModels, places: tuple[Path, Path]
) -> None:
    with pytest.raises(DocqaError, match="There is no embedding model") as unknown:
        models.usable("gpt")
    assert "multilingual-e5-small" in str(unknown.value)
    with pytest.raises(DocqaError, match="not on this computer: download all of its files from"):
        models.usable("multilingual-e5-small")
    (places[0] / "no-model").mkdir()
    with pytest.raises(DocqaError, match=r"no whole embedding .*model.safetensors is missing"):
        models.usable(str(places[0] / "no-model"))


@pytest.mark.parametrize("odd", ["~nobody/x", "a\0b", "x" * 5000, ""])
def test_odd_paths_are_no_models(models: EmbeddingModels, odd: str) -> None:
    with pytest.raises(DocqaError):
        models.usable(odd)


def test_a_folder_is_remembered_by_name_below_the_folders_for_models(
    models: EmbeddingModels, places: tuple[Path, Path], tmp_path: Path
) -> None:
    own = places[1] / "of-my-own"
    assert models.reference(own) == "of-my-own"
    assert models.resolve("of-my-own") == own
    far = tmp_path / "far" / "model"
    assert models.resolve(models.reference(far)) == far


def test_prompts_are_the_folders_own_else_those_that_are_known(
    models: EmbeddingModels, tmp_path: Path
) -> None:
    silent = write_bert(tmp_path / "a" / "multilingual-e5-small", prompts={"query": ""})
    assert models.prompts(silent) == Prompts("query: ", "passage: ")
    hub = tmp_path / "models--intfloat--multilingual-e5-small" / "snapshots" / "c007"
    assert models.prompts(write_bert(hub)) == Prompts("query: ", "passage: ")
    own = write_bert(tmp_path / "b" / "multilingual-e5-small", prompts={"query": "ask: "})
    assert models.prompts(own) == Prompts("ask: ", "")
    assert models.prompts(write_bert(tmp_path / "unknown")) == Prompts()


@pytest.mark.parametrize("names", [("query", "document"), ("search_query", "search_document")])
def test_prompts_have_several_names(tmp_path: Path, names: tuple[str, str]) -> None:
    folder = write_bert(tmp_path / "m", prompts={names[0]: "q ", names[1]: "p ", "other": "o "})
    assert model_folder.prompts(folder) == Prompts("q ", "p ")


@pytest.mark.parametrize("text", ["[]", "{", '{"prompts": 3}'])
def test_damaged_prompts_are_one_sentence(tmp_path: Path, text: str) -> None:
    folder = write_bert(tmp_path / "m")
    (folder / "config_sentence_transformers.json").write_text(text, "utf-8")
    with pytest.raises(DocqaError, match="is damaged"):
        model_folder.prompts(folder)


def test_other_prompts_are_another_identity(tmp_path: Path) -> None:
    folder, memory = write_bert(tmp_path / "m"), tmp_path / "hashes.json"
    plain = model_folder.identity(folder, memory)
    assert model_folder.identity(folder, memory, Prompts()) == plain
    assert model_folder.identity(folder, memory, Prompts("query: ")) != plain


def test_the_dimension_is_that_of_a_layer_behind_the_pooling(tmp_path: Path) -> None:
    folder = write_bert(tmp_path / "m")
    assert model_folder.dimension(folder) == DIMENSION
    modules = json.loads((folder / "modules.json").read_text("utf-8"))
    modules.insert(2, {"idx": 2, "name": "2", "path": "2_Dense", "type": "models.Dense"})
    (folder / "modules.json").write_text(json.dumps(modules), "utf-8")
    (folder / "2_Dense").mkdir()
    (folder / "2_Dense" / "config.json").write_text('{"out_features": 12}', "utf-8")
    assert model_folder.dimension(folder) == 12


# -- what a workspace uses -------------------------------------------------------------------------


@pytest.fixture
def program(places: tuple[Path, Path]) -> Path:
    """The folder of the program, with a starter in it."""
    return write_bert(places[0] / STARTER.name).parent


def test_a_fresh_workspace_has_what_the_settings_say(library, models, program) -> None:
    choice = Choice(library.store, models, "of-my-own")
    assert choice.used() == choice.wanted() == models.usable("of-my-own")
    choice.settle()
    # Later settings are a change, that takes its time.
    later = Choice(library.store, models, None)
    assert (later.used().name, later.wanted().name) == ("of-my-own", STARTER.name)


def test_settings_that_cannot_be_followed_are_told_and_the_starter_serves(
    library, models, program
) -> None:
    choice = Choice(library.store, models, "multilingual-e5-small")
    assert choice.used() == program / STARTER.name
    with pytest.raises(DocqaError, match="not on this computer"):
        choice.wanted()


def test_what_was_chosen_here_comes_before_the_settings(library, models, program) -> None:
    choice = Choice(library.store, models, STARTER.name)
    choice.choose(models.usable("of-my-own"))
    assert (choice.used().name, choice.wanted().name) == (STARTER.name, "of-my-own")
    choice.give_up()
    assert choice.wanted().name == STARTER.name


# -- embedders -------------------------------------------------------------------------------------


class Made:
    """What an embedder is made of."""

    def __init__(self, folder: Path, log: Path, *, prompts: Prompts | None, way: GivingWay) -> None:
        self.folder, self.prompts, self.way = folder, prompts, way
        self.pid: int | None = None
        self.is_closed = False

    def close(self) -> None:
        self.is_closed = True


def test_all_embedders_give_way_to_each_others_questions_and_end_together(
    models: EmbeddingModels, tmp_path: Path
) -> None:
    embedders = Embedders(models, tmp_path / "log", Made)
    folders = [write_bert(tmp_path / name) for name in ("multilingual-e5-small", "other")]
    first, second = map(embedders.of, folders)
    assert embedders.of(folders[0]) is first
    assert first.way is second.way
    assert (first.prompts, second.prompts) == (Prompts("query: ", "passage: "), Prompts())
    assert embedders.pids == {}
    first.pid, second.pid = 11, 12
    assert embedders.pids == {"embedder": 11, "embedder 2": 12}
    embedders.forget(folders[1])
    assert second.is_closed
    assert embedders.of(folders[1]) is not second
    embedders.close()
    assert first.is_closed


def test_a_damaged_folder_is_told_when_it_is_used(models: EmbeddingModels, tmp_path: Path) -> None:
    folder = write_bert(tmp_path / "m", prompts={"query": "q "})
    (folder / "config_sentence_transformers.json").write_text("{", "utf-8")
    embedder = Embedders(models, tmp_path / "log").of(folder)
    with pytest.raises(DocqaError, match="is damaged"):
        _ = embedder.identity
