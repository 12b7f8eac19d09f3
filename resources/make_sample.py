"""Make ``sample.pdf``, the document of the demo, from the project's own invented text.

Run ``python resources/make_sample.py``; the same bytes come out every time. The cooperative, its
people, places and numbers do not exist.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import XPos, YPos
from fpdf.fonts import FontFace

TARGET = Path(__file__).with_name("sample.pdf")
TITLE = "Harbour Lights Community Energy - Annual Report 2025"
_DATE = datetime.datetime(2026, 3, 14, 9, 0, tzinfo=datetime.UTC)
_INK, _SEA, _PALE = (34, 40, 49), (14, 92, 120), (229, 240, 244)


@dataclass(frozen=True, slots=True)
class Sub:
    """A heading inside a chapter."""

    title: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a caption; the first row is its header."""

    caption: str
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Chapter:
    """One page: its title and what stands on it (a plain string is a paragraph)."""

    title: str
    blocks: tuple[str | Sub | Table, ...]


CHAPTERS = (
    Chapter(
        "1. The Year at a Glance",
        (
            "Harbour Lights Community Energy is a cooperative that makes electricity from wind, "
            "sunlight and tides in the fishing town of Brannock Quay. It was founded in 2009 by "
            "eleven families who wanted to keep the profits of local energy in the town. Today it "
            "belongs to 2,346 members, and every member has exactly one vote.",
            Sub("A letter from the chair"),
            "The year 2025 was the best year in our history. Our generators produced 11.4 "
            "gigawatt-hours of electricity, which is 19 per cent more than in 2024. This covers "
            "the yearly use of about 3,900 homes. We made a surplus of 412,000 pounds, and we paid "
            "165,000 pounds of it into the Community Fund.",
            "Two things explain the record. The second wind turbine on Gannet Hill ran for a full "
            "year for the first time, and the autumn was unusually windy. Output would have been "
            "higher still if the tidal cable had not failed in February. Chapter 6 tells what "
            "happened and what we learned from it.",
            "We also said goodbye to an old friend. Tobias Renwick, who looked after our machines "
            "for fourteen years, retired in June 2025. His place as head of operations was taken "
            "by Marisol Adeyemi, who came to us from the ferry company.",
            "The board thanks all members, the volunteers of the Night Watch and the "
            "harbour office for their patience and help. Our aim for 2026 is simple: to store "
            "more of what we make, so that the lights of the harbour stay on when the wind drops.",
            "Ingrid Halloran, chair of the board. Brannock Quay, 14 March 2026.",
        ),
    ),
    Chapter(
        "2. Members and Decisions",
        (
            Sub("Who owns the cooperative"),
            "At the end of 2025 the cooperative had 2,346 members. At the end of 2024 it had "
            "2,118 members. Of the 267 people who joined during the year, most live within ten "
            "kilometres of the harbour. Thirty-nine members left, mainly because they moved away.",
            "A share costs 50 pounds. A member must hold at least one share and may hold at most "
            "400 shares. The limit exists so that nobody can dominate the cooperative with money. "
            "Shares cannot be sold to others. A member who leaves gets the money back after a "
            "waiting time of six months.",
            Sub("The general meeting"),
            "The general meeting took place on 17 May 2025 in the old sail loft. It was attended "
            "by 487 members, and another 212 voted by post. The meeting approved the accounts and "
            "decided to build a battery next to the fish market. The battery was approved by 611 "
            "votes to 74. A proposal to raise the share price to 75 pounds was rejected, because "
            "many members feared that young families could no longer afford to join.",
            Sub("The board"),
            "The board has seven seats. Its members serve for three years and may be elected "
            "twice. Ingrid Halloran has been the chair since 2021. The treasurer is Piotr "
            "Lindqvist, who is an accountant at the shipyard. The secretary is Dr Amara "
            "Whitcombe, a retired headteacher. Board members receive no salary, but their travel "
            "costs are repaid. In 2025 the board met nine times.",
        ),
    ),
    Chapter(
        "3. How We Make Electricity",
        (
            "The cooperative runs three kinds of generators. They complement each other: the wind "
            "blows mostly in winter, the sun shines mostly in summer, and the tide comes twice a "
            "day all year round.",
            Sub("Wind on Gannet Hill"),
            "Two wind turbines stand on Gannet Hill, 160 metres above the sea. The first, called "
            "Old Bess, was built in 2012 and has a capacity of 0.9 megawatts. The second, called "
            "Young Bess, was switched on in November 2024 and has a capacity of 2.3 megawatts. "
            "The turbines are stopped automatically when the wind is faster than 25 metres per "
            "second, because stronger gusts could damage the blades. They are also slowed down "
            "at dusk in August and September to protect bats.",
            Sub("Sun on the roofs"),
            "Solar panels lie on 23 roofs in the town. The largest array is on the ice factory "
            "and has 840 panels. The smallest is on the lifeboat station. Owners of the roofs "
            "receive no rent. Instead they buy the electricity from their own roof at half price.",
            Sub("Tide in the Narrows"),
            "A tidal turbine lies on the sea bed in the Narrows at a depth of 18 metres. It is "
            "called the Otter and has a capacity of 0.5 megawatts. Its great advantage is that "
            "tides can be predicted years ahead, so its output is known in advance. It is "
            "cleaned by divers every April, because barnacles on the blades cost up to eight per "
            "cent of its power.",
        ),
    ),
    Chapter(
        "4. What Was Produced",
        (
            "The table shows how much electricity each source produced in the last three years. "
            "All amounts are in megawatt-hours. One megawatt-hour is enough for about four "
            "months in an average home of the town.",
            Table(
                "Table 1: Electricity produced by source, in megawatt-hours",
                (
                    ("Source", "2023", "2024", "2025"),
                    ("Wind", "4,210", "5,630", "7,480"),
                    ("Solar", "2,150", "2,240", "2,610"),
                    ("Tidal", "1,690", "1,710", "1,310"),
                    ("Total", "8,050", "9,580", "11,400"),
                ),
            ),
            Sub("Wind"),
            "Wind produced 7,480 megawatt-hours in 2025, a third more than in 2024. Young Bess "
            "alone delivered 5,120 megawatt-hours. The best single day was 23 October 2025, when "
            "both turbines together made 74 megawatt-hours.",
            Sub("Solar"),
            "Solar power rose from 2,240 to 2,610 megawatt-hours. The reason is that four new "
            "roofs were added in March 2025, among them the swimming hall and the school. The "
            "summer itself was slightly duller than the one before.",
            Sub("Tidal"),
            "Tidal power fell from 1,710 to 1,310 megawatt-hours. The Otter stood still for "
            "eleven weeks because its sea cable was broken. Without the fault it would have made "
            "about 400 megawatt-hours more.",
            Sub("Where the electricity went"),
            "Members and roof owners used 58 per cent of the electricity. The harbour, with its "
            "cranes and cold stores, used 27 per cent under a contract that runs until 2031. The "
            "remaining 15 per cent was sold to the national grid, at an average price of 61 pounds "
            "per megawatt-hour.",
        ),
    ),
    Chapter(
        "5. Money",
        (
            "The accounts were checked by the auditors Fennimore and Daughters, who found no "
            "errors. All amounts are in thousands of pounds.",
            Table(
                "Table 2: Income and expenses, in thousands of pounds",
                (
                    ("Item", "2024", "2025"),
                    ("Electricity sold to members", "586", "671"),
                    ("Electricity sold to the harbour", "298", "347"),
                    ("Electricity sold to the grid", "121", "104"),
                    ("Grants", "40", "15"),
                    ("Total income", "1,045", "1,137"),
                    ("Salaries", "214", "236"),
                    ("Repairs and maintenance", "142", "231"),
                    ("Interest on loans", "118", "109"),
                    ("Insurance and other costs", "163", "149"),
                    ("Total expenses", "637", "725"),
                    ("Surplus", "408", "412"),
                ),
            ),
            Sub("What changed"),
            "Income grew by 92,000 pounds to 1,137,000 pounds. Expenses grew by 88,000 pounds. "
            "The repair of the tidal cable cost 96,000 pounds, and it is the main reason why "
            "maintenance was so expensive. The insurance paid nothing for it, because damage by "
            "anchors is excluded from the policy. Grants fell, since the support of the county "
            "for the first turbine came to an end in 2024.",
            Sub("How the surplus is used"),
            "Of the surplus of 412,000 pounds, 165,000 pounds went to the Community Fund, 124,000 "
            "pounds were paid to members as a dividend, and 123,000 pounds were added to the "
            "reserve. The dividend was 3.5 per cent of the share value. In the year before it was "
            "3.0 per cent. The reserve now stands at 890,000 pounds.",
            Sub("Loans"),
            "The cooperative owes 2.6 million pounds to the Saltmarsh Savings Bank. The loan paid "
            "for Young Bess. It carries a fixed interest rate of 4.2 per cent and will be repaid "
            "by 2037.",
        ),
    ),
    Chapter(
        "6. The Cable Fault of February",
        (
            "On 9 February 2025 at 3:40 in the morning the Otter stopped delivering power. The "
            "control room saw that the sea cable had lost its insulation, and the turbine was "
            "switched off at once. Nobody was hurt, and no oil or other substance got into the "
            "water.",
            Sub("The cause"),
            "Divers found the damaged spot two days later, 310 metres from the shore. A coaster "
            "that waited for the tide had dropped its anchor outside the permitted zone and had "
            "dragged the cable along the rocks. The captain had used a chart from 2019, which did "
            "not yet show the cable.",
            Sub("Why the repair took eleven weeks"),
            "The fault itself could be mended in four days. Most of the time was spent waiting. A "
            "repair ship was not available before April, and work in the Narrows is possible only "
            "around slack water, when the current is weak. The joint was finally made by the "
            "repair ship Corrie Venture on 26 April 2025, and the Otter started again on 27 April.",
            Sub("What we learned"),
            "The board drew three lessons. First, the cable is now protected by concrete mats "
            "over a length of 450 metres. Second, 600 metres of spare cable are kept in a shed "
            "on the east pier, so that nobody has to wait for delivery. Third, the harbour office "
            "now sends a radio warning to every ship that anchors near the Narrows. Marisol "
            "Adeyemi leads a yearly exercise in which the crew practises the first hour after a "
            "fault. The first exercise took place in September 2025 and lasted five hours.",
        ),
    ),
    Chapter(
        "7. The Community Fund and the Night Watch",
        (
            Sub("The Community Fund"),
            "The Community Fund supports projects that make life in Brannock Quay better. It "
            "receives 40 per cent of the surplus of each year. In 2025 that was 165,000 pounds. "
            "A jury of nine residents, drawn by lot, decides which projects are supported. "
            "Members of the board may not sit on the jury.",
            "There were 41 applications in 2025, and 14 of them were accepted. The largest grant, "
            "38,000 pounds, paid for a new heating system in the library. A grant of 22,500 "
            "pounds bought an electric minibus that takes older people to the clinic in "
            "Strand Cross. The boatbuilding class of the school received 6,200 pounds for tools. "
            "The smallest grant was 350 pounds for the choir, which needed a second-hand piano "
            "stool and music stands.",
            Sub("Help with energy bills"),
            "Households in difficulty can ask for the Lantern Tariff. It is 30 per cent cheaper "
            "than the normal price and is granted for twelve months at a time. At the end of 2025 "
            "it was used by 148 households. In 2024 it was used by 121 households. The rise is "
            "explained by the closing of the net factory.",
            Sub("The Night Watch"),
            "The Night Watch is a group of 36 volunteers who look after the generators outside "
            "office hours. Two volunteers are on call every night. They are trained for three "
            "weekends and receive a free electricity allowance of 200 kilowatt-hours a year. In "
            "2025 they were called 52 times. The group is led by Joss Farrimond, a former "
            "lighthouse keeper.",
        ),
    ),
    Chapter(
        "8. Plans and Words",
        (
            Sub("The battery at the fish market"),
            "Construction of the battery starts in June 2026. It will store 4 megawatt-hours, "
            "which is enough to supply the harbour for about eleven hours. It costs 1.8 million "
            "pounds. A third is paid from the reserve, and the rest comes from new shares. The "
            "battery uses sodium cells instead of lithium cells, because they do not burn easily "
            "and the fish market is crowded. It should be ready in the spring of 2027.",
            Sub("Other plans"),
            "The board wants to put panels on six more roofs in 2026. Old Bess reaches the end of "
            "its life in 2032, and a study about its replacement will be presented at the general "
            "meeting on 16 May 2026. A charging point for electric fishing boats is planned at "
            "the west pier. The board decided against a second tidal turbine for now, because the "
            "permit alone would take four years.",
            Sub("Risks"),
            "The greatest risk is a fall of the grid price, since it would reduce our income. A "
            "fall by ten pounds per megawatt-hour would cost us about 17,000 pounds a year. A "
            "second risk is the shortage of technicians: one of our five posts has been vacant "
            "since August 2025.",
            Sub("Words used in this report"),
            "Capacity is the highest power that a generator can deliver, and it is given in "
            "megawatts. Slack water is the short time between two tides in which the water hardly "
            "moves. The surplus is what remains of the income when all expenses are paid. The "
            "reserve is money that is kept for bad years and large repairs. A roof owner is a "
            "person or company on whose building our panels lie.",
        ),
    ),
)


