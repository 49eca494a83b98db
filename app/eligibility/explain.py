"""A ruleset in words, for whoever reads it before it is activated: every rule with its clause, in both languages."""

from collections.abc import Iterator

from app.eligibility.citation import Citation
from app.eligibility.ruleset import Needs, Ruleset
from app.eligibility.ruleset_text import Words
from app.eligibility.words import Language

STANDINGS: dict[Language, dict[str, str]] = {
    "zh": {"law": "法律法规", "plan": "本县方案", "neighbour": "外地做法，仅作范本"},
    "en": {"law": "law", "plan": "the county's plan", "neighbour": "another place's rule, a pattern only"},
}
LABELS: dict[Language, dict[str, str]] = {
    "zh": {
        "year": "入学年份", "cut_off": "材料截止日", "valid": "有效期", "digest": "摘要（SHA-256）",
        "needs": "人人须满足", "rules": "规则", "routes": "符合入学条件的途径（任一即可）",
        "levels": "学区内层次（先后为序，取最先满足者）", "order": "排序", "keys": "排序项", "points": "积分",
        "met": "满足", "not_met": "不满足", "unknown": "未知", "or": "或", "and": "且", "nothing": "无",
        "assumption": "假定", "unread": "未见条文原文", "checked": "核对于", "note": "仅提示，不影响结果",
        "elsewhere": "无优先资格时层次", "ticket": "公开摇号", "gave_up": "最后", "age_classes": "班级",
    },
    "en": {
        "year": "Year of entry", "cut_off": "Cut-off of papers", "valid": "Valid", "digest": "Digest (SHA-256)",
        "needs": "Asked of every child", "rules": "Rules", "routes": "Ways to be eligible (any one)",
        "levels": "Levels in the own catchment (the first that is met)", "order": "Order", "keys": "Keys",
        "points": "Points", "met": "met", "not_met": "not met", "unknown": "unknown", "or": "or", "and": "and",
        "nothing": "none", "assumption": "assumption", "unread": "its wording was not read", "checked": "checked on",
        "note": "only told; nothing hangs on it", "elsewhere": "level without a right", "ticket": "the public draw",
        "gave_up": "Last", "age_classes": "Classes of age",
    },
}  # fmt: skip


def explained(ruleset: Ruleset, language: Language) -> str:
    """The whole ruleset as Markdown in one language."""
    return "\n".join(_Page(ruleset, language).lines()) + "\n"


def cited(cite: Citation, language: Language) -> str:
    """A citation in words: source, clause and standing, its quotation, and what is assumed."""
    label, parts = LABELS[language], []
    if cite.source:
        said = f"“{cite.quote}”" if cite.quote else label["unread"]
        checked = f", {label['checked']} {cite.checked_on}" if cite.checked_on else ""
        parts.append(f"{cite.source} {cite.clause} ({STANDINGS[language][cite.standing]}): {said}{checked}")
    if cite.assumption:
        parts.append(f"{label['assumption']}: {cite.assumption}")
    return "; ".join(parts)


class _Page:
    """The lines of one ruleset in one language."""

    def __init__(self, ruleset: Ruleset, language: Language) -> None:
        self.ruleset, self.language, self.label = ruleset, language, LABELS[language]

    def lines(self) -> Iterator[str]:
        text, label = self.ruleset.text, self.label
        yield f"# {self._said(text.title.zh, text.title.en)}"
        yield f"\n{text.id}. {label['year']} {text.year}; {label['cut_off']} {text.cut_off};"
        yield f"{label['valid']} {text.valid_from} – {text.valid_until}."
        yield f"{label['digest']} {self.ruleset.digest}."
        yield f"{label['needs']}: {self._needs(self.ruleset.needs)}."
        yield f"{label['order']}: {', '.join(label.get(entry, entry) for entry in text.order)}."
        for part in (self._rules, self._routes, self._levels, self._keys, self._points, self._age_classes):
            yield from part()

    def _rules(self) -> Iterator[str]:
        yield f"\n## {self.label['rules']}\n"
        for name, rule in self.ruleset.rules.items():
            words = self._words(rule.text.zh, rule.text.en)
            asked = ", ".join(f"{key} = {_plain(value)}" for key, value in rule.bound.parameters.items())
            note = f" ({self.label['note']})" if rule.text.note else ""
            yield f"- {name}: {rule.bound.name}({asked}){note}. {cited(rule.text.cite, self.language)}"
            for value in ("met", "not_met", "unknown"):
                yield f"  - {self.label[value]}: {getattr(words, value)}"

    def _routes(self) -> Iterator[str]:
        yield f"\n## {self.label['routes']}\n"
        for route in self.ruleset.routes:
            text = route.text
            where = f"{self.label['elsewhere']} {text.elsewhere_level}"
            yield f"- {text.id}: {self._said(text.zh, text.en)}: {self._needs(route.needs)}; {where}."
            yield f"  {cited(text.cite, self.language)}"

    def _levels(self) -> Iterator[str]:
        yield f"\n## {self.label['levels']}\n"
        for level in self.ruleset.levels:
            text = level.text
            yield f"{text.number}. {self._said(text.zh, text.en)}: {self._needs(level.needs)}."
            yield f"   {cited(text.cite, self.language)}"
        if not self.ruleset.levels:
            yield f"{self.label['nothing']}."
        last = self.ruleset.text.gave_up
        if last is not None:
            yield f"\n{self.label['gave_up']}, {last.level}: {self._said(last.zh, last.en)}."
            yield cited(last.cite, self.language)

    def _keys(self) -> Iterator[str]:
        yield f"\n## {self.label['keys']}\n"
        for key in self.ruleset.keys:
            yield f"- {key.name}: {self._said(key.zh, key.en)}. {cited(key.cite, self.language)}"

    def _points(self) -> Iterator[str]:
        points = self.ruleset.points
        if points is None:
            return
        yield f"\n## {self.label['points']}\n"
        for item in points.item:
            yield f"- {item.id}: {self._said(item.zh, item.en)}. {cited(item.cite, self.language)}"
        if points.gate is not None:
            words = self._words(points.gate.zh, points.gate.en)
            yield f"- ≥ {points.gate.least}: {words.met} / {words.not_met} {cited(points.gate.cite, self.language)}"

    def _age_classes(self) -> Iterator[str]:
        classes = self.ruleset.text.age_class
        yield from (f"\n## {self.label['age_classes']}\n",) if classes else ()
        for one in classes:
            said = self._said(one.zh, one.en)
            yield f"- {one.name}: {said} ({one.years}, {one.by}). {cited(one.cite, self.language)}"

    def _needs(self, needs: Needs) -> str:
        either = f" {self.label['or']} "
        steps = [f"({either.join(step)})" if len(step) > 1 else step[0] for step in needs]
        return f" {self.label['and']} ".join(steps) or self.label["nothing"]

    def _said(self, zh: str, en: str) -> str:
        return zh if self.language == "zh" else en

    def _words(self, zh: Words, en: Words) -> Words:
        return zh if self.language == "zh" else en


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
