"""Crash reports name types and places, never what a document says."""

import os

import pytest

from docqa import crash

SECRET = "the merger is on Friday"


def struck():
    try:
        try:
            raise KeyError(SECRET)
        except KeyError as cause:
            raise ValueError(f"bad text: {SECRET}") from cause
    except ValueError as error:
        return error


def test_a_report_has_types_and_places_but_no_message(tmp_path):
    path = crash.write_report(struck(), tmp_path / "logs")
    text = path.read_text()
    assert text.index("KeyError") < text.index("ValueError")
    assert "in struck" in text
    assert SECRET not in text


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_a_report_is_for_its_owner_only(tmp_path):
    path = crash.write_report(struck(), tmp_path)
    assert path.stat().st_mode & 0o077 == 0


def test_reports_of_the_same_moment_do_not_overwrite_each_other(tmp_path):
    paths = {crash.write_report(struck(), tmp_path) for _ in range(5)}
    assert len(paths) == len(list(tmp_path.iterdir())) == 5


def test_the_sentence_says_where_the_report_is(tmp_path):
    sentence = crash.sentence(struck(), tmp_path)
    assert str(next(tmp_path.iterdir())) in sentence
    assert SECRET not in sentence


def test_a_folder_that_cannot_be_written_does_not_hide_the_report(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    path = crash.write_report(struck(), blocked / "logs")
    assert path.exists()
    path.unlink()
