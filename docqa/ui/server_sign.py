"""The sign that questions and answers leave this computer; there is none while they do not."""

from __future__ import annotations

import re

from docqa.settings import ServerSettings
from docqa.ui.labels import WrappedLabel
from docqa.ui.tooltips import as_tooltip

_BREAKABLE = re.compile(r"[./_:@-]|\w{20}")
_HERE = "\u200b"
"""Nothing to see, but a line may end there: names of models and computers have no blanks."""


class ServerSign(WrappedLabel):
    """Always in sight where a server is set up, and never cut: it takes the lines it needs."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("serverSign")
        self.setProperty("role", "badge")
        self.setProperty("tone", "warning")
        self.hide()

    def show_server(self, server: ServerSettings | None) -> None:
        """Say which server is used; None: nothing leaves this computer."""
        if server is None:
            self.hide()
            return
        model = server.model or self.tr("a model")
        sentence = self.tr("Answers leave this computer: they are written by {0} on {1}.")
        self.setAccessibleName(sentence.format(model, server.host))
        self.setText(sentence.format(_breakable(model), _breakable(server.host)))
        self.setToolTip(
            as_tooltip(
                self.tr(
                    "Your question and the passages found for it are sent to {0}, which writes the "
                    "answer. While preparing, the text of your documents is sent there, too. "
                    "To keep everything on this computer, remove [server] from the settings."
                ).format(server.url)
            )
        )
        self.wrap()
        self.show()


def _breakable(name: str) -> str:
    return _BREAKABLE.sub(lambda found: found.group() + _HERE, name)
