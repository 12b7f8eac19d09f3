"""Where files live: resources, models and the default workspace, from source or installed."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import platformdirs

_SOURCE_ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Paths:
    """The folders that the program reads and writes; ``cache`` holds what can be made again."""

    resources: Path
    models: tuple[Path, ...]
    workspace: Path
    settings: Path
    logs: Path
    cache: Path

    @classmethod
    def default(cls) -> Paths:
        """The platform's folders; models are looked for beside the program first."""
        root = Path(getattr(sys, "_MEIPASS", _SOURCE_ROOT))
        data = Path(platformdirs.user_data_dir("docqa", appauthor=False))
        return cls(
            resources=root / "resources",
            models=(root / "models", data / "models"),
            workspace=data / "workspace",
            settings=Path(platformdirs.user_config_dir("docqa", appauthor=False)) / "settings.toml",
            logs=Path(platformdirs.user_log_dir("docqa", appauthor=False)),
            cache=Path(platformdirs.user_cache_dir("docqa", appauthor=False)),
        )
