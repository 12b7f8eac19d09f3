"""With a server set up, the command line says that answers leave this computer."""

import json

import platformdirs
import pytest

from docqa.cli import main

SIGN = "Answers leave this computer: they are written by mistral on gpu.lan."


@pytest.fixture
def settings(monkeypatch, tmp_path):
    """The file of settings of a person without any."""
    for name in ("XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path))
    path = platformdirs.user_config_path("docqa", appauthor=False) / "settings.toml"
    assert tmp_path in path.parents
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def ask(home, *words):
    return main(["--workspace", str(home), "ask", "Zorblat quimby?", "--route", "prepared", *words])


def test_nothing_is_said_without_a_server(capsys, settings, sample_copy):
    assert ask(sample_copy, "--json") == 0
    out, err = capsys.readouterr()
    assert "server" not in json.loads(out)
    assert "leave this computer" not in err


def test_asking_says_it_once_on_standard_error_and_names_the_server_to_scripts(
    capsys, settings, sample_copy
):
    settings.write_text('[server]\nurl = "http://gpu.lan:8080/v1"\nmodel = "mistral"')
    assert ask(sample_copy, "--json") == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["server"] == "gpu.lan"
    assert err.count(SIGN) == 1
    assert ask(sample_copy) == 0
    out, err = capsys.readouterr()
    assert SIGN not in out
    assert err.count(SIGN) == 1


def test_preparing_says_it_before_anything_is_sent(capsys, settings, sample_copy):
    settings.write_text('[server]\nurl = "http://gpu.lan:8080/v1"')
    assert main(["--workspace", str(sample_copy), "prepare", "--document", "77"]) == 1
    err = capsys.readouterr().err
    assert err.startswith("Answers leave this computer: they are written by a model on gpu.lan.")


def test_what_sends_nothing_says_nothing(capsys, settings, sample_copy):
    settings.write_text('[server]\nurl = "http://gpu.lan:8080/v1"')
    for words in (["list"], ["notes"], ["page", "1", "1"]):
        assert main(["--workspace", str(sample_copy), *words]) == 0
    assert "leave this computer" not in capsys.readouterr().err


def test_a_mistake_in_the_settings_is_one_sentence(capsys, settings, sample_copy):
    settings.write_text('[server]\nurl = "gpu.lan"')
    assert ask(sample_copy, "--json") == 1
    error = json.loads(capsys.readouterr().out)["error"]
    assert error.startswith(f"In the settings {settings}, server.url must be an address")
