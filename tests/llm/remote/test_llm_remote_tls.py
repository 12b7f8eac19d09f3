"""Servers with TLS: nothing is said to one that this computer does not trust."""

from __future__ import annotations

import datetime
import ipaddress
import socket
import threading
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from fake_server import Exchange, fake_server

from docqa.errors import DocqaError
from docqa.llm.base import Piece, Prompt
from docqa.llm.remote import RemoteModel
from docqa.llm.remote.api import PAUSES
from docqa.llm.remote.trouble import Away, Unavailable
from docqa.process import Urgency
from docqa.settings import ServerSettings

ASKING = Urgency.ASKING
AT_ONCE = dict.fromkeys(PAUSES, (0.0, 0.0))


def test_no_secure_connection() -> None:
    with fake_server(lambda exchange: exchange.reply("red")) as fake:
        model = RemoteModel(ServerSettings(fake.url.replace("http:", "https:")), AT_ONCE)
        with pytest.raises(DocqaError, match=r"cannot be reached securely .*; correct its cert"):
            model.load(ASKING)


def test_a_secure_connection_needs_a_certificate_that_this_computer_trusts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = write_certificate(tmp_path)

    def answer(exchange: Exchange) -> None:
        exchange.reply("red", "x" * 100_000)

    with fake_server(answer, certificate) as fake:
        model = RemoteModel(ServerSettings(fake.url, "m"), AT_ONCE)
        prompt = Prompt("", ("Which colour?",))
        with pytest.raises(DocqaError, match=r"securely \(CERTIFICATE_VERIFY_FAILED\)") as caught:
            list(model.generate(prompt, max_tokens=20, urgency=ASKING))
        assert not isinstance(caught.value, Unavailable)
        assert fake.paths == []
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        events = [*model.generate(prompt, max_tokens=20, urgency=ASKING)]
        assert events[:2] == [Piece("red"), Piece("x" * 100_000)]


def write_certificate(folder: Path) -> Path:
    """A key and a certificate for this computer, signed by itself, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    path = folder / "certificate.pem"
    path.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(pem)
    )
    return path


def test_a_server_that_hangs_up_while_shaking_hands_is_asked_again() -> None:
    tries = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(30)

        def hang_up() -> None:
            for _ in range(3):
                connection, _address = listener.accept()
                with connection:
                    tries.append(connection.recv(1 << 16))

        thread = threading.Thread(target=hang_up)
        thread.start()
        url = f"https://127.0.0.1:{listener.getsockname()[1]}/v1"
        with pytest.raises(Unavailable, match=r"cannot be reached \(it hung up\)") as caught:
            RemoteModel(ServerSettings(url), AT_ONCE).load(ASKING)
        assert not isinstance(caught.value, Away)
        thread.join()
    assert len(tries) == 3


def test_a_server_that_does_not_shake_hands_gives_no_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("docqa.llm.remote.connection._CONNECT_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"https://127.0.0.1:{listener.getsockname()[1]}/v1"
        with pytest.raises(Away, match=r"cannot be reached \(no answer\); start it, or correct"):
            RemoteModel(ServerSettings(url), AT_ONCE).load(ASKING)
