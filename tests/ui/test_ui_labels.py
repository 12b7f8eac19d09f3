from pytestqt.qtbot import QtBot

from docqa.ui.labels import ElidedButton, WrappedLabel


def test_a_wrapped_label_is_as_high_as_its_lines(qtbot: QtBot) -> None:
    label = WrappedLabel("a sentence of some words " * 10)
    qtbot.addWidget(label)
    label.show()
    label.resize(600, 10)
    low = label.height()
    label.resize(200, 10)
    assert label.height() > 2 * low
    label.resize(600, 10)
    assert label.height() == low


def test_a_long_button_leaves_the_width_to_others(qtbot: QtBot) -> None:
    button = ElidedButton("a very long question " * 20)
    qtbot.addWidget(button)
    assert button.minimumSizeHint().width() < 100
