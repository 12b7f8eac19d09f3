"""From words to one result and an exit code."""

import json
import signal
import subprocess
import sys

import pytest

from docqa import __version__
from docqa.cli import main
from docqa.commands import COMMANDS

SECRET = "the merger is on Friday"


@pytest.fixture(autouse=True)
def _own_folders(monkeypatch, tmp_path):
    for name in ("XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path))


def test_the_version_is_told_to_persons_and_scripts(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"docqa {__version__}\n"
    assert main(["--version", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"version": __version__}


def test_help_is_one_object_for_a_script(capsys):
    assert main(["ask", "--help", "--json"]) == 0
    assert "--verbosity" in json.loads(capsys.readouterr().out)["help"]


@pytest.mark.parametrize("words", [["--json"], ["--json", "frob"], ["ask", "--json"]])
def test_wrong_usage_exits_with_2(capsys, words):
    assert main(words) == 2
    assert list(json.loads(capsys.readouterr().out)) == ["error"]


def test_wrong_usage_is_told_to_a_person_on_standard_error(capsys):
    assert main(["frob"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("docqa: ")


def test_a_bug_gets_a_sentence_and_a_report_without_any_document_text(
    capsys, monkeypatch, tmp_path
):
    def strike(context):
        raise ValueError(f"cannot parse: {SECRET}")

    monkeypatch.setitem(COMMANDS, "list", strike)
    assert main(["list", "--json"]) == 1
    out, err = capsys.readouterr()
    (report,) = tmp_path.rglob("crash-*.txt")
    assert str(report) in json.loads(out)["error"]
    assert "ValueError" in report.read_text("utf-8")
    assert SECRET not in out + err + report.read_text("utf-8")
    assert "Traceback" not in err


def test_a_stop_is_no_failure(capsys, monkeypatch):
    def be_stopped(context):
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setitem(COMMANDS, "list", be_stopped)
    assert main(["list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"cancelled": True}


def test_starting_loads_nothing_heavy():
    script = (
        "import sys; from docqa.cli import main; main(['--version']);"
        "heavy = {'torch', 'llama_cpp', 'faiss', 'sentence_transformers', 'PySide6', 'numpy'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, encoding="utf-8", check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
