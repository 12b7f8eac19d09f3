"""What can be typed, and what wrong usage is told."""

import datetime
import os
from pathlib import Path

import pytest

from docqa.arguments import HelpAsked, parse, wants_json
from docqa.errors import UsageError


@pytest.mark.parametrize(
    "words",
    [
        ["--workspace", "w", "--json", "list"],
        ["list", "--workspace", "w", "--json"],
        ["--json", "list", "--workspace=w"],
        ["--workspace=w", "list", "--json"],
    ],
)
def test_shared_options_stand_before_or_after_the_command(words):
    request = parse(words)
    assert (request.command, request.json) == ("list", True)
    assert request.workspace == Path("w").absolute()


def test_shared_options_may_stand_between_the_files():
    request = parse(["add", "a.pdf", "--json", "b.pdf", "--workspace", "w", "c.pdf"])
    assert request.options.paths == [Path("a.pdf"), Path("b.pdf"), Path("c.pdf")]


def test_without_a_command_there_is_the_window_and_the_default_workspace():
    request = parse([])
    assert request.command is None
    assert request.workspace is None
    assert not request.json


def test_a_question_may_look_like_an_option_behind_two_dashes():
    request = parse(["ask", "--", "--json"])
    assert request.options.question == "--json"
    assert not request.json


@pytest.mark.parametrize(
    ("words", "expected"),
    [(["--json", "ask"], True), (["ask", "q", "--json"], True), (["ask", "--", "--json"], False)],
)
def test_json_is_noticed_even_where_the_rest_is_wrong(words, expected):
    assert wants_json(words) is expected


def test_ask_understands_its_options():
    scope = ["--document", "3", "--document", "5", "--without-notes"]
    options = parse(["ask", "Why?", *scope, "--route", "passages", "--verbosity", "brief"]).options
    assert options.question == "Why?"
    assert options.documents == [3, 5]
    assert (options.route, options.verbosity, options.without_notes) == ("passages", "brief", True)


def test_prepare_understands_minutes_and_a_time_of_day():
    options = parse(["prepare", "--minutes", "0.5", "--until", "07:30", "--passes", "2"]).options
    assert (options.minutes, options.until, options.passes) == (0.5, datetime.time(7, 30), 2)


def test_defaults():
    assert parse(["search", "q"]).options.k == 8
    assert parse(["notes"]).options.status == "verified"
    assert parse(["ask", "q"]).options.documents is None


def test_folders_are_watched_and_forgotten():
    assert parse(["watch"]).options.folders == []
    assert parse(["watch", "a", "b"]).options.folders == [Path("a"), Path("b")]
    assert parse(["folders"]).options.forget is None
    assert parse(["folders", "--forget", "a"]).options.forget == [Path("a")]


def test_a_password_is_kept_only_on_request():
    assert not parse(["add", "x.pdf", "--password", "p"]).options.remember_password
    assert parse(["add", "x.pdf", "--remember-password"]).options.remember_password


@pytest.mark.parametrize(
    "words",
    [
        ["frobnicate"],
        ["--frobnicate"],
        ["add"],
        ["remove"],
        ["remove", "one"],
        ["remove", "1", "²"],
        ["page", "1"],
        ["page", "1", "two"],
        ["ask"],
        ["ask", "q", "--route", "psychic"],
        ["ask", "q", "--verbosity", "chatty"],
        ["ask", "q", "--document", "x"],
        ["ask", "q", "--route", "prepared", "--without-notes"],
        ["search"],
        ["search", "q", "--queries", "f"],
        ["search", "q", "-k", "0"],
        ["prepare", "--minutes", "0"],
        ["prepare", "--minutes", "nan"],
        ["prepare", "--until", "25:00"],
        ["prepare", "--passes", "0"],
        ["notes", "--kind", "poem"],
        ["list", "--workspace"],
        ["--workspace", "--json", "list"],
        ["list", "--js"],
        ["folders", "--forget"],
    ],
)
def test_wrong_usage_is_one_line_that_says_so(words):
    with pytest.raises(UsageError) as caught:
        parse(words)
    assert str(caught.value).endswith((".", "--help"))
    assert "\n" not in str(caught.value)


def test_help_is_a_text_with_every_command():
    with pytest.raises(HelpAsked) as caught:
        parse(["--help"])
    for command in "add list remove page search ask prepare notes watch folders".split():
        assert f"\n    {command} " in str(caught.value)


def test_commands_of_later_versions_are_not_offered():
    for command in ("efficiency", "briefing", "models"):
        with pytest.raises(UsageError):
            parse([command])


@pytest.mark.skipif(os.name == "nt", reason="Windows knows no other users' homes")
def test_a_workspace_in_the_home_of_nobody_is_wrong_usage():
    with pytest.raises(UsageError, match="There is no folder '~nosuchuser/x'"):
        parse(["list", "--workspace", "~nosuchuser/x"])


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps the current folder")
def test_a_workspace_in_a_folder_that_is_gone_is_wrong_usage(tmp_path, monkeypatch):
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    with pytest.raises(UsageError, match="give --workspace a full path"):
        parse(["list", "--workspace", "x"])


def test_a_question_may_be_typed_without_quotation_marks() -> None:
    assert parse(["search", "notice", "period", "-k", "3"]).options.query == "notice period"
    assert parse(["ask", "Who", "signed?"]).options.question == "Who signed?"
    assert parse(["search", "--queries", "file.txt"]).options.query is None
