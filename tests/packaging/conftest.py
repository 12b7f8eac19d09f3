"""Set-up's modules lie in packaging/, which is a folder of scripts and no package."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "packaging"))


@pytest.fixture
def said() -> list[str]:
    """What set-up told the person."""
    return []
