"""Asking for passwords in a real terminal."""

from __future__ import annotations

import json
import os
import select
import sys
import time

import pytest
from e2e.e2e_program import Docqa

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has other terminals")


class Terminal:
    """The program on a pseudo-terminal, as a person has it."""

    def __init__(self, docqa: Docqa, *words: object) -> None:
        import pty

        self.pid, self._end = pty.fork()
        if self.pid == 0:
            os.chdir(docqa.home)
            arguments = [sys.executable, "-m", "docqa", *map(str, words)]
            os.execve(sys.executable, arguments, docqa.environment)
        self.text = ""

    def wait_for(self, text: str, seconds: float = 90) -> None:
        """Read until ``text`` appears, and forget what came before."""
        deadline = time.monotonic() + seconds
        while text not in self.text:
            assert time.monotonic() < deadline, self.text
            if not self._read():
                break
        assert text in self.text
        self.text = self.text.partition(text)[2]

    def type(self, line: str) -> None:
        time.sleep(0.1)  # The terminal stops showing what is typed just after the question.
        os.write(self._end, line.encode())

    def end(self) -> int:
        while self._read():
            pass
        os.close(self._end)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def _read(self) -> bool:
        ready, _, _ = select.select([self._end], [], [], 1)
        if not ready:
            return True
        try:
            piece = os.read(self._end, 4096)
        except OSError:  # The other end is closed.
            return False
        self.text += piece.decode("utf-8", "replace")
        return bool(piece)


@pytest.fixture
def docqa(tmp_path):
    (tmp_path / "home").mkdir()
    return Docqa(tmp_path / "home")


def test_a_wrong_password_is_asked_for_again_and_nothing_is_shown(docqa, make_pdf, tmp_path):
    secret = make_pdf(["Cats sleep on the roof of the school."], "secret.pdf", "open sesame")
    terminal = Terminal(docqa, "--workspace", tmp_path / "w", "add", secret)
    terminal.wait_for('Password of "secret.pdf":')
    terminal.type("let me in\n")
    terminal.wait_for("The password does not open")
    assert "let me in" not in terminal.text
    terminal.wait_for('Password of "secret.pdf":')
    terminal.type("open sesame\n")
    terminal.wait_for("1 page, 1 passage")
    assert terminal.end() == 0


def test_ctrl_c_instead_of_a_password(docqa, make_pdf, tmp_path):
    secret = make_pdf(["Cats sleep on the roof of the school."], "secret.pdf", "open sesame")
    terminal = Terminal(docqa, "--workspace", tmp_path / "w", "add", secret)
    terminal.wait_for('Password of "secret.pdf":')
    terminal.type("\x03")
    terminal.wait_for("\nFailed")  # On a line of its own.
    terminal.wait_for("Stopped")
    assert terminal.end() == 1  # It was not added.
    assert docqa.survivors() == []


def test_a_script_is_not_asked(docqa, make_pdf, tmp_path):
    secret = make_pdf(["Cats sleep on the roof of the school."], "secret.pdf", "open sesame")
    terminal = Terminal(docqa, "--workspace", tmp_path / "w", "--json", "add", secret)
    code = terminal.end()
    (line,) = [line for line in terminal.text.splitlines() if line.startswith("{")]
    (entry,) = json.loads(line)["documents"]
    assert (code, entry["status"]) == (1, "failed")
    assert "password" in entry["problem"]
