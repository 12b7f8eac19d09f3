import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QRectF, QSizeF

from docqa.ui.page_layout import MARGIN, fit_width, lay_out

A4, LEGAL, WIDE = QSizeF(595, 842), QSizeF(612, 1008), QSizeF(842, 595)


def test_the_widest_page_fills_the_width() -> None:
    scale = fit_width([A4, WIDE], 866)
    layout = lay_out([A4, WIDE], scale, 866)
    assert layout.boxes[1].width() == 866 - 2 * MARGIN
    assert layout.size.width() == 866


def test_pages_are_centred_and_stacked() -> None:
    layout = lay_out([A4, WIDE], 1.0, 1000)
    first, second = layout.boxes
    assert first.center().x() == pytest.approx(500, abs=1)
    assert second.center().x() == pytest.approx(500, abs=1)
    assert second.top() == first.bottom() + MARGIN


def test_a_page_wider_than_the_view_makes_the_content_wider() -> None:
    assert lay_out([WIDE], 2.0, 500).size.width() == 2 * 842 + 2 * MARGIN


def test_points_of_a_page_become_pixels_of_the_content() -> None:
    layout = lay_out([A4, A4], 2.0, 2000)
    corner = layout.boxes[1].topLeft()
    box = layout.on_page(1, QRectF(10, 20, 30, 40))
    assert box == QRectF(corner.x() + 20, corner.y() + 40, 60, 80)


@given(
    sizes=st.lists(st.sampled_from([A4, LEGAL, WIDE]), min_size=1, max_size=30),
    scale=st.floats(0.25, 6),
    viewport=st.integers(100, 3000),
)
def test_each_page_is_found_at_its_own_height(
    sizes: list[QSizeF], scale: float, viewport: int
) -> None:
    layout = lay_out(sizes, scale, viewport)
    for page, box in enumerate(layout.boxes):
        assert layout.page_at(box.top()) == page
        assert layout.page_at(box.bottom() - 1) == page
        assert box.left() >= MARGIN - 1
        assert box.right() <= layout.size.width() - MARGIN + 1


def test_no_pages_need_no_room() -> None:
    layout = lay_out([], fit_width([], 300), 300)
    assert layout.boxes == ()
    assert layout.page_at(10) == 0
