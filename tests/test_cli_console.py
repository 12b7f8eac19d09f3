"""One result on standard output, everything else on standard error."""

import io
import json
import os

import pytest

from docqa.console import Console, OutputLost, bar, clock, plain, shorten, table


def console(*, as_json=False, terminal=False):
    out, err = io.StringIO(), io.StringIO()
    if terminal:
        err.isatty = lambda: True
    return Console(out, err, json=as_json), out, err


def test_a_script_gets_one_object_and_a_person_gets_lines():
    for as_json, expected in ((True, '{"a": 1}\n'), (False, "one\ntwo\n")):
        printer, out, _ = console(as_json=as_json)
        printer.result({"a": 1}, ["one", "two"])
        assert out.getvalue() == expected


def test_json_carries_any_text_exactly():
    printer, out, _ = console(as_json=True)
    text = "naïve 漢字 \ud800 \x1b[31m"
    printer.result({"text": text}, [])
    assert json.loads(out.getvalue())["text"] == text
    assert out.getvalue().isascii()


def test_a_script_never_gets_a_second_object():
    printer, out, _ = console(as_json=True)
    printer.result({"a": 1}, [])
    printer.error("too late")
    printer.line("for a person")
    assert json.loads(out.getvalue()) == {"a": 1}


def test_a_result_that_is_no_json_leaves_room_for_the_error():
    printer, out, _ = console(as_json=True)
    with pytest.raises(ValueError, match="JSON"):
        printer.result({"a": float("nan")}, [])
    printer.error("It broke.")
    assert json.loads(out.getvalue()) == {"error": "It broke."}


def test_an_error_is_an_object_for_a_script_and_a_sentence_for_a_person():
    printer, out, err = console(as_json=True)
    printer.error("No.")
    assert (json.loads(out.getvalue()), err.getvalue()) == ({"error": "No."}, "")
    printer, out, err = console()
    printer.error("No.")
    assert (out.getvalue(), err.getvalue()) == ("", "docqa: No.\n")


def test_documents_cannot_steer_the_terminal():
    assert plain("a\x1b[2Jb\rc\x9b\tx\ny") == "a [2Jb c \tx\ny"


def test_progress_tells_a_new_topic_at_once_and_details_rarely():
    printer, out, err = console()
    for page in range(100):
        printer.progress("Reading a.pdf", f"{page}/100")
        printer.progress("Reading b.pdf", f"{page}/100")
    assert err.getvalue() == "Reading a.pdf 0/100\nReading b.pdf 0/100\n"
    assert out.getvalue() == ""


def test_progress_on_a_terminal_is_one_line_that_is_wiped():
    printer, out, err = console(terminal=True)
    printer.progress("Reading", "1/2", (1, 2))
    printer.result({}, ["done"])
    line = f"Reading {bar(1, 2)} 1/2"
    assert err.getvalue() == f"\r{line}\r{' ' * len(line)}\r"
    assert out.getvalue() == "done\n"


@pytest.mark.parametrize("unread", [True, False])
def test_a_closed_and_a_full_output_are_told_apart(unread):
    if unread:
        reader, writer = os.pipe()
        os.close(reader)
    elif os.path.exists("/dev/full"):  # noqa: PTH110
        writer = os.open("/dev/full", os.O_WRONLY)
    else:
        pytest.skip("this system has no /dev/full")
    with os.fdopen(writer, "w") as out:
        printer = Console(out, io.StringIO(), json=True)
        with pytest.raises(OutputLost) as caught:
            printer.result({}, [])
        printer.abandon()
    assert caught.value.unread is unread


def test_bar_shows_the_share_and_survives_nothing_to_do():
    assert bar(1, 2, 4) == "[##..]"
    assert bar(0, 0, 4) == "[####]"
    assert bar(9, 2, 4) == "[####]"


def test_durations_are_short():
    assert [clock(0.44), clock(12), clock(185), clock(3723)] == [
        "0.4 s",
        "12 s",
        "3:05 min",
        "1:02:03",
    ]


def test_a_table_aligns_numbers_to_the_right():
    lines = table(("id", "title"), [("1", "a"), ("12", "bcd")])
    assert lines == ["id  title", " 1  a", "12  bcd"]


def test_a_table_aligns_wide_letters_and_accents():
    rows = [("準会場", "1 page"), ("cafe\u0301", "2 pages")]
    assert table(("title", "size"), rows) == [
        "title   size",
        "準会場  1 page",
        "cafe\u0301    2 pages",
    ]


def test_a_long_line_is_shortened_visibly():
    assert shorten("a  b\nc", 9) == "a b c"
    assert shorten("abcdefgh", 5) == "abcd…"
    assert shorten("準会場で受験", 6) == "準会…"
