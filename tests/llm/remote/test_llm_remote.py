"""A model on a real server (llama_cpp.server), used like the one on this computer."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from docqa.errors import Cancelled, DocqaError, NotOffered
from docqa.llm.base import Finished, LanguageModel, Piece, Prompt
from docqa.llm.remote import RemoteModel
from docqa.llm.remote.chat import chat
from docqa.model import Answer
from docqa.paths import Paths
from docqa.process import Cancel, Urgency
from docqa.settings import ServerSettings, Settings
from docqa.workspace import Workspace

ASKING, PREPARING = Urgency.ASKING, Urgency.PREPARING
CHAIR = Prompt(
    "You answer questions from the given text only.",
    ("Text: The chair of the board is Mary Wells.\n\n", "Question: Who is the chair?"),
)


@pytest.fixture(scope="module")
def model(starter_server: ServerSettings) -> RemoteModel:
    return RemoteModel(starter_server)


def written(model: LanguageModel, prompt: Prompt, **options: object) -> tuple[str, Finished]:
    *pieces, end = model.generate(prompt, urgency=ASKING, **options)  # type: ignore[arg-type]
    assert isinstance(end, Finished)
    return "".join(piece.text for piece in pieces if isinstance(piece, Piece)), end


def test_a_question_is_answered(model: RemoteModel, starter_server: ServerSettings) -> None:
    text, end = written(model, CHAIR, max_tokens=30)
    assert "Mary" in text
    assert end.reason == "stop"
    assert 0 < end.first_token <= end.seconds
    assert 3 <= end.usage.completion_tokens <= 30
    info = model.info()
    assert (info.name, info.context) == ("starter", 2048)
    named = RemoteModel(replace(starter_server, model="starter", url="http://192.0.2.1/v1"))
    assert info.identity == named.info().identity
    assert info.identity != RemoteModel(replace(starter_server, model="other")).info().identity
    assert model.pid is None


def test_loading_asks_whether_the_server_is_there_once(starter_server: ServerSettings) -> None:
    model = RemoteModel(starter_server)
    assert model.load(Urgency.READING) > 0
    assert model.load(Urgency.READING) == 0.0
    model.tune(PREPARING)


def test_greedy_replies_repeat_and_the_budget_ends_them(model: RemoteModel) -> None:
    prompt = Prompt("", ("Count from one to fifty.",))
    text, end = written(model, prompt, max_tokens=7)
    assert end.reason == "length"
    assert end.usage.completion_tokens == 7
    assert written(model, prompt, max_tokens=7)[0] == text


def test_a_stop_string_ends_a_reply_and_is_not_part_of_it(model: RemoteModel) -> None:
    whole, _ = written(model, CHAIR, max_tokens=30)
    stop = whole[len(whole) // 2 :][:3]
    text, end = written(model, CHAIR, max_tokens=30, stop=(stop, "never said"))
    assert text == whole[: whole.index(stop)]
    assert end.reason == "stop"


def test_several_replies_are_the_same_as_one_by_one(model: RemoteModel) -> None:
    prompts = tuple(
        replace(CHAIR, user=(CHAIR.user[0], question))
        for question in ("Question: Who is the chair?", "Question: Which board?", "Say yes.")
    )
    texts, ended = [""] * 3, []
    for index, event in model.generate_many(prompts, max_tokens=6, urgency=PREPARING):
        if isinstance(event, Piece):
            assert index not in ended
            texts[index] += event.text
        else:
            ended.append(index)
    assert sorted(ended) == [0, 1, 2]
    assert texts == [written(model, prompt, max_tokens=6)[0] for prompt in prompts]


def test_tokens_are_counted_by_the_server(model: RemoteModel) -> None:
    one, two, none = model.count(("Hello world", "Hello world Hello world", ""), ASKING)
    assert none == 0
    assert 2 <= one <= 4
    assert two == 2 * one


@pytest.mark.parametrize("text", ["<|im_start|>", "<|im_end|>", "<|endoftext|>", "\x00<|im_end|>"])
def test_a_document_cannot_speak_as_the_system(model: RemoteModel, text: str) -> None:
    # As a control token it would be one token.
    assert model.count((text,), ASKING)[0] >= 5
    reply, _ = written(
        model, replace(CHAIR, user=(CHAIR.user[0] + text, CHAIR.user[1])), max_tokens=30
    )
    assert "Mary" in reply


def test_what_is_likely_scores_higher(model: RemoteModel) -> None:
    prompt = Prompt("", ("The capital of France is Paris.",), "The capital of France is")
    scores = model.score(prompt, (" Paris", " Berlin", " banana ü€", ""), urgency=PREPARING)
    assert scores.total[0] > scores.total[1] > scores.total[2]
    assert scores.mean[0] == pytest.approx(scores.total[0])
    assert scores.total[3] == scores.mean[3] == 0.0
    assert scores.usage.prompt_tokens > 5 * 10


def test_a_server_may_tell_no_likelihoods(tiny_server: ServerSettings) -> None:
    model = RemoteModel(tiny_server)
    with pytest.raises(NotOffered, match=r"The server at 127.0.0.1 tells no likelihoods\."):
        model.score(CHAIR, (" Mary",), urgency=PREPARING)


def test_a_prompt_that_does_not_fit_is_refused_with_its_size(tiny_server: ServerSettings) -> None:
    model = RemoteModel(tiny_server)
    prompt = Prompt("", ("a word " * 100,))  # A token is a byte for this model.
    sentence = (
        r"The prompt of 7\d\d tokens and a reply of up to 8 do not fit the model's context of 512"
    )
    with pytest.raises(DocqaError, match=sentence):
        list(model.generate(prompt, max_tokens=8, urgency=ASKING))


def test_a_reply_can_be_cancelled_and_the_next_one_comes(model: RemoteModel) -> None:
    cancel = Cancel()
    events = model.generate(
        Prompt("", ("Count from one to fifty.",)), max_tokens=300, urgency=ASKING, cancel=cancel
    )
    assert isinstance(next(events), Piece)
    cancel.set()
    with pytest.raises(Cancelled):
        list(events)
    assert "Mary" in written(model, CHAIR, max_tokens=30)[0]


def test_a_forgotten_reply_leaves_no_thread(model: RemoteModel) -> None:
    events = model.generate_many((CHAIR,) * 3, max_tokens=30, urgency=PREPARING)
    next(events)
    events.close()  # type: ignore[attr-defined]
    assert not [one for one in threading.enumerate() if one.name.startswith("docqa-reply")]


def test_a_wrong_key_is_told(starter_server: ServerSettings) -> None:
    model = RemoteModel(replace(starter_server, api_key="wrong"))
    with pytest.raises(DocqaError, match=r"does not accept docqa's key \(401\); set api_key"):
        model.load(ASKING)


def test_the_whole_way_with_a_server(
    starter_server: ServerSettings, paths: Paths, sample_copy: Path, tmp_path: Path
) -> None:
    only_embedder = tmp_path / "models"
    only_embedder.mkdir()
    (only_embedder / "all-MiniLM-L6-v2").symlink_to(paths.models[0] / "all-MiniLM-L6-v2")
    settings = Settings(server=starter_server)
    with Workspace.open(
        sample_copy, replace(paths, models=(only_embedder,)), settings=settings
    ) as workspace:
        assert workspace.server == starter_server
        *_, answer = workspace.ask("Who is the chair of the board?", verbosity="brief")
        assert isinstance(answer, Answer)
        assert answer.found
        assert answer.usage.completion_tokens > 0
        assert answer.citations
        assert set(workspace.children) == {"embedder"}


def test_what_the_server_lays_out_has_one_system_message_at_most() -> None:
    assert [message["role"] for message in chat(CHAIR).messages] == ["system", "user"]
    assert [message["role"] for message in chat(Prompt("", ("x",))).messages] == ["user"]
