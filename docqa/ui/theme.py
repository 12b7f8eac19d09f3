"""How the window looks: colours as tokens for light and dark, one palette, one style sheet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

Scheme = Literal["light", "dark"]


@dataclass(frozen=True, slots=True)
class Tokens:
    """Colours by meaning; text on its background has a contrast of at least 4.5 to 1."""

    window: str
    side: str
    surface: str
    raised: str
    border: str
    text: str
    muted: str
    accent: str
    on_accent: str
    accent_soft: str
    selection: str
    warning: str
    warning_soft: str
    error: str
    error_soft: str
    good: str
    paper_ground: str
    mark: str


LIGHT = Tokens(
    window="#f4f5f7",
    side="#f4f5f7",
    surface="#ffffff",
    raised="#ffffff",
    border="#d9dce3",
    text="#1c2028",
    muted="#5b6472",
    accent="#2b5cc7",
    on_accent="#ffffff",
    accent_soft="#e6edfb",
    selection="#dbe6fb",
    warning="#805000",
    warning_soft="#fdf1d8",
    error="#a11d1d",
    error_soft="#fce9e8",
    good="#1e6f43",
    paper_ground="#e4e6eb",
    mark="#ffe88a",
)

DARK = Tokens(
    window="#1d1f24",
    side="#1d1f24",
    surface="#16181c",
    raised="#262930",
    border="#383d47",
    text="#e7e9ee",
    muted="#a3abb8",
    accent="#86aef8",
    on_accent="#10203f",
    accent_soft="#24324f",
    selection="#2c3d63",
    warning="#f0c069",
    warning_soft="#3a2f16",
    error="#ff9d97",
    error_soft="#432222",
    good="#7fd1a0",
    paper_ground="#101114",
    mark="#5c4d12",
)


def palette(tokens: Tokens) -> QPalette:
    """The palette of all standard widgets (the fallback where the platform ignores a scheme)."""
    roles = {
        QPalette.ColorRole.Window: tokens.window,
        QPalette.ColorRole.WindowText: tokens.text,
        QPalette.ColorRole.Base: tokens.surface,
        QPalette.ColorRole.AlternateBase: tokens.window,
        QPalette.ColorRole.Text: tokens.text,
        QPalette.ColorRole.PlaceholderText: tokens.muted,
        QPalette.ColorRole.Button: tokens.raised,
        QPalette.ColorRole.ButtonText: tokens.text,
        QPalette.ColorRole.BrightText: tokens.error,
        QPalette.ColorRole.ToolTipBase: tokens.raised,
        QPalette.ColorRole.ToolTipText: tokens.text,
        QPalette.ColorRole.Highlight: tokens.selection,
        QPalette.ColorRole.HighlightedText: tokens.text,
        QPalette.ColorRole.Link: tokens.accent,
        QPalette.ColorRole.LinkVisited: tokens.accent,
        QPalette.ColorRole.Accent: tokens.accent,
        QPalette.ColorRole.Light: tokens.raised,
        QPalette.ColorRole.Mid: tokens.border,
        QPalette.ColorRole.Dark: tokens.border,
    }
    result = QPalette()
    for role, colour in roles.items():
        result.setColor(role, QColor(colour))
    for role in (
        QPalette.ColorRole.Text,
        QPalette.ColorRole.WindowText,
        QPalette.ColorRole.ButtonText,
    ):
        result.setColor(QPalette.ColorGroup.Disabled, role, QColor(tokens.muted))
    return result


def style_sheet(tokens: Tokens, points: float) -> str:
    """What the palette cannot say: spacing, rounded corners, roles by object name.

    ``points`` is the size of the platform's font.
    """
    t = tokens
    ground = QColor(t.accent_soft)
    veil = f"{ground.red()}, {ground.green()}, {ground.blue()}"
    small, heading = max(8.0, points - 1), points + 8
    return f"""
    QMainWindow, QDialog {{ background: {t.window}; }}
    QToolTip {{ background: {t.raised}; color: {t.text}; border: 1px solid {t.border};
        padding: 4px 6px; }}
    QSplitter::handle {{ background: {t.border}; }}
    QMenuBar {{ background: {t.window}; padding: 2px 6px; }}
    QMenuBar::item {{ padding: 4px 9px; border-radius: 5px; background: transparent; }}
    QMenuBar::item:selected {{ background: {t.accent_soft}; color: {t.text}; }}
    QMenu {{ background: {t.raised}; border: 1px solid {t.border}; padding: 4px; }}
    QMenu::item {{ padding: 5px 22px 5px 12px; border-radius: 4px; }}
    QMenu::item:selected {{ background: {t.accent_soft}; color: {t.text}; }}
    QMenu::item:disabled {{ color: {t.muted}; }}

    QPushButton, QToolButton {{ background: {t.raised}; color: {t.text};
        border: 1px solid {t.border}; border-radius: 7px; padding: 5px 12px; min-height: 18px; }}
    QToolButton {{ padding: 4px 8px; }}
    QPushButton:hover, QToolButton:hover {{ border-color: {t.accent}; }}
    QPushButton:focus, QToolButton:focus {{ border: 2px solid {t.accent};
        padding: 4px 11px; }}
    QToolButton:focus {{ padding: 3px 7px; }}
    QPushButton:pressed, QToolButton:pressed {{ background: {t.accent_soft}; }}
    QPushButton:disabled, QToolButton:disabled {{ color: {t.muted};
        background: {t.window}; }}
    QPushButton[role="primary"] {{ background: {t.accent}; color: {t.on_accent};
        border-color: {t.accent}; font-weight: 600; }}
    QPushButton[role="primary"]:focus {{ border: 2px solid {t.text}; }}
    QPushButton[role="primary"]:disabled {{ background: {t.border}; color: {t.muted};
        border-color: {t.border}; }}
    QPushButton[role="quiet"], QToolButton[role="quiet"] {{ background: transparent;
        border-color: transparent; color: {t.muted}; }}
    QPushButton[role="quiet"]:hover, QToolButton[role="quiet"]:hover {{
        background: {t.accent_soft}; color: {t.text}; }}
    QPushButton[role="quiet"]:focus, QToolButton[role="quiet"]:focus {{
        border: 2px solid {t.accent}; }}
    QPushButton[role="suggestion"] {{ background: {t.raised}; border: 1px solid {t.border};
        border-radius: 10px; padding: 9px 14px; text-align: left; }}
    QPushButton[role="suggestion"]:hover {{ background: {t.accent_soft};
        border-color: {t.accent}; }}
    QPushButton[role="suggestion"]:focus {{ border: 2px solid {t.accent}; padding: 8px 13px; }}
    QComboBox QAbstractItemView {{ background: {t.raised}; border: 1px solid {t.border};
        selection-background-color: {t.accent_soft}; selection-color: {t.text}; }}

    QLabel[role="heading"] {{ font-size: {heading}pt; font-weight: 600; }}
    QLabel[role="title"] {{ font-weight: 600; }}
    QLabel[role="muted"] {{ color: {t.muted}; }}
    QLabel[role="small"] {{ color: {t.muted}; font-size: {small}pt; }}
    QLabel[role="badge"] {{ color: {t.accent}; background: {t.accent_soft}; border-radius: 8px;
        padding: 2px 9px; font-size: {small}pt; }}
    QLabel[role="badge"][tone="warning"] {{ color: {t.warning}; background: {t.warning_soft}; }}

    QFrame#library, QFrame#page {{ background: {t.side}; }}
    QLineEdit#search {{ background: {t.window}; border: 1px solid {t.border};
        border-radius: 9px; padding: 0 5px; min-height: 28px; }}
    QLineEdit#search:focus {{ background: {t.surface}; border: 2px solid {t.accent};
        padding: 0 4px; min-height: 26px; }}
    QLineEdit#search QToolButton {{ background: transparent; border: none; padding: 0;
        min-height: 0; }}
    QListView#found {{ background: transparent; border: none; outline: none; }}
    QFrame#chat, QFrame#foundPanel, QScrollArea#turns, QWidget#turnList, QWidget#welcome {{
        background: {t.surface}; }}
    QListView#documents {{ background: transparent; border: none; outline: none; }}
    QFrame#prepareStrip, QFrame#indexStrip {{ background: {t.raised}; border: 1px solid {t.border};
        border-radius: 10px; }}
    QFrame#composer {{ background: {t.raised}; border: 1px solid {t.border};
        border-radius: 12px; }}
    QFrame#composer[focused="true"] {{ border: 2px solid {t.accent}; }}
    QPlainTextEdit#question {{ background: transparent; border: none; }}
    QListWidget#suggestions {{ background: transparent; border: none; outline: none;
        border-top: 1px solid {t.border}; }}
    QListWidget#suggestions::item {{ padding: 5px 6px; border-radius: 6px; }}
    QListWidget#suggestions::item:hover, QListWidget#suggestions::item:selected {{
        background: {t.accent_soft}; color: {t.text}; }}
    QLabel[role="question"] {{ background: {t.accent_soft}; border-radius: 12px;
        padding: 9px 14px; }}
    QTextBrowser#answer {{ background: transparent; border: none; }}
    QFrame#messageBar[tone="error"] {{ background: {t.error_soft};
        border-bottom: 1px solid {t.error}; }}
    QFrame#messageBar[tone="info"], QFrame#messageBar[tone="calm"] {{ background: {t.accent_soft};
        border-bottom: 1px solid {t.accent}; }}
    QFrame#pageReason {{ background: {t.accent_soft}; }}
    QPlainTextEdit#pageAsText {{ background: {t.surface}; border: none; }}
    QListWidget#folders {{ background: {t.surface}; border: 1px solid {t.border};
        border-radius: 8px; padding: 4px; outline: none; }}
    QListWidget#folders::item {{ padding: 6px 8px; border-radius: 6px; }}
    QListWidget#folders::item:hover {{ background: {t.accent_soft}; color: {t.text}; }}
    QListWidget#folders::item:selected {{ background: {t.selection}; color: {t.text}; }}
    QCheckBox::indicator:unchecked {{ width: 14px; height: 14px; background: {t.surface};
        border: 1px solid {t.muted}; border-radius: 3px; }}
    QFrame#messageBar QLabel {{ color: {t.text}; }}
    QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
    QMessageBox QLabel {{ min-width: 300px; }}
    QDialog > QLineEdit {{ background: {t.surface}; border: 1px solid {t.border};
        border-radius: 7px; padding: 5px 8px; }}
    QDialog > QLineEdit:focus {{ border: 2px solid {t.accent}; padding: 4px 7px; }}
    QLabel#dropHint {{ background: rgba({veil}, 225); color: {t.text}; font-size: {heading}pt;
        border: 2px dashed {t.accent}; border-radius: 16px; }}

    QProgressBar {{ border: none; border-radius: 3px; background: {t.border}; max-height: 6px;
        min-height: 6px; }}
    QProgressBar::chunk {{ background: {t.accent}; border-radius: 3px; }}
    QScrollBar:vertical {{ background: transparent; width: 11px; margin: 1px; }}
    QScrollBar:horizontal {{ background: transparent; height: 11px; margin: 1px; }}
    QScrollBar::handle {{ background: {t.border}; border-radius: 4px; min-height: 28px;
        min-width: 28px; }}
    QScrollBar::handle:hover {{ background: {t.muted}; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
    QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
    """


class Theme(QObject):
    """The tokens in use; follows the system unless a scheme is asked for."""

    changed = Signal()

    def __init__(self, scheme: Scheme | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._wanted = scheme
        self.tokens = LIGHT
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._apply)

    def apply(self) -> None:
        """Dress the whole application."""
        QApplication.setStyle("Fusion")
        self._apply()

    def _apply(self) -> None:
        dark = self._wanted == "dark" or (
            self._wanted is None
            and QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
        )
        self.tokens = DARK if dark else LIGHT
        QApplication.setPalette(palette(self.tokens))
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.setStyleSheet(style_sheet(self.tokens, application.font().pointSizeF()))
        self.changed.emit()
