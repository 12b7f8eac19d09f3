"""Pages with tables, alone and inside columns."""

from __future__ import annotations

from reading_pages.paper import (
    Look,
    Piece,
    ReadingPage,
    by_columns,
    centred,
    column,
    flat,
    from_the_top,
    shuffled,
    table,
    wrapped_table,
)
from reading_pages.prose import (
    BEES,
    BREAD,
    GLASS,
    HARBOUR,
    MAPS,
    MUSHROOMS,
    NOTE_ONE,
    NOTE_TWO,
    RIVER,
    STARS,
    WOOL,
    sentences,
)

SANS = Look("Helvetica", "", 9)
BOLD = Look("Helvetica", "B", 9)

ACCOUNTS = [
    ("", "1931", "1930", "1929"),
    ("Sales of cloth", "4,210", "3,905", "3,311"),
    ("Cost of wool and dye", "(1,877)", "(1,790)", "(1,402)"),
    ("Wages", "(902)", "(886)", "(851)"),
    ("Rent of the mill", "(120)", "(120)", "(115)"),
    ("Profit before levy", "1,311", "1,109", "943"),
]
FRUIT = [
    ("Variety", "Blossom", "Harvest", "Keeps until"),
    ("Winter Duke", "early May", "October", "April"),
    ("Grey Pippin", "late April", "September", "Christmas"),
    ("Sea Codling", "mid May", "August", "a fortnight"),
    ("Maiden's Cheek", "early May", "September", "February"),
    ("Parson's Long", "late May", "November", "June"),
]
FERRIES = [
    ("Elmsund", "07:10", "12:40", "18:05"),
    ("Varde Pier", "07:55", "13:25", "18:50"),
    ("Little Holm", "08:20", "13:50", "19:15"),
    ("Outer Light", "09:05", "14:35", "20:00"),
]
DUTIES = [
    (
        "Keeper",
        "Lights the lamp at dusk and trims its wick every third hour of the night.",
        "Answers to the harbour office and reports there in person once a month.",
    ),
    (
        "Second keeper",
        "Winds the clockwork that turns the lens and greases its rollers, and also looks after "
        "the boat and the landing stage in all weathers.",
        "Answers to the keeper.",
    ),
    (
        "Supernumerary",
        "Relieves either of them.",
        "Answers to whoever is awake, and may be called to another station at a day's notice.",
    ),
]
TERMS = [
    ("Bob", "The weight at the lower end of a pendulum, mostly a lens of lead or brass."),
    (
        "Escapement",
        "The part that lets one tooth pass with each swing and keeps the pendulum moving by a "
        "small push, so that the clock neither stops nor runs away.",
    ),
    ("Striking train", "A second set of wheels, for the hammer that sounds the hours."),
    ("Winding", "Once a day, or once in eight days where the tower is tall enough."),
]


def rows_of(cells: list[tuple[str, ...]]) -> list[str]:
    """Each row as one phrase: a number stands with its row's name."""
    return [" ".join(row) for row in cells]


def accounts_column_by_column() -> ReadingPage:
    """A table of numbers without rules, written one column after the other."""
    rows = table((60, 0, 0, 0), 150, 14, ACCOUNTS, SANS, (None, 330, 420, 510))
    pieces = [
        Piece(60, 80, "The mill's accounts", Look("Helvetica", "B", 14)),
        *column(60, 105, 470, NOTE_TWO[2:], look=SANS),
        *by_columns([[*row] for row in rows[1:]]),
        *rows[0],
        *column(60, 260, 470, WOOL, look=SANS),
    ]
    expected = ["The mill's accounts", "were not adjusted", *rows_of(ACCOUNTS), *sentences(WOOL)]
    return ReadingPage("accounts, column by column", pieces, expected)


def fruit_column_by_column() -> ReadingPage:
    """A ruled table of words in four columns, its columns from the last to the first."""
    rows = table((60, 200, 320, 440), 120, 18, FRUIT[1:], SANS)
    head = table((60, 200, 320, 440), 102, 18, FRUIT[:1], BOLD)[0]
    rules = [(55.0, 107.0 + 18 * place, 540.0, 107.0 + 18 * place) for place in range(6)]
    pieces = [*reversed(by_columns(rows)), *reversed(head)]
    return ReadingPage("fruit, column by column", pieces, rows_of(FRUIT), rules)


def ferries_in_a_column() -> ReadingPage:
    """A timetable inside the left one of two columns."""
    rows = table((60, 150, 195, 240), 262, 13, FERRIES, SANS)
    left = [*column(60, 90, 225, HARBOUR), *flat(rows), *column(60, 330, 225, MAPS)]
    right = column(315, 90, 225, BEES, BREAD, GLASS)
    expected = [
        *sentences(HARBOUR),
        *rows_of(FERRIES),
        *sentences(MAPS, BEES, BREAD, GLASS),
    ]
    return ReadingPage("timetable in a column", from_the_top([*left, *right]), expected)


