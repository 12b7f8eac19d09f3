"""What a command of the command line works with, and what it leaves."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from docqa.console import Console
from docqa.errors import DocqaError
from docqa.paths import Paths
from docqa.process import Cancel
from docqa.report import Shape
from docqa.workspace import DATABASE_NAME, Workspace


@dataclass(frozen=True, slots=True)
class Outcome:
    """A result twice: ``data`` for a script, ``lines`` for a person; ``code`` is the exit code."""

    data: Shape
    lines: Iterable[str]
    code: int = 0


@dataclass(frozen=True, slots=True)
class Context:
    """What a command works with; ``cancel`` is set by Ctrl-C."""

    options: argparse.Namespace
    console: Console
    paths: Paths
    directory: Path
    cancel: Cancel

    def open(self, *, read_only: bool = False) -> Workspace:
        """Open the workspace; raises WorkspaceBusy if somebody else writes to it."""
        return Workspace.open(self.directory, self.paths, read_only=read_only)

    def open_existing(self) -> Workspace:
        """Open it for writing, but do not make one: there would be nothing in it to work with."""
        if not (self.directory / DATABASE_NAME).exists():
            raise DocqaError(f"There is no workspace at {self.directory} yet: add a PDF first.")
        return self.open()

    def check_scope(self, workspace: Workspace) -> None:
        """Raise DocqaError for a ``--document`` that does not exist: nothing would be in it."""
        wanted = self.options.documents or ()
        known = {summary.document.id for summary in workspace.documents()} if wanted else set()
        for number in wanted:
            if number not in known:
                raise DocqaError(
                    f'There is no document {number}: "docqa list" shows which there are.'
                )
