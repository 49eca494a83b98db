"""Which rules make a difference between children who differ in nothing but the registration of the child (户籍).

Read off a ruleset, not measured: what looks at the registration is known of each condition and of each measure, and the
tests hold it against decisions. No part of a ruleset can speak of fees, classes or aid (ruleset_scope.py).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.eligibility.citation import Citation
from app.eligibility.explain import cited
from app.eligibility.ruleset import Needs, Ruleset
from app.eligibility.ruleset_text import KeyText

CONDITIONS_OF_REGISTRATION = {
    *("registration_in_county", "registration_outside", "registration_elsewhere", "registration_in_time"),
    *("registration_in_catchment", "registration_kind", "registered_with_parents"),
}
MEASURES_OF_REGISTRATION = {"address_differs", "registered_on"}
HEAD = """\
# Equal treatment: what hangs on a child's registration

Written by `python -m app.eligibility equal RULESET...`; a test holds it to the rulesets. Between two children who
differ in nothing but the child's household registration (户籍), these rules make the difference, and no others:

- eligibility: whether, and by which route, a child is eligible;
- level: where it stands in its own catchment;
- elsewhere: where it stands at schools at which it has no right, by the route through which it is eligible;
- key: what orders children within a level.

No rule may speak of fees, classes or aid: the facts of a decision hold none of the three, and a ruleset whose words
name one is refused. This page is of admission alone.
"""


@dataclass(frozen=True, slots=True)
class Hinge:
    """A rule (for elsewhere a route) by which the registration makes a difference. `where`: eligibility, level,
    elsewhere or key; `of`: the routes, levels or keys that it belongs to, `*` for what is asked of every child.
    """

    where: str
    name: str
    of: tuple[str, ...]
    cite: Citation
    zh: str
    en: str


def hinges(ruleset: Ruleset) -> tuple[Hinge, ...]:
    """All of one ruleset, in the order of the document."""
    routes = [("*", ruleset.needs), *((route.text.id, route.needs) for route in ruleset.routes)]
    levels = [(str(level.text.number), level.needs) for level in ruleset.levels]
    return (
        *_rules(ruleset, "eligibility", routes),
        *_rules(ruleset, "level", levels),
        *_elsewhere(ruleset),
        *(
            Hinge("key", key.name, (key.name,), key.cite, key.zh, key.en)
            for key in ruleset.keys
            if _hangs(key, ruleset)
        ),
    )


def page(rulesets: Iterable[Ruleset]) -> str:
    """docs/equal-treatment.md: the hinges of these rulesets, each with its words and its clause."""
    lines = [HEAD]
    for ruleset in rulesets:
        lines += [f"## {ruleset.id}", "", f"{ruleset.text.title.zh}  ", ruleset.text.title.en, ""]
        found = hinges(ruleset)
        lines += ["| where | rule | of | zh | en | clause |", "|---|---|---|---|---|---|"] if found else ["Nothing."]
        lines += [
            f"| {one.where} | {one.name} | {', '.join(one.of)} | {one.zh} | {one.en} | {cited(one.cite, 'en')} |"
            for one in found
        ]
        lines.append("")
    return "\n".join(lines)


def _rules(ruleset: Ruleset, where: str, parts: list[tuple[str, Needs]]) -> Iterator[Hinge]:
    for name, rule in ruleset.rules.items():
        of = tuple(part for part, needs in parts if any(name in step for step in needs))
        if of and rule.bound.name in CONDITIONS_OF_REGISTRATION:
            yield Hinge(where, name, of, rule.text.cite, rule.text.zh.met, rule.text.en.met)


def _elsewhere(ruleset: Ruleset) -> Iterator[Hinge]:
    """The routes, where they rank apart and the registration has a part in which one a child comes by."""
    ranks = {route.text.elsewhere_level for route in ruleset.routes}
    if len(ranks) > 1 and _decides_routes(ruleset):
        for route in ruleset.routes:
            text = route.text
            yield Hinge("elsewhere", text.id, (f"level {text.elsewhere_level}",), text.cite, text.zh, text.en)


def _decides_routes(ruleset: Ruleset) -> bool:
    asked = {name for route in ruleset.routes for step in route.needs for name in step}
    return any(ruleset.rules[name].bound.name in CONDITIONS_OF_REGISTRATION for name in asked)


def _hangs(key: KeyText, ruleset: Ruleset) -> bool:
    """Points hang on it where they are reckoned by a route that it decides; level and routes are told apart above."""
    return key.measure in MEASURES_OF_REGISTRATION or (key.measure == "points" and _decides_routes(ruleset))
