"""Every command once, end to end, as the contract says."""

import sqlite3

from e2e_program import NOWHERE, PREPARE_MINUTES, QUESTION

from docqa.store.lock import WorkspaceLock

SAMPLE_PAGES = 8


def assert_quoted(page_text, quotes):
    """Every quote is exactly what stands on its page."""
    for quote in quotes:
        text = page_text(quote["document_id"], quote["page"])
        assert text[quote["start"] : quote["end"]] == (quote.get("quote") or quote["text"])


def test_add_says_what_became_of_each_file(added):
    _, run = added
    assert run.code == 0
    (entry,) = run.data["documents"]
    assert entry["status"] == "ready"
    assert entry["pages"] == SAMPLE_PAGES
    assert entry["passages"] >= SAMPLE_PAGES
    assert (entry["problem"], entry["failed_pages"], entry["scanned_pages"]) == (None, [], [])
    assert entry["path"].endswith("/resources/sample.pdf")
    assert entry["title"]
    assert isinstance(entry["id"], int)
    assert "Reading sample.pdf" in run.err


def test_list_shows_the_document_and_how_far_it_is_prepared(docqa, prepared):
    run = docqa.run("list", "--json", "--workspace", prepared[0])
    (entry,) = run.data["documents"]
    assert run.code == 0
    assert entry["status"] == "ready"
    assert 0 < entry["prepared"] <= 1
    assert entry["notes"]["question"] >= 1


def test_page_gives_the_stored_text_and_refuses_unknown_pages(docqa, called, added):
    workspace, _ = added
    first = docqa.json(workspace, "page", 1, 1)
    assert first.code == 0
    assert (first.data["document_id"], first.data["page"]) == (1, 1)
    assert "cooperative" in first.data["text"].lower()
    for unknown in ((1, 99), (1, 0), (1, -1), (7, 1)):
        run = called(workspace, "page", *unknown)
        assert (run.code, list(run.data)) == (1, ["error"])


def test_search_finds_the_page_and_quotes_it(docqa, added, page_text):
    workspace, _ = added
    run = docqa.json(workspace, "search", "name of the tidal turbine", "-k", "3")
    assert run.code == 0
    assert 1 <= len(run.data["hits"]) <= 3
    assert 3 in [hit["page"] for hit in run.data["hits"]]
    scores = [hit["score"] for hit in run.data["hits"]]
    assert scores == sorted(scores, reverse=True)
    assert run.data["seconds"] < 2
    assert_quoted(page_text, run.data["hits"])


def test_many_queries_are_searched_in_one_go(docqa, called, added, tmp_path):
    queries = tmp_path / "queries.txt"
    queries.write_text("tidal turbine\n\nsodium battery\n", "utf-8")
    run = docqa.json(added[0], "search", "--queries", queries, "-k", "1")
    assert [result["query"] for result in run.data["results"]] == [
        "tidal turbine",
        "sodium battery",
    ]
    assert all(len(result["hits"]) == 1 for result in run.data["results"])
    missing = called(added[0], "search", "--queries", tmp_path / "nothing")
    assert (missing.code, list(missing.data)) == (1, ["error"])
    queries.write_text("\n \n", "utf-8")
    empty = called(added[0], "search", "--queries", queries)
    assert (empty.code, empty.data["error"]) == (
        1,
        f"There is no query in {queries}: write one a line.",
    )


def test_search_finds_what_was_prepared(docqa, prepared, page_text):
    workspace = prepared[0]
    questions = docqa.json(workspace, "notes", "--kind", "question").data["notes"]
    run = docqa.json(workspace, "search", questions[0]["question"], "-k", "1")
    assert run.code == 0
    assert list(run.data) == ["hits", "notes", "seconds"]
    found = {note["question"]: note for note in run.data["notes"]}[questions[0]["question"]]
    assert found["evidence"] == questions[0]["evidence"]
    assert_quoted(page_text, found["evidence"])


def test_ask_answers_from_passages_with_verbatim_quotes(docqa, prepared_copy, page_text):
    run = docqa.json(prepared_copy, "ask", QUESTION, "--without-notes")
    assert run.code == 0
    assert (run.data["found"], run.data["route"]) == (True, "passages")
    assert "eleven" in run.data["answer"].lower()
    assert 1 in [citation["page"] for citation in run.data["citations"]]
    assert_quoted(page_text, run.data["citations"])
    assert 0 < run.data["usage"]["prompt_tokens"] < 2000
    seconds = run.data["seconds"]
    assert 0 < seconds["first_token"] <= seconds["total"]
    assert seconds["load"] > 0


