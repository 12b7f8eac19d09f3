from pathlib import Path

import pytest
from machine import (
    QT_LIBRARIES,
    apt_command,
    cache_folder,
    has_display,
    missing_compilers,
    missing_packages,
    room_problem,
)


@pytest.mark.parametrize(
    ("environ", "system", "expected"),
    [
        ({}, "linux", False),
        ({"DISPLAY": ""}, "linux", False),
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({}, "darwin", True),
        ({}, "win32", True),
    ],
)
def test_a_display_is_needed_on_linux_only(
    environ: dict[str, str], system: str, expected: bool
) -> None:
    assert has_display(environ, system) is expected


def test_renamed_libraries_count_as_installed() -> None:
    wanted = ["libglib2.0-0", "libegl1", "libgl1"]
    assert missing_packages(wanted, {"libglib2.0-0t64", "libgl1"}) == ["libegl1"]
    assert missing_packages(wanted, wanted) == []


def test_the_command_to_type_is_complete() -> None:
    assert apt_command(["libegl1", "libgl1"], root=False) == (
        "sudo apt-get install -y --no-install-recommends libegl1 libgl1"
    )
    assert apt_command(QT_LIBRARIES, root=True).startswith("apt-get install ")


@pytest.mark.parametrize(
    ("programs", "environ", "expected"),
    [
        ({"gcc", "g++"}, {}, []),
        ({"cc", "clang++"}, {}, []),
        ({"gcc"}, {}, ["C++"]),
        (set(), {}, ["C", "C++"]),
        ({"ccache", "gcc-14"}, {"CXX": "ccache g++-14", "CC": "gcc-14"}, []),
        ({"gcc", "g++"}, {"CXX": " "}, []),
    ],
)
def test_both_compilers_are_looked_for(
    programs: set[str], environ: dict[str, str], expected: list[str]
) -> None:
    found = missing_compilers(environ, lambda name: name if name in programs else None, "linux")
    assert found == expected


def test_the_cache_is_where_each_system_keeps_it() -> None:
    home = Path.home()
    assert cache_folder({}, "linux") == home / ".cache" / "docqa"
    assert cache_folder({"XDG_CACHE_HOME": "/x"}, "linux") == Path("/x/docqa")
    assert cache_folder({}, "darwin") == home / "Library" / "Caches" / "docqa"
    assert cache_folder({"LOCALAPPDATA": "/l"}, "win32") == Path("/l/docqa/Cache")


def test_a_small_disk_gets_one_sentence_with_both_numbers(tmp_path: Path) -> None:
    assert room_problem(0.0, tmp_path) is None
    sentence = room_problem(1e9, tmp_path)
    assert sentence is not None
    assert "needs about 1000000000.0 GB" in sentence
    assert str(tmp_path) in sentence
