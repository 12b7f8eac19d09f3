"""The demo and the self-test, in processes of their own as a user runs them."""

from e2e_program import DEMO_MINUTES


def test_demo_shows_the_whole_way(docqa):
    for minutes in DEMO_MINUTES:
        run = docqa.run("demo", "--json", "--minutes", minutes)
        assert run.code == 0
        if run.data["notes"]:
            break
    kinds = [answer["kind"] for answer in run.data["answers"]]
    assert kinds[-2:] == ["unprepared", "unanswerable"]
    assert run.data["document"]["status"] == "ready"
    assert run.data["answers"][-1]["found"] is False
    assert run.data["notes"]
    assert run.data["answers"][0]["route"] == "prepared"
    assert run.data["speedup"]["first_token"] > 1
    assert docqa.survivors() == []


def test_self_test_passes(docqa):
    run = docqa.run("self-test", "--json")
    failed = {check["name"]: check["problem"] for check in run.data["checks"] if not check["ok"]}
    assert failed == {}
    assert (run.code, run.data["ok"]) == (0, True)
    assert len(run.data["checks"]) >= 10
