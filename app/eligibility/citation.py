"""Where a rule comes from. A rule without a source says that it is an assumption."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Literal

from app.eligibility.exact_json import BadField

Standing = Literal["law", "plan", "neighbour", ""]


@dataclass(frozen=True, slots=True)
class Brief:
    """A citation as a decision carries it; the ruleset, known by its digest, has quotation and assumption."""

    source: str = ""
    clause: str = ""
    standing: Standing = ""
    assumes: bool = False


@dataclass(frozen=True)
class Citation:
    """`standing`: law or regulation; the county's own plan; a neighbouring place's rule taken as a pattern,
    which is never shown as the county's own. `assumption` says what no source was found to say.
    """

    source: str = ""
    clause: str = ""
    standing: Standing = ""
    quote: str = ""
    checked_on: date | None = None
    assumption: str = ""

    @cached_property
    def brief(self) -> Brief:
        return Brief(self.source, self.clause, self.standing, bool(self.assumption))

    def refuse_uncited(self, where: str) -> None:
        """Raise BadField unless a source is given whole or an assumption is owned to."""
        if not self.source and not self.assumption:
            raise BadField(where, "cites nothing", "give source, clause and standing, or say `assumption`")
        if self.source and not (self.clause and self.standing):
            raise BadField(where, "the source is given in part", "give source, clause and standing together")
        if not self.source and (self.clause or self.standing or self.quote or self.checked_on):
            raise BadField(where, "clause, standing or quotation without a source", "name the source")