def accounts_in_the_right_column() -> ReadingPage:
    """Numbers in the right column, shuffled; the left one is prose."""
    rows = table((315, 0, 0, 0), 104, 13, ACCOUNTS, Look(size=8.5), (None, 450, 495, 540))
    caption = Piece(315, 88, "Table 3. Accounts in crowns", Look("Times", "B", 9))
    left = column(60, 90, 230, RIVER, STARS)
    right = [caption, *shuffled(flat(rows), 3), *column(315, 200, 225, MUSHROOMS)]
    expected = [
        *sentences(RIVER, STARS),
        "Table 3",
        *rows_of(ACCOUNTS),
        *sentences(MUSHROOMS),
    ]
    return ReadingPage("accounts in the right column", [*right, *left], expected)


def duties_with_long_cells() -> ReadingPage:
    """Cells of several lines in three columns, written line by line."""
    rows = wrapped_table((60, 160, 360), (85, 180, 180), 100, DUTIES, SANS)
    expected = [cell for row in DUTIES for cell in row]
    pieces = from_the_top(piece for row in rows for cell in row for piece in cell)
    return ReadingPage("duties, long cells", pieces, expected)


def terms_and_meanings() -> ReadingPage:
    """Words at the left, what they mean beside them; all words are written first."""
    rows = wrapped_table((60, 180), (110, 350), 120, TERMS, Look(size=10.5), padding=4)
    head = Piece(60, 80, "Words of the clockmaker", Look("Times", "B", 15))
    pieces = [head, *flat(row[0] for row in rows), *flat(row[1] for row in rows)]
    expected = ["Words of the clockmaker", *(cell for row in TERMS for cell in row)]
    return ReadingPage("terms and their meanings", pieces, expected)


def table_across_two_columns() -> ReadingPage:
    """A table across the page between two stretches of two columns."""
    upper = [*column(60, 80, 228, GLASS), *column(312, 80, 228, BREAD)]
    caption = centred(245, "Table 1. What the orchard on the hill bears, and when", SANS)
    rows = table((80, 200, 330, 450), 268, 15, FRUIT, SANS)
    lower = [*column(60, 390, 228, MAPS), *column(312, 390, 228, RIVER)]
    pieces = [*from_the_top(upper), *from_the_top(lower), caption, *flat(rows)]
    expected = [
        *sentences(GLASS, BREAD),
        "What the orchard on the hill bears",
        *rows_of(FRUIT),
        *sentences(MAPS, RIVER),
    ]
    return ReadingPage("table across two columns", pieces, expected)


def numbers_and_footnotes() -> ReadingPage:
    """A balance with signs of currency in columns of their own; notes come first in the file."""
    names = ["Cash at hand", "Stock of cloth", "Looms, less wear", "Debts owed to the mill"]
    amounts = [("212", "198"), ("1,040", "977"), ("3,320", "3,415"), ("88", "104")]
    pieces = []
    for place, (name, (this, last)) in enumerate(zip(names, amounts, strict=True)):
        y = 200 + 16 * place
        pieces += [
            Piece(60, y, name, Look()),
            Piece(350, y, "$", Look()),
            Piece(390 - 5 * len(this), y, this, Look()),
            Piece(450, y, "$", Look()),
            Piece(490 - 5 * len(last), y, last, Look()),
        ]
    notes = column(60, 720, 470, NOTE_ONE, NOTE_TWO, look=Look(size=8))
    text = column(60, 90, 470, STARS, look=Look(size=10.5))
    expected = [
        *sentences(STARS),
        *(f"{name}{this}{last}" for name, (this, last) in zip(names, amounts, strict=True)),
        "collected by the parish clerks",
        "were not adjusted",
    ]
    return ReadingPage("balance above footnotes", [*notes, *pieces, *text], expected)


def contents() -> ReadingPage:
    """Headings and page numbers, the numbers written after all headings."""
    entries = ["Of Ice and Ferries", "The Keepers", "Wool", "A Lake That Never Was", "Index"]
    numbers = ["3", "19", "44", "71", "102"]
    left = [Piece(90, 140 + 20 * place, text, Look(size=12)) for place, text in enumerate(entries)]
    right = [
        Piece(480, 140 + 20 * place, text, Look(size=12)) for place, text in enumerate(numbers)
    ]
    pieces = [centred(90, "Contents", Look("Times", "B", 20)), *left, *right]
    expected = [
        "Contents",
        *(f"{entry} {page}" for entry, page in zip(entries, numbers, strict=True)),
    ]
    return ReadingPage("contents", pieces, expected)


def cards() -> ReadingPage:
    """Four cards, two beside two, each with a heading and a paragraph."""
    look = Look("Helvetica", "", 9)
    places = [(60, 90), (320, 90), (60, 280), (320, 280)]
    names = ["Ice", "Straw", "Sand", "Spores"]
    texts = [HARBOUR, BEES, GLASS, MUSHROOMS]
    pieces = []
    expected = []
    for (x, y), name, text in zip(places, names, texts, strict=True):
        pieces.append(Piece(x, y, f"Card: {name}", Look("Helvetica", "B", 12)))
        pieces += column(x, y + 20, 215, text, look=look)
        expected += [f"Card: {name}", *sentences(text)]
    return ReadingPage("cards", pieces, expected)


PAGES = [
    accounts_column_by_column(),
    fruit_column_by_column(),
    ferries_in_a_column(),
    accounts_in_the_right_column(),
    duties_with_long_cells(),
    terms_and_meanings(),
    table_across_two_columns(),
    numbers_and_footnotes(),
    contents(),
    cards(),
]
