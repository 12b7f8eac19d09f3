"""Without any network everything works, and every process refuses to look for one."""

import json
import shutil
import subprocess
import sys

import pytest
from e2e_program import QUESTION, SAMPLE, Docqa

WITNESS = '''
"""Runs in every Python process of the program: tries to get out, and writes down what happened."""
import atexit, json, multiprocessing, os, socket, sys, threading, time

def witness():
    if "resource_tracker" in " ".join(sys.orig_argv):
        return
    path = os.path.join(os.environ["DOCQA_WITNESS"], str(os.getpid()))
    while True:
        time.sleep(0.2)
        outcome = []
        for attempt in (
            lambda: socket.getaddrinfo("docqa-test.invalid", 80),
            lambda: socket.create_connection(("192.0.2.1", 80), 0.2),
        ):
            try:
                attempt()
                outcome.append("connected")
            except Exception as error:
                outcome.append(type(error).__name__)
        name = multiprocessing.current_process().name
        with open(path + ".new", "w") as file:
            json.dump({"name": name, "outcome": outcome}, file)
        os.replace(path + ".new", path)

threading.Thread(target=witness, daemon=True).start()
'''


@pytest.fixture
def witnessed(tmp_path):
    """The program with a witness in each of its processes, and what the witnesses saw."""
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "sitecustomize.py").write_text(WITNESS)
    (tmp_path / "seen").mkdir()
    (tmp_path / "home").mkdir()
    docqa = Docqa(tmp_path / "home")
    docqa.environment["PYTHONPATH"] += f":{tmp_path / 'lib'}"
    docqa.environment["DOCQA_WITNESS"] = str(tmp_path / "seen")

    def seen():
        return [
            json.loads(path.read_text())
            for path in (tmp_path / "seen").iterdir()
            if path.suffix != ".new"
        ]

    return docqa, seen


def without_network():
    """The command that takes the network away, or nothing where that is not allowed."""
    command = ["unshare", "-n", "--"]
    if shutil.which("unshare"):
        done = subprocess.run([*command, "true"], check=False, capture_output=True)
        if done.returncode == 0:
            return command
    return []


def test_add_prepare_and_ask_work_offline_and_every_process_refuses(witnessed, tmp_path):
    docqa, seen = witnessed
    before = without_network()
    workspace = tmp_path / "w"
    added = docqa.json(workspace, "add", SAMPLE, before=before)
    assert added.data["documents"][0]["status"] == "ready"
    prepared = docqa.json(workspace, "prepare", "--minutes", "0.1", before=before)
    assert prepared.code == 0
    asked = docqa.json(workspace, "ask", QUESTION, "--without-notes", before=before)
    assert asked.data["found"] is True

    reports = seen()
    names = {report["name"] for report in reports}
    assert {"MainProcess", "docqa-language model", "docqa-embedding model"} <= names
    for report in reports:
        assert report["outcome"] == ["NetworkRefused", "NetworkRefused"], report["name"]


def test_the_witness_would_see_an_unguarded_process(witnessed):
    before = without_network()
    if not before:
        pytest.skip("the network cannot be taken away here")
    docqa, seen = witnessed
    command = [*before, sys.executable, "-c", "import time; time.sleep(1.5)"]
    subprocess.run(command, env=docqa.environment, check=True)
    (report,) = seen()
    assert report["outcome"]
    assert "NetworkRefused" not in report["outcome"]
