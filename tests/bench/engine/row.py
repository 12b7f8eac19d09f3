"""One line of the benchmark's table: what was measured against what is wanted."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """A measured ``value`` and its ``bar``; ``bar`` None: nothing is wanted here, it only informs.

    ``at_most``: the value must not be above the bar, else it must not be below. A value of None
    was not measurable; then ``detail`` says why, and the bar is not reached.
    """

    measure: str
    value: float | None
    bar: float | None
    unit: str = ""
    at_most: bool = False
    detail: str = ""

    @property
    def is_reached(self) -> bool:
        """Whether the bar is reached; so it is where there is none."""
        if self.bar is None:
            return True
        if self.value is None:
            return False
        return self.value <= self.bar if self.at_most else self.value >= self.bar

    def line(self, model: str) -> str:
        """The row as text."""
        value = "-" if self.value is None else f"{self.value:,.2f}{self.unit}"
        sign = "<=" if self.at_most else ">="
        wanted = "" if self.bar is None else f"{sign} {self.bar:g}{self.unit}"
        verdict = "" if self.bar is None else ("yes" if self.is_reached else "NO")
        return f"{model:8} {self.measure:34} {value:>11} {wanted:>11} {verdict:>4}  {self.detail}"
