"""Rows of figures: name, ours, the peer's, ratio, and what must be reached."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One figure beside a peer's. `least` or `most` is the bound that must be kept, of the ratio; or of ours, if there is no peer or `of` says so."""

    name: str
    ours: float
    peer: float | None = None
    least: float | None = None
    most: float | None = None
    of: str = "ratio"

    @property
    def ratio(self):
        return self.ours / self.peer if self.peer else None

    @property
    def judged(self):
        return self.ratio if self.of == "ratio" and self.peer else self.ours

    @property
    def reached(self):
        # Not a number is not reached.
        if self.least is not None:
            return self.judged >= self.least
        return self.most is None or self.judged <= self.most

    def __str__(self):
        def number(value):
            return "-" if value is None else f"{value:.4g}"

        bound = ""
        if self.least is not None:
            bound = f"must be >= {self.least:g}  "
        elif self.most is not None:
            bound = f"must be <= {self.most:g}  "
        verdict = ("reached" if self.reached else "MISSED") if bound else ""
        return f"{self.name:<52}{number(self.ours):>9}{number(self.peer):>9}{number(self.ratio):>9}  {bound}{verdict}".rstrip()


HEAD = f"{'name':<52}{'ours':>9}{'peer':>9}{'ratio':>9}"