class _Report(FPDF):
    """The look of the report: a footer with the page number on each page."""

    def footer(self) -> None:
        """Write the name of the report and the page number."""
        self.set_y(-15)
        self.set_font("Helvetica", size=8)
        self.set_text_color(110)
        self.cell(0, 8, "Harbour Lights Community Energy, Annual Report 2025")
        self.set_x(self.l_margin)
        self.cell(0, 8, f"Page {self.page_no()} of {len(CHAPTERS)}", align="R")


def make(chapters: Sequence[Chapter] = CHAPTERS) -> bytes:
    """Return the report as a PDF, one chapter a page."""
    pdf = _Report(format="A4")
    pdf.set_compression(False)  # Compressed bytes would depend on the version of zlib.
    pdf.set_creation_date(_DATE)
    pdf.set_title(TITLE)
    pdf.set_author("Harbour Lights Community Energy")
    pdf.set_producer("docqa")
    pdf.set_lang("en-GB")
    pdf.set_margins(24, 20, 24)
    pdf.set_auto_page_break(True, margin=20)
    for number, chapter in enumerate(chapters, 1):
        pdf.add_page()
        if number == 1:
            _banner(pdf)
        _chapter(pdf, chapter)
        if pdf.page_no() != number:
            raise ValueError(f"chapter {number} does not fit on one page")
    return bytes(pdf.output())


