"""An explanation in sentences that a grandmother understands, one for each comparison, in Chinese or English."""

from collections.abc import Mapping
from typing import Any

from app.allocation.explanation.comparison import APPLICANT
from app.allocation.manifest import TICKET
from app.allocation.market import OPEN
from app.eligibility.key_words import KeyWords, as_date, uncapitalised
from app.eligibility.ruleset import Ruleset
from app.eligibility.words import Language
from app.rounds.explanation_templates import SAID

Told = Mapping[str, Any]
RESERVE = "reserve:"


class Sentences:
    """The sentences of one language. `schools`: the name of the school of each programme."""

    def __init__(self, ruleset: Ruleset, language: Language, schools: Mapping[str, str]) -> None:
        self._words, self._schools = KeyWords(ruleset, language), schools
        self._language = language
        self._say = {name: said[0 if language == "zh" else 1] for name, said in SAID.items()}
        routes = [route.text for route in ruleset.routes]
        self._groups = {
            text.group: text.zh if language == "zh" else uncapitalised(text.en) for text in reversed(routes)
        }
        self._first = ruleset.order[0].rstrip("<>")

    def name(self, entry: str) -> str:
        """The name of an entry of the order."""
        if entry == TICKET:
            return {"zh": "抽签号", "en": "lottery number"}[self._language]
        return self._words.name(entry)

    def seat(self, seat: str) -> str:
        """The kind of a seat."""
        if seat == OPEN:
            return self._say["open"]
        group = seat.removeprefix(RESERVE)
        return self._say["reserve"].format(group=self._groups.get(group, group))

    def comparison(self, programme: str, one: Told, held: Told | None = None) -> str:
        """One comparison at one school; `held`: what is told of the child, where this is the school that it got."""
        why = self._why(one, held)
        return self._say["line"].format(school=self.school(programme), seat=self.seat(one["seat"]), why=why)

    def change(self, listed: Told) -> str | None:
        """The nearest change that would have placed the child at a school, or None where none is told."""
        change = listed["change"]
        if change is None:
            return None
        words = {"school": self.school(listed["programme"])}
        if change["key"] is None:
            return self._say["change_band_later"].format(**words)
        words["name"] = self._words.name(change["key"])
        if change["value"] is None:
            return self._say["change_band"].format(**words)
        kind, value = self._words.kind(change["key"]), change["value"]
        words["value"] = self._words.value(change["key"], value)
        words["than"] = self._say["no_smaller_date" if self._words.smaller_first(change["key"]) else "no_larger_date"]
        words["more"] = self._words.value(change["key"], change["more"]) if change["more"] is not None else ""
        return self._say[f"change_{kind}"].format(**words)

    def summary(self, told: Told) -> list[str]:
        """All of it: the place, each refusal with its nearest change, what is untold, the lottery."""
        say, place = self._say, told["place"]
        lines = [say["unplaced"]]
        if place is not None:
            lines = [say["placed"].format(school=self.school(place["programme"]), rank=place["rank"])]
        for listed in told["preferred"]:
            lines += [self.comparison(listed["programme"], one) for one in listed["comparisons"]]
            lines += [change] if (change := self.change(listed)) else []
        if told["untold"]:
            lines.append(say["untold" if place else "untold_unplaced"].format(count=told["untold"]))
        lines += [
            self.comparison(place["programme"], one, told)
            for one in (place["comparisons"] if place else ())
            if one["seat"] == told["seat"]
        ]
        return lines + self._lottery(told)

    def school(self, programme: str) -> str:
        """The school's name, or the programme's id where the school is gone."""
        return self._schools.get(programme, programme)

    def _lottery(self, told: Told) -> list[str]:
        lines = []
        if told["lost_by_lot"]:
            seen = any(one["decided"] == TICKET for listed in told["preferred"] for one in listed["comparisons"])
            lines.append(self._say["lottery_lost" if seen else "lottery_lost_far"])
        if told["won_by_lot"]:
            lines.append(self._say["lottery_won"])
        return lines or [self._say["lottery_none"]]

    def _why(self, one: Told, held: Told | None) -> str:
        relation, decided = one["relation"], one["decided"]
        if relation not in ("before", "behind"):
            return self._say[relation]
        if one["is_band"]:
            which = "first" if decided == self._first else "later"
            return self._say["band"] + self._say[f"{relation}_{which}"].format(name=self.name(self._first))
        if decided == TICKET and relation == "behind":
            return self._say[self._ahead(one, held)]
        if decided in (TICKET, APPLICANT):
            return self._say[f"{relation}_{decided}"]
        *same, last = one["entries"]
        return self._equal(same) + self._decided(relation, last)

    def _ahead(self, one: Told, held: Told | None) -> str:
        # Of any other kind of seat than the child's own nothing says whether the lottery turned somebody away.
        if held is None or one["seat"] != held["seat"]:
            return "ahead_ticket"
        return "behind_ticket" if held["won_by_lot"] else "unneeded_ticket"

    def _equal(self, entries: list[Told]) -> str:
        if not entries:
            return ""
        first = entries[0]
        words = {"name": self._words.name(first["name"]), "level": self._words.value(first["name"], first["own"])}
        return self._say["same" if len(entries) > 1 else "level_same"].format(**words)

    def _decided(self, relation: str, entry: Told) -> str:
        key, words = entry["name"], self._words
        kind: str = words.kind(key)
        values = {side: words.value(key, entry[side]) for side in ("own", "last")}
        if kind == "date" and not all(self._is_dated(key, entry[side]) for side in ("own", "last")):
            kind = "undated"
        than = self._say["smaller_date" if words.smaller_first(key) else "larger_date"]
        return self._say[f"{relation}_{kind}"].format(name=words.name(key), than=than, **values)

    def _is_dated(self, key: str, value: int) -> bool:
        return as_date(value) is not None and not self._words.is_neutral(key, value)