def test_ask_answers_a_prepared_question_from_its_note(docqa, prepared_copy, page_text):
    notes = docqa.json(prepared_copy, "notes", "--kind", "question").data["notes"]
    run = docqa.json(prepared_copy, "ask", notes[0]["question"])
    assert (run.data["found"], run.data["route"]) == (True, "prepared")
    assert run.data["usage"]["prompt_tokens"] == 0
    assert run.data["citations"]
    assert_quoted(page_text, run.data["citations"])


def test_what_no_document_says_is_not_found_also_beside_another_writer(docqa, prepared_copy):
    lock = WorkspaceLock(prepared_copy)
    lock.acquire()
    try:
        run = docqa.json(prepared_copy, "ask", NOWHERE)
    finally:
        lock.release()
    assert run.code == 0
    assert (run.data["answer"], run.data["found"]) == (None, False)
    assert (run.data["route"], run.data["citations"]) == ("not_found", [])


def test_routes_of_later_versions_say_so(called, added):
    for route in ("notes", "deep"):
        run = called(added[0], "ask", "Why?", "--route", route)
        assert run.code == 1
        assert "not there yet" in run.data["error"]


def test_prepare_keeps_checked_notes_and_stops_in_time(prepared):
    _, run = prepared
    assert run.code == 0
    assert run.data["steps"]["done"] >= 1
    assert run.data["notes"]["verified"] >= 1
    assert run.data["notes"]["verified"] == sum(run.data["notes"]["by_kind"].values())
    assert run.data["notes"]["rejected"] == sum(run.data["notes"]["rejected_by_reason"].values())
    assert run.data["tokens"]["prompt"] >= run.data["tokens"]["cached"]
    assert run.data["stopped"] in ("budget", "complete")
    assert run.data["seconds"] < 60 * max(PREPARE_MINUTES) + 36
    assert "Preparing" in run.err


def test_notes_carry_their_evidence(docqa, prepared, page_text):
    workspace, _ = prepared
    notes = docqa.json(workspace, "notes").data["notes"]
    assert {note["status"] for note in notes} == {"verified"}
    assert all(note["evidence"] for note in notes)
    assert_quoted(page_text, [quote for note in notes for quote in note["evidence"]])
    rejected = docqa.json(workspace, "notes", "--status", "rejected", "--kind", "question").data
    assert all(note["reason"] for note in rejected["notes"])
    assert {note["kind"] for note in rejected["notes"]} <= {"question"}


def test_remove_is_all_or_nothing(docqa, called, prepared_copy):
    unknown = called(prepared_copy, "remove", 1, 99)
    assert (unknown.code, list(unknown.data)) == (1, ["error"])
    assert len(called(prepared_copy, "list").data["documents"]) == 1
    assert docqa.json(prepared_copy, "remove", 1).data == {"removed": [1]}
    assert called(prepared_copy, "list").data == {"documents": []}
    assert called(prepared_copy, "notes").data == {"notes": []}


def test_a_person_gets_lines_without_json(docqa, added):
    workspace, _ = added
    run = docqa.run("list", "--workspace", workspace, environment={"LANG": "C", "LC_ALL": "C"})
    assert run.code == 0
    assert "ready" in run.out
    assert not run.out.startswith("{")
    page = docqa.run("page", "1", "1", "--workspace", workspace)
    assert "cooperative" in page.out.lower()


def test_head_may_close_the_output_early(docqa, added):
    pipe = ["bash", "-o", "pipefail", "-c", '"$@" | head -c 1', "-"]
    run = docqa.run("page", "1", "1", "--workspace", added[0], before=pipe)
    assert (run.code, run.err) == (0, "")


def test_the_workspace_is_one_clean_database(prepared):
    connection = sqlite3.connect(prepared[0] / "workspace.db")
    try:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    finally:
        connection.close()


def test_logs_contain_no_document_text(docqa, prepared, page_text):
    workspace, _ = prepared
    texts = [page_text(1, number) for number in (1, 3, 8)]
    shingles = {
        " ".join(words[at : at + 4])
        for words in [text.split() for text in (*texts, QUESTION)]
        for at in range(len(words) - 3)
    }
    logs = [*docqa.home.rglob("*.log"), *workspace.rglob("*.log")]
    assert logs
    for log in logs:
        written = " ".join(log.read_text("utf-8", "replace").split())
        assert not [shingle for shingle in shingles if shingle in written], log
