"""One line of a benchmark's table: what was measured against what is wanted."""

from __future__ import annotations

from dataclasses import dataclass, field

HEAD = "| measure | measured | wanted | reached | detail |\n|---|---|---|---|---|"
"""Stands above the lines of :meth:`Row.markdown`."""


@dataclass(frozen=True, slots=True)
class Row:
    """A measured ``value`` and its ``bar``; ``bar`` None: it only informs.

    ``at_most``: the value must not be above the bar, else it must not be below. A value of None
    was not measurable; then ``detail`` says why, and the bar is not reached.
    """

    measure: str
    value: float | None
    bar: float | None
    at_most: bool = field(default=False, kw_only=True)
    unit: str = field(default="", kw_only=True)
    detail: str = field(default="", kw_only=True)

    @property
    def is_reached(self) -> bool:
        """Whether the bar is reached; so it is where there is none."""
        if self.bar is None:
            return True
        if self.value is None:
            return False
        return self.value <= self.bar if self.at_most else self.value >= self.bar

    def markdown(self) -> str:
        """The row of a Markdown table."""
        value = "–" if self.value is None else f"{self.value:,.4g}{self.unit}"
        sign = "≤" if self.at_most else "≥"
        wanted = "" if self.bar is None else f"{sign} {self.bar:g}{self.unit}"
        return (
            f"| {self.measure} | {value} | {wanted} | {self._verdict('**no**')} | {self.detail} |"
        )

    def plain(self, model: str) -> str:
        """The row as aligned text, for a table over several models."""
        value = "-" if self.value is None else f"{self.value:,.2f}{self.unit}"
        sign = "<=" if self.at_most else ">="
        wanted = "" if self.bar is None else f"{sign} {self.bar:g}{self.unit}"
        verdict = self._verdict("NO")
        return f"{model:8} {self.measure:34} {value:>11} {wanted:>11} {verdict:>4}  {self.detail}"

    def _verdict(self, no: str) -> str:
        if self.bar is None:
            return ""
        return "yes" if self.is_reached else no


def sample(names: list[str], most: int = 8) -> str:
    """A few names for the detail, and how many there are."""
    shown = ", ".join(names[:most]) + (" …" if len(names) > most else "")
    return f"{len(names)}: {shown}" if names else ""