def _banner(pdf: FPDF) -> None:
    pdf.set_fill_color(*_SEA)
    pdf.rect(0, 0, pdf.w, 46, style="F")
    pdf.set_y(13)
    pdf.set_text_color(255)
    pdf.set_font("Helvetica", "B", 21)
    pdf.cell(0, 11, "Harbour Lights Community Energy", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    pdf.set_font("Helvetica", size=14)
    pdf.cell(0, 8, "Annual Report 2025", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    pdf.set_y(54)


def _chapter(pdf: FPDF, chapter: Chapter) -> None:
    pdf.start_section(chapter.title)
    pdf.set_text_color(*_SEA)
    pdf.set_font("Helvetica", "B", 18)
    pdf.cell(0, 12, chapter.title, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    for block in chapter.blocks:
        if isinstance(block, Sub):
            _sub(pdf, block)
        elif isinstance(block, Table):
            _table(pdf, block)
        else:
            pdf.set_text_color(*_INK)
            pdf.set_font("Helvetica", size=11.5)
            pdf.multi_cell(0, 6, block, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
            pdf.ln(2.2)


def _sub(pdf: FPDF, block: Sub) -> None:
    pdf.ln(1)
    pdf.start_section(block.title, level=1)
    pdf.set_text_color(*_INK)
    pdf.set_font("Helvetica", "B", 12.5)
    pdf.cell(0, 8, block.title, new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _table(pdf: FPDF, block: Table) -> None:
    pdf.set_text_color(*_INK)
    pdf.set_font("Helvetica", "I", 10.5)
    pdf.cell(0, 6, block.caption, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    pdf.set_font("Helvetica", size=10.5)
    pdf.set_fill_color(255)
    pdf.set_draw_color(*_SEA)
    pdf.set_line_width(0.15)
    numbers = len(block.rows[0]) - 1
    heading = FontFace(emphasis="BOLD", color=_INK, fill_color=_PALE)
    with pdf.table(
        col_widths=(3, *[1] * numbers),
        text_align=("LEFT", *["RIGHT"] * numbers),
        headings_style=heading,
        line_height=6,
        borders_layout="HORIZONTAL_LINES",
    ) as table:
        for row in block.rows:
            table.row(row)
    pdf.ln(2)


if __name__ == "__main__":
    TARGET.write_bytes(make())
    print(f"wrote {TARGET.name}")
