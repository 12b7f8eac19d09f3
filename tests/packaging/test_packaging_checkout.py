import threading
from pathlib import Path

import pytest
from checkout import Checkout, SetupError, Stamps, key_of, locked, python_of, remove_tree


def test_a_stamp_is_fresh_only_for_the_same_inputs(tmp_path: Path) -> None:
    stamps = Stamps(tmp_path)
    assert not stamps.fresh("torch", key_of("2.13.0"))
    stamps.write("torch", key_of("2.13.0"))
    assert stamps.fresh("torch", key_of("2.13.0"))
    assert not stamps.fresh("torch", key_of("2.14.0"))
    assert not stamps.fresh("llama", key_of("2.13.0"))


@pytest.mark.parametrize("content", [b"", b"half a ke", b"\xff\xfe\x00"])
def test_a_damaged_stamp_is_not_fresh(tmp_path: Path, content: bytes) -> None:
    stamps = Stamps(tmp_path)
    stamps.write("torch", "key")
    (tmp_path / ".docqa-torch").write_bytes(content)
    assert not stamps.fresh("torch", "key")


def test_a_stamp_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    Stamps(tmp_path).write("torch", "key")
    assert [path.name for path in tmp_path.iterdir()] == [".docqa-torch"]


def test_keys_tell_inputs_apart() -> None:
    keys = {key_of("a", "bc"), key_of("ab", "c"), key_of("abc"), key_of(["a", "bc"])}
    assert len(keys) == 4


def test_a_python_that_does_not_start_is_none(tmp_path: Path) -> None:
    assert python_of(tmp_path / "python") is None
    (tmp_path / "python").symlink_to(tmp_path / "gone")
    assert python_of(tmp_path / "python") is None


def test_removing_a_linked_environment_leaves_what_it_points_to(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / ".venv").symlink_to(tmp_path / "elsewhere")
    remove_tree(tmp_path / ".venv")
    remove_tree(tmp_path / ".venv")
    assert [path.name for path in tmp_path.iterdir()] == ["elsewhere"]


def test_a_second_set_up_waits_for_the_first(tmp_path: Path, said: list[str]) -> None:
    order: list[str] = []

    def second() -> None:
        with locked(Checkout(tmp_path), said.append):
            order.append("second")

    waiting = threading.Thread(target=second)
    with locked(Checkout(tmp_path), said.append):
        waiting.start()
        while not said:
            waiting.join(0.01)
        order.append("first")
    waiting.join(10)
    assert order == ["first", "second"]
    assert len(said) == 1
    assert "waiting" in said[0]


def test_a_folder_that_cannot_be_written_gets_one_sentence(tmp_path: Path, said: list[str]) -> None:
    (tmp_path / ".bootstrap").write_text("a file where the folder should be")
    with (
        pytest.raises(SetupError, match="copy the folder to a place of your own"),
        locked(Checkout(tmp_path), said.append),
    ):
        pass
