"""User settings: read from one file, and every mistake named with its key."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docqa.errors import DocqaError
from docqa.settings import EngineSettings, SearchSettings, ServerSettings, Settings, read_settings

URL = 'url = "http://gpu.lan:8080/v1"'
LAYERS = 'must be "auto" or a whole number from 0 to 10000.'
GIGABYTES = "must be a number from 0 to 1000000."
WITHOUT_CONTROL = "must be without line breaks and other control characters."


def read(tmp_path: Path, text: str, **environment: str) -> Settings:
    path = tmp_path / "settings.toml"
    path.write_text(text, encoding="utf-8")
    return read_settings(path, environment)


def test_without_a_file_nothing_leaves_this_computer(tmp_path: Path) -> None:
    assert read_settings(tmp_path / "none.toml") == Settings()
    assert read(tmp_path, "") == Settings(EngineSettings(), None)


def test_everything_can_be_set(tmp_path: Path) -> None:
    text = """
    [engine]
    model = "models/mine.gguf"
    context = 8192
    threads = 6
    device = 1
    gpu_layers = 20
    state_gigabytes = 2.5
    requantise = false
    [server]
    url = "https://gpu.lan:8443/v1/"
    model = "mistral"
    api_key = "k-123"
    parallel = 16
    timeout = 30
    context = 32768
    grammar = true
    """
    engine = EngineSettings(tmp_path / "models/mine.gguf", 8192, 6, "1", 20, 2.5, False)
    server = ServerSettings(
        "https://gpu.lan:8443/v1", "mistral", "k-123", 16, 30.0, 32768, grammar=True
    )
    assert read(tmp_path, text) == Settings(engine, server)
    assert server.host == "gpu.lan"
    assert "k-123" not in repr(server)


def test_the_embedder_is_an_id_or_a_path(tmp_path: Path) -> None:
    assert read(tmp_path, "").search == SearchSettings()
    by_id = read(tmp_path, '[search]\nembedder = "bge-small-en-v1.5"').search
    assert by_id == SearchSettings("bge-small-en-v1.5")
    by_path = read(tmp_path, '[search]\nembedder = "models/mine"').search
    assert by_path == SearchSettings(str(tmp_path / "models" / "mine"))


def test_a_server_needs_no_more_than_its_address(tmp_path: Path) -> None:
    assert read(tmp_path, f"[server]\n{URL}").server == ServerSettings("http://gpu.lan:8080/v1")
    settings = read(tmp_path, '[server]\nurl = "http://[fd00::1]:8080"')
    assert settings.server == ServerSettings("http://[fd00::1]:8080/v1")
    assert settings.server.host == "fd00::1"


def test_words_mean_what_they_say(tmp_path: Path) -> None:
    text = '\ufeff[engine]\ngpu_layers = "auto"\ndevice = "cpu"\nmodel = "/m.gguf"'
    assert read(tmp_path, text).engine == EngineSettings(Path("/m.gguf"), device="cpu")


def test_a_key_may_come_from_the_environment(tmp_path: Path) -> None:
    text = f'[server]\n{URL}\napi_key_env = "MY_KEY"'
    server = read(tmp_path, text, MY_KEY="k-9").server
    assert server is not None
    assert server.api_key == "k-9"
    with pytest.raises(DocqaError, match="api_key_env names the variable MY_KEY, which is not set"):
        read(tmp_path, text)
    with pytest.raises(DocqaError, match=r"server\.api_key_env names .* MY_KEY, which must be of"):
        read(tmp_path, text, MY_KEY="k-9 ")


def test_a_file_name_may_have_any_kind_of_blank(tmp_path: Path) -> None:
    """A no-break one, as macOS writes it, and the wide one of Japanese."""
    name = "my\u00a0model\u3000é.gguf"
    assert read(tmp_path, f'[engine]\nmodel = "{name}"').engine.model == tmp_path / name


def test_the_greatest_values_can_be_set(tmp_path: Path) -> None:
    text = f"""
    [engine]
    context = 10_000_000
    threads = 512
    device = 1000
    gpu_layers = 10_000
    state_gigabytes = 1e6
    [server]
    {URL}
    parallel = 64
    timeout = 86_400
    context = 10_000_000
    """
    settings = read(tmp_path, text)
    assert settings.engine.state_gigabytes == 1e6
    assert settings.server is not None
    assert settings.server.timeout == 86_400


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("[engin]", "engin is not known; what can be set there is: engine, search, server."),
        ("[search]\nembedding = 1", "search.embedding is not known; what can be set there is: em"),
        ("[search]\nembedder = 1", "search.embedder must be a text in quotes."),
        ("[engine]\nthread = 1", "engine.thread is not known; what can be set there is: context"),
        (f"[server]\n{URL}\nurls = 1", "server.urls is not known"),
        ("engine = 1", "engine must be a table: put [engine] on a line of its own."),
        ("[engine]\ncontext = 100", "engine.context must be a whole number from 256 to 10000000."),
        ("[engine]\ncontext = 10_000_001", "engine.context must be a whole number from 256"),
        ("[engine]\ncontext = true", "engine.context must be a whole number"),
        ("[engine]\ncontext = 4096.0", "engine.context must be a whole number"),
        ("[engine]\nthreads = -1", "engine.threads must be a whole number from 0 to 512."),
        ("[engine]\nthreads = 513", "engine.threads must be a whole number from 0 to 512."),
        ('[engine]\ngpu_layers = "all"', f"engine.gpu_layers {LAYERS}"),
        ("[engine]\ngpu_layers = -1", f"engine.gpu_layers {LAYERS}"),
        ("[engine]\ngpu_layers = 10_001", f"engine.gpu_layers {LAYERS}"),
        ("[engine]\ndevice = 1001", "engine.device must be a whole number from 0 to 1000."),
        ("[engine]\ndevice = true", "engine.device must be a text in quotes."),
        ('[engine]\nmodel = ""', "engine.model must be a text in quotes."),
        ('[engine]\nmodel = "a\\u0000b"', f"engine.model {WITHOUT_CONTROL}"),
        ('[engine]\nmodel = """a\nb"""', f"engine.model {WITHOUT_CONTROL}"),
        ('[engine]\ndevice = "\\u001B[2J"', f"engine.device {WITHOUT_CONTROL}"),
        ('[engine]\nmodel = "~nobody-of-that-name/m.gguf"', "engine.model must be the path of"),
        ("[engine]\nstate_gigabytes = -1", f"engine.state_gigabytes {GIGABYTES}"),
        ("[engine]\nstate_gigabytes = 1e7", f"engine.state_gigabytes {GIGABYTES}"),
        ("[engine]\nstate_gigabytes = inf", f"engine.state_gigabytes {GIGABYTES}"),
        ("[engine]\nstate_gigabytes = nan", f"engine.state_gigabytes {GIGABYTES}"),
        (f"[engine]\nstate_gigabytes = 1{'0' * 400}", f"engine.state_gigabytes {GIGABYTES}"),
        ("[engine]\nrequantise = 1", "engine.requantise must be true or false."),
        ("[server]", "server.url must be an address such as http://192.168.1.20:8080/v1."),
        ('[server]\nurl = "gpu.lan:8080"', "server.url must be an address"),
        ('[server]\nurl = "ftp://gpu.lan"', "server.url must be an address"),
        ('[server]\nurl = "http://me:pass@gpu.lan/v1"', "server.url must be an address"),
        ('[server]\nurl = "http://@gpu.lan/v1"', "server.url must be an address"),
        ('[server]\nurl = "http://gpu.lan:99999/v1"', "server.url must be an address"),
        ('[server]\nurl = "http://gpu.lan/v1?key=secret"', "server.url must be an address"),
        ('[server]\nurl = "http://gpu.lan/a b"', "server.url must be an address"),
        (f"[server]\n{URL}\nparallel = 0", "server.parallel must be a whole number from 1 to 64."),
        (f"[server]\n{URL}\nparallel = 65", "server.parallel must be a whole number from 1 to"),
        (f"[server]\n{URL}\ncontext = 99999999", "server.context must be a whole number from 256"),
        (f"[server]\n{URL}\ntimeout = 0", "server.timeout must be a number from 0.1 to 86400."),
        (f"[server]\n{URL}\ntimeout = 90_000", "server.timeout must be a number from 0.1 to 86400"),
        (f'[server]\n{URL}\napi_key = "secret\\n"', f"server.api_key {WITHOUT_CONTROL}"),
        (f'[server]\n{URL}\napi_key = "se cret"', "server.api_key must be of letters, digits"),
        (f'[server]\n{URL}\napi_key = "sécret"', "server.api_key must be of letters, digits"),
        (f'[server]\n{URL}\napi_key = "secret"\napi_key_env = "X"', "server.api_key_env must be"),
    ],
)
def test_a_mistake_is_told_with_file_and_key(tmp_path: Path, text: str, what: str) -> None:
    with pytest.raises(DocqaError) as caught:
        read(tmp_path, text)
    assert f"In the settings {tmp_path / 'settings.toml'}, {what}" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_what_is_no_settings_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    for content in (b"[engine", b"\xff\xfe\x00", b"a = 1\na = 2", b"a = " + b"[" * 9999):
        path.write_bytes(content)
        with pytest.raises(DocqaError, match="are not valid TOML") as caught:
            read_settings(path)
        assert "\n" not in str(caught.value)
    with pytest.raises(DocqaError, match="cannot be read"):
        read_settings(tmp_path)


@given(st.text())
def test_any_text_gives_settings_or_one_sentence(text: str) -> None:
    class Lines(type(Path())):  # type: ignore[misc]
        def read_text(self, *_: object, **__: object) -> str:
            return text

    with contextlib.suppress(DocqaError):
        assert isinstance(read_settings(Lines("settings.toml")), Settings)
