"""What no rule of admission may speak of: fees, classes and aid are the same for every child (domain, "同城同教").

The facts know none of the three, so no condition could ask for them; here a rule is refused that only says so in its
words, because a family would be led by them.
"""

import re
from collections.abc import Iterator

from app.eligibility.exact_json import BadField
from app.eligibility.ruleset_text import RulesetText, Words

SUBJECTS = {
    "fees": re.compile(r"学费|收费|缴费|借读|赞助费|择校费|\b(?:fees?|tuition|charges?)\b", re.IGNORECASE),
    "classes": re.compile(
        r"分班|编班|快班|慢班|重点班|实验班|\b(?:separate|special|fast|slow) class(?:es)?\b", re.IGNORECASE
    ),
    "aid": re.compile(
        r"资助|补助|助学|奖学金|教育券|\b(?:aid|subsid(?:y|ies)|vouchers?|scholarships?)\b", re.IGNORECASE
    ),
}


def refuse_scope(read: RulesetText) -> None:
    """Raise BadField for a rule, route, level, key or item of points that speaks of fees, classes or aid."""
    for where, texts in _said(read):
        for subject, spoken in SUBJECTS.items():
            if any(spoken.search(text) for text in texts):
                raise BadField(where, f"it speaks of {subject}", "admission knows no fees, classes or aid: take it out")


def _said(read: RulesetText) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each part's place with its name and its words, but not what it quotes: a law may well forbid a fee."""
    for rule in read.rule:
        yield f"rule {rule.id}", (rule.id, *_sentences(rule.zh), *_sentences(rule.en))
    for route in read.route:
        yield f"route {route.id}", (route.id, route.group, route.zh, route.en)
    for level in read.level:
        yield f"level {level.number}", (level.zh, level.en)
    for key in read.key:
        says = (*key.says.zh, *key.says.en) if key.says else ()
        yield f"key {key.name}", (key.name, key.zh, key.en, *says)
    for item in read.points.item if read.points else ():
        yield f"points {item.id}", (item.id, item.group, item.zh, item.en)


def _sentences(words: Words) -> tuple[str, ...]:
    return words.met, words.not_met, words.unknown
