from docqa.model import Added, AddProgress
from docqa.ui.progress import calm

Event = AddProgress | Added


class Clock:
    """Time that goes on by a millisecond whenever somebody looks."""

    now = 0.0

    def __call__(self) -> float:
        self.now += 0.001
        return self.now


def reading(path: str, pages: int) -> list[Event]:
    return [AddProgress(path, "reading", page, pages, 1) for page in range(pages + 1)]


def test_of_two_thousand_pages_only_some_are_told_and_always_the_last() -> None:
    told = list(calm(reading("/a.pdf", 2000), 0.1, Clock()))
    assert told[0] == AddProgress("/a.pdf", "reading", 0, 2000, 1)
    assert told[-1] == AddProgress("/a.pdf", "reading", 2000, 2000, 1)
    assert 15 < len(told) < 30


def test_every_stage_and_every_end_is_told() -> None:
    events: list[Event] = [
        AddProgress("/a.pdf", "queued", 0, 0, 1),
        *reading("/a.pdf", 1),
        AddProgress("/a.pdf", "recognising", 0, 5, 1),
        AddProgress("/a.pdf", "indexing", 0, 9, 1),
        Added(1, "/a.pdf", "A", 1, 9, "ready"),
        AddProgress("/a.pdf", "queued", 0, 0, 1),
    ]
    assert list(calm(events, 1000.0, Clock())) == events


def test_files_side_by_side_do_not_silence_each_other() -> None:
    pairs = zip(reading("/a.pdf", 5), reading("/b.pdf", 5), strict=True)
    told = list(calm([event for pair in pairs for event in pair], 1000.0, Clock()))
    assert [(one.path, one.done) for one in told if isinstance(one, AddProgress)] == [
        ("/a.pdf", 0), ("/b.pdf", 0), ("/a.pdf", 5), ("/b.pdf", 5),
    ]  # fmt: skip
