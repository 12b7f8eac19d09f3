from docqa.model import Answer, AnswerSentence, Citation, Hit, Seconds, Usage
from docqa.ui import answer_text
from docqa.ui.sight import Place

FIRST = Citation(1, "Annual *Report*", 4, "Sales\nrose by 4 %.", 10, 29)
SECOND = Citation(2, "Letter", 1, "We sold more.", 0, 13)
ANSWER = Answer(
    question="What about sales?",
    text="Sales rose by 4 %. So did costs.\n\nNobody knows why.",
    found=True,
    route="passages",
    citations=(FIRST, SECOND),
    sentences=(
        AnswerSentence("Sales rose by 4 %.", (1, 2)),
        AnswerSentence("So did costs.", (2,)),
        AnswerSentence("Nobody knows why.", ()),
    ),
    usage=Usage(700, 100, 60),
    seconds=Seconds(0, 0.5, 3.42),
)
HIT = Hit(7, 3, "Atlas", 12, 0.4, "The river runs north.", 5, 26)
LOST = Answer("Why?", None, found=False, route="not_found", nearest=(HIT,), still_reading=("Big",))


def test_each_sentence_is_followed_by_its_sources_or_by_the_lack_of_one() -> None:
    plain = answer_text.to_copy(ANSWER)
    assert "Sales rose by 4 %. [1] [2] So did costs. [2]" in plain
    assert "Nobody knows why. [no source]" in plain
    assert "[1] Annual *Report*, p. 4: “Sales rose by 4 %.”" in plain


def test_links_lead_to_the_quotes() -> None:
    shown = answer_text.markdown(ANSWER)
    assert "[1](cite:0)" in shown
    assert "[2](cite:1)" in shown
    assert answer_text.places(ANSWER)["cite:0"] == Place(1, 4, FIRST.quote, 10, FIRST.end)
    assert answer_text.tooltip(ANSWER, "cite:1") == "Letter, p. 1\n“We sold more.”"
    assert "supports" in answer_text.tooltip(ANSWER, "bare:0")


def test_not_found_names_the_nearest_pages_and_what_is_still_read() -> None:
    shown = answer_text.markdown(LOST)
    assert "Not found in your documents" in shown
    assert "(near:0)" in shown
    assert "Atlas" in shown
    assert "Big" in shown
    assert answer_text.places(LOST)["near:0"] == Place(3, 12, HIT.text, 5, HIT.end)
    assert answer_text.to_copy(LOST) == "Not found in your documents."


def test_a_repeated_sentence_gets_its_mark_twice_in_order() -> None:
    twice = Answer(
        "?", "Yes. Yes.", True, "passages", (FIRST,),
        (AnswerSentence("Yes.", (1,)), AnswerSentence("Yes.", ())),
    )  # fmt: skip
    assert answer_text.to_copy(twice).startswith("Yes. [1] Yes. [no source]")


def test_the_plain_mark_in_the_text_is_not_shown_twice() -> None:
    marked = Answer(
        "?", "Yes. [no source] It is so.", True, "passages", (FIRST,),
        (AnswerSentence("Yes.", ()), AnswerSentence("It is so.", (1,))),
    )  # fmt: skip
    assert answer_text.to_copy(marked).startswith("Yes. [no source] It is so. [1]")


def test_an_answer_without_sentences_still_shows_its_sources() -> None:
    bare = Answer("?", "Yes.", True, "prepared", (FIRST, SECOND))
    assert answer_text.to_copy(bare).startswith("Yes. [1] [2]")


def test_a_model_can_write_neither_links_nor_html_nor_images() -> None:
    nasty = "<b>x</b> [go](cite:0) ![i](file:///etc/passwd) `code` &lt; http://a.b"
    escaped = answer_text.escape(nasty)
    assert "\\[go\\](cite:0)" in escaped
    assert "\\!\\[i\\]" in escaped
    assert "\\<b\\>" in escaped
    assert answer_text.escape("**bold**\n- a list") == "**bold**\n- a list"


def test_badges_and_costs_are_short() -> None:
    assert answer_text.badge(ANSWER) == "from 2 passages"
    assert answer_text.costs(ANSWER) == "3.4 s · 660 tokens"
    prepared = Answer("?", "Yes.", True, "prepared", (FIRST,), seconds=Seconds(0, 0.01, 0.012))
    assert answer_text.badge(prepared) == "prepared and checked"
    assert answer_text.costs(prepared) == "12 ms · no model call"
