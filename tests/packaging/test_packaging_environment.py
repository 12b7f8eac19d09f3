from collections.abc import Iterator
from pathlib import Path

import pytest
from checkout import Checkout
from environment import Environment, Filling


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A checkout with a real (empty) virtual environment."""
    checkout = Checkout(tmp_path_factory.mktemp("checkout"))
    checkout.temporary.mkdir(parents=True)
    Environment(checkout, print).make()
    return checkout


@pytest.fixture
def log(made: Checkout) -> Iterator[Path]:
    """Where pip writes; afterwards the environment is sound again."""
    yield made.log("packages")
    Filling(made.venv).end()


def is_sound(checkout: Checkout) -> bool:
    return Environment(checkout, print).sound()


def test_a_made_environment_is_sound(made: Checkout) -> None:
    assert is_sound(made)


def test_no_environment_and_an_empty_folder_are_not(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path)
    assert not is_sound(checkout)
    checkout.venv.mkdir()
    assert not is_sound(checkout)


def test_one_whose_making_was_interrupted_is_not(made: Checkout) -> None:
    stamp = made.venv / ".docqa-venv"
    content = stamp.read_text()
    stamp.unlink()  # it is written last
    assert not is_sound(made)
    stamp.write_text(content)


def test_one_that_was_moved_with_its_folder_is_not(made: Checkout, tmp_path: Path) -> None:
    (tmp_path / ".venv").symlink_to(made.venv)
    assert not is_sound(Checkout(tmp_path))


def test_steps_count_as_done_only_in_a_sound_environment(made: Checkout, log: Path) -> None:
    environment = Environment(made, print)
    environment.stamp("torch", "2.13.0")
    assert environment.fresh("torch", "2.13.0")
    assert not environment.fresh("torch", "2.14.0")
    Filling(made.venv).begin(log)
    log.write_text("Collecting numpy\nInstalling collected packages: numpy\n")
    assert not Environment(made, print).fresh("torch", "2.13.0")


def test_pip_killed_while_it_changes_files_spoils_it(made: Checkout, log: Path) -> None:
    Filling(made.venv).begin(log)
    log.write_text("Collecting numpy\nInstalling collected packages: numpy, torch\n")
    assert not is_sound(made)


def test_pip_killed_while_it_downloads_does_no_harm(made: Checkout, log: Path) -> None:
    Filling(made.venv).begin(log)
    assert is_sound(made)
    log.write_text("Collecting torch\n  Downloading torch-2.13.0.whl (190 MB)\n")
    assert is_sound(made)


def test_a_pip_that_outlived_its_bootstrap_and_finished_does_no_harm(
    made: Checkout, log: Path
) -> None:
    Filling(made.venv).begin(log)
    log.write_text("Installing collected packages: numpy\nSuccessfully installed numpy-2.4.6\n")
    assert is_sound(made)


def test_programs_run_without_what_leads_packages_astray(
    made: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    ask = "import os; print(os.environ.get('SOURCE_DATE_EPOCH'), os.environ.get('PYTHONPATH'))"
    Environment(made, print).run([made.program("python"), "-c", ask], "env")
    assert made.log("env").read_text().strip() == "None None"
