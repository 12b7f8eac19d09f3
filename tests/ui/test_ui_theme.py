import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from docqa.ui.theme import DARK, LIGHT, Theme, Tokens


def luminance(colour: str) -> float:
    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4

    one = QColor(colour)
    return (
        0.2126 * linear(one.redF()) + 0.7152 * linear(one.greenF()) + 0.0722 * linear(one.blueF())
    )


def contrast(first: str, second: str) -> float:
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_text_can_be_read_on_its_background(tokens: Tokens) -> None:
    t = tokens
    for text in (t.text, t.muted):
        for ground in (t.window, t.surface, t.raised, t.accent_soft, t.selection):
            assert contrast(text, ground) >= 4.5, (text, ground)
    for text, ground in (
        (t.on_accent, t.accent),
        (t.accent, t.accent_soft),
        (t.accent, t.surface),
        (t.warning, t.warning_soft),
        (t.error, t.side),
        (t.text, t.error_soft),
    ):
        assert contrast(text, ground) >= 4.5, (text, ground)


def test_a_scheme_can_be_asked_for(qapp: QApplication) -> None:
    for scheme, tokens in (("dark", DARK), ("light", LIGHT)):
        theme = Theme(scheme, qapp)  # type: ignore[arg-type]
        theme.apply()
        assert theme.tokens == tokens
        assert qapp.palette().window().color() == QColor(tokens.window)
