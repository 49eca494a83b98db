"""What the loader refuses, one fault at a time in a ruleset that is otherwise good."""

from pathlib import Path

import pytest

from app.eligibility.exact_json import BadField
from app.eligibility.ruleset import RULESETS, load, parse
from app.eligibility.vocabulary import CONDITIONS

TEXT = (RULESETS / "primary-2026.toml").read_text("utf-8")
JUNIOR = (RULESETS / "junior-2026.toml").read_text("utf-8")
ORDER = 'order = ["level<", "flat_lock<", "disagree<", "moved_in<", "titled<", "points>", "ticket"]'
CITED = (
    'cite = { source = "浙江省义务教育条例", clause = "第十条、第十一条", standing = "law" }\n'
    'zh = { met = "户籍在本学区。"'
)
GATE = """[points.gate]
least = 60
cite = { assumption = "A." }
zh = { met = "a", not_met = "b", unknown = "c" }
en = { met = "a", not_met = "b", unknown = "c" }

[[points.item]]
id = "residence\""""
LEVEL_9 = 'number = 9\nneeds = ["reg.county", "reg.catchment"]'
INSURANCE = 'measure = "insurance_months"\npattern = "accrual"\neach = 1\n'
HONOURS = "table = { county = 10, city = 20, province = 40, nation = 60 }"
DEDUCTIONS = "table = { offence = -20, false_papers = -50 }\ndeduction = true\nyears = 5\ncap = -100"
MOVED_IN = 'measure = "registered_on"\nneutral = 99991231'

FAULTS = [
    # The text and its fields
    ("byte order mark", "# Grade 1, 2026. A", "\ufeff# Grade 1, 2026. A", "text: byte order mark"),
    ("carriage returns", "\n", "\r\n", "text: byte order mark or carriage return"),
    ("broken TOML", "year = 2026", "year = ", "text: not TOML"),
    ("another format", '"ruleset/1"', '"ruleset/2"', "format: not one of"),
    ("a field nobody knows", "year = 2026", "year = 2026\ncolour = 1", "colour: no such field"),
    ("a missing field", "year = 2026\n", "", "year: missing"),
    ("a float", "year = 2026", "year = 2026.0", "text.year: a number with a point"),
    ("a time for a date", "cut_off = 2026-05-31", "cut_off = 2026-05-31T00:00:00", "text.cut_off: a number with"),
    ("validity reversed", "valid_until = 2027-06-30", "valid_until = 2025-06-30", "valid_until: before"),
    ("a stage nobody knows", 'stage = "primary"', 'stage = "college"', "stage: not one of"),
    # Conditions
    ("an unknown condition", '"age_reached"', '"age_guessed"', "rule age.six.condition: unknown condition"),
    (
        "a parameter too few",
        '{ years = 6, by = "08-31" }\ncite',
        "{ years = 6 }\ncite",
        "rule age.six.parameters: not the",
    ),
    ("a parameter too many", "{ months = 6 }", "{ months = 6, days = 1 }", "parameters: not the parameters"),
    ("no parameters", "parameters = { months = 6 }\n", "", "rule permit.registered.parameters: not the"),
    ("a number out of range", "{ months = 6 }", "{ months = -6 }", "rule permit.registered.parameters.months"),
    ("a number in quotes", "{ months = 6 }", '{ months = "6" }', "rule permit.registered.parameters.months"),
    ("a truth for a number", "{ months = 6 }", "{ months = true }", "rule permit.registered.parameters.months"),
    ("29 February", 'by = "08-31"', 'by = "02-29"', "rule age.six.parameters.by"),
    ("no day at all", 'by = "08-31"', 'by = "8-31"', "rule age.six.parameters.by"),
    ("a share in per cent", '"51/100"', '"51%"', "rule flat.major.parameters.share"),
    ("a share over the whole", '"51/100"', '"101/100"', "rule flat.major.parameters.share"),
    ("a choice nobody knows", '["grandparents"]', '["uncle"]', "rule flat.grandparents.parameters.among"),
    ("a choice twice", '["grandparents"]', '["grandparents", "grandparents"]', "flat.grandparents.parameters.among"),
    ("no choice", '["grandparents"]', "[]", "rule flat.grandparents.parameters.among"),
    ("none for a choice", '["grandparents"]', '["none"]', "rule flat.grandparents.parameters.among"),
    # Citations and words
    (
        "an uncited rule",
        CITED,
        CITED.replace('source = "浙江省义务教育条例", clause = "第十条、第十一条", standing = "law"', ""),
        "rule reg.catchment: cites nothing",
    ),
    (
        "no clause",
        CITED,
        CITED.replace('clause = "第十条、第十一条", ', ""),
        "rule reg.catchment: the source is given in part",
    ),
    ("no standing", CITED, CITED.replace(', standing = "law"', ""), "rule reg.catchment: the source is given in part"),
    (
        "a clause of nothing",
        CITED,
        CITED.replace('source = "浙江省义务教育条例", ', 'assumption = "A.", '),
        "rule reg.catchment: clause, standing or",
    ),
    ("a standing nobody knows", CITED, CITED.replace('"law"', '"rumour"'), "standing: not one of"),
    (
        "an uncited item of points",
        'cite = { assumption = "Of several honours only the highest counts." }',
        "cite = {}",
        "points honours: cites nothing",
    ),
    (
        "a word missing in English",
        'not_met = "Not registered in this county."',
        'not_met = ""',
        "rule reg.county: a word is missing",
    ),
    ("a word left out in Chinese", 'not_met = "户籍不在本县。", ', "", "not_met: missing"),
    ("a level without a name", 'en = "Level 4: policy groups"', 'en = " "', "level 4: a word is missing"),
    # Names
    ("one id for two rules", 'id = "reg.outside"', 'id = "reg.county"', "rule reg.county: stands twice"),
    ("one id for two routes", 'id = "hmt.travel"\nkind', 'id = "hmt.permit"\nkind', "route hmt.permit: stands twice"),
    ("one id for two items", 'id = "skill"', 'id = "education"', "points education: stands twice"),
    ("one name for two keys", 'name = "titled"', 'name = "moved_in"', "key moved_in: stands twice"),
    (
        "a need that is no rule",
        '["permit.in_force", ',
        '["permit.inforce", ',
        "route migrant.needs: no rule is called permit.inforce",
    ),
    ("an empty alternative", '["permit.in_force", ', '["permit.in_force | ", ', "route migrant.needs: an empty need"),
    ("a rule that nothing needs", "note = true\n", "", "rule age.deferred: nothing needs it"),
    (
        "eligibility by catchment",
        'needs = ["reg.county"]',
        'needs = ["reg.county", "reg.catchment"]',
        "route local.needs: reg.catchment speaks of one catchment",
    ),
    # Levels and routes
    ("a level left out", "number = 9", "number = 10", "level: not numbered 1, 2, 3"),
    (
        "a level that an equal one takes",
        LEVEL_9,
        'number = 9\nneeds = ["reg.county", "reg.in_time", "reg.catchment", "reg.family"]',
        "level 9: unreachable: level 3",
    ),
    (
        "a level that a wider one takes",
        LEVEL_9,
        'number = 9\nneeds = ["reg.county", "home.catchment", "flat.whole", "flat.title"]',
        "level 9: unreachable: level 5",
    ),
    (
        "a level that an alternative takes",
        LEVEL_9,
        'number = 9\nneeds = ["policy.military", "reg.catchment"]',
        "level 9: unreachable: level 4",
    ),
    (
        "a level that a longer list takes",
        'among = ["family"]',
        'among = ["family", "collective"]',
        "level 6: unreachable: level 3",
    ),
    (
        "a level that contradicts itself",
        LEVEL_9,
        'number = 9\nneeds = ["reg.county", "reg.outside", "reg.catchment"]',
        "level 9: unreachable: no registration.place",
    ),
    (
        "a level of two kinds at once",
        LEVEL_9,
        'number = 9\nneeds = ["reg.family", "reg.collective"]',
        "level 9: unreachable: no registration.kind",
    ),
    (
        "a level with two bases at once",
        LEVEL_9,
        'number = 9\nneeds = ["flat.grandparents", "flat.major | flat.whole"]',
        "level 9: unreachable: no home.basis",
    ),
    (
        "a route that an earlier one takes",
        'needs = ["hmt.travel", ',
        'needs = ["hmt.permit", "hmt.travel", ',
        "route hmt.travel: unreachable",
    ),
    (
        "elsewhere like a child with a right",
        "elsewhere_level = 12",
        "elsewhere_level = 9",
        "route migrant: would rank elsewhere",
    ),
    ("a group with a blank", 'group = "local"', 'group = "lo cal"', "route local.group"),
    # The order and its keys
    ("no draw at the end", ', "ticket"]', "]", "order: a last tie that can be foreseen"),
    ("the draw not last", '"points>", "ticket"]', '"ticket", "points>"]', "order: a last tie that can be foreseen"),
    ("an empty order", ORDER, "order = []", "order: a last tie"),
    ("nine entries", ORDER, ORDER.replace('"ticket"', '"a<", "b<", "ticket"'), "order: too long"),
    ("a key without direction", '"titled<"', '"titled"', "order: not the name of a key"),
    ("a key in capitals", '"titled<"', '"Titled<"', "order: not the name of a key"),
    ("a key named after a column", '"titled<"', '"seat<"', "order: not the name of a key"),
    ("a key twice", '"titled<"', '"moved_in<"', "order: a key stands twice"),
    ("a key not defined", '"titled<", ', '"titled<", "other<", ', "order: it and the keys differ in other"),
    ("a key not ordered by", '"titled<", ', "", "order: it and the keys differ in titled"),
    (
        "the level not first",
        '"level<", "flat_lock<"',
        '"flat_lock<", "level<"',
        "order: it does not begin with the level",
    ),
    ("the last level first", '"level<"', '"level>"', "order: it does not begin with the level"),
    ("more points rank later", '"points>"', '"points<"', "order: more points would rank later"),
    ("a measure nobody knows", MOVED_IN, MOVED_IN.replace("registered_on", "born_on"), "key moved_in.measure: unknown"),
    ("no neutral value", MOVED_IN, 'measure = "registered_on"', "key moved_in.neutral: missing"),
    (
        "a right carried elsewhere",
        MOVED_IN,
        MOVED_IN + '\nelsewhere = "same"',
        "key moved_in.elsewhere: it speaks of one",
    ),
    ("a lock without years", "years = 6\nneutral", "neutral", "key flat_lock.years"),
    ("years out of place", MOVED_IN, MOVED_IN + "\nyears = 6", "key moved_in.years"),
    ("points that nothing reckons", TEXT[TEXT.index("[points]") :], "", "points: missing"),
    # Points
    (
        "a merit with the sign reversed",
        INSURANCE,
        INSURANCE.replace("1", "-1"),
        "points insurance: no points, or points with the sign",
    ),
    (
        "a deduction with the sign reversed",
        "offence = -20",
        "offence = 20",
        "points deductions: no points, or points with",
    ),
    ("no points", HONOURS, "table = { county = 0 }", "points honours: no points"),
    ("a cap with the sign reversed", "cap = 120", "cap = -120", "points insurance.cap: the sign reversed"),
    ("a deduction's cap reversed", "cap = -100", "cap = 100", "points deductions.cap: the sign reversed"),
    ("a step of nothing", "second_per = 2", "second_per = 0", "points insurance.per: not positive"),
    ("a table for an accrual", INSURANCE, INSURANCE + "table = { county = 1 }\n", "points insurance.table"),
    ("no table", HONOURS + "\n", "", "points honours.table"),
    ("an entry nobody knows", "nation = 60", "world = 60", "points honours.table"),
    ("a rate beside a table", HONOURS, HONOURS + "\neach = 1", "points honours.each"),
    (
        "a measure for the wrong pattern",
        'measure = "honours"',
        'measure = "insurance_months"',
        "points honours.measure",
    ),
    (
        "a measure of points nobody knows",
        INSURANCE,
        INSURANCE.replace("insurance_months", "height"),
        "points insurance.measure",
    ),
    ("records without years", "years = 5\n", "", "points deductions.years"),
    ("years beside honours", HONOURS, HONOURS + "\nyears = 5", "points honours.years"),
    (
        "a deduction in a group",
        DEDUCTIONS,
        DEDUCTIONS + '\ngroup = "qualification"',
        "points deductions: a deduction that another",
    ),
    (
        "a deduction, the mildest alone",
        'pattern = "sum"',
        'pattern = "highest"',
        "points deductions: a deduction that another",
    ),
    (
        "a gate on an assumption",
        '[[points.item]]\nid = "residence"',
        GATE,
        "points.gate: an assumption shuts children out",
    ),
]


@pytest.mark.parametrize(("old", "new", "message"), [pytest.param(*fault[1:], id=fault[0]) for fault in FAULTS])
def test_a_ruleset_with_one_fault_is_refused_by_its_place(old: str, new: str, message: str) -> None:
    assert old in TEXT
    with pytest.raises(BadField) as refused:
        parse(TEXT.replace(old, new, 1))
    assert message in str(refused.value)
    assert refused.value.reason and refused.value.remedy


LEAVER_FAULTS = [
    (
        "eligibility by the feeder",
        'needs = ["leaver.county", "reg.county"]',
        'needs = ["leaver.county", "reg.county", "leaver.feeder"]',
        "route leaver.local.needs: leaver.feeder speaks of one catchment",
    ),
    (
        "an unscored route after one that is scored",
        'kind = "migrant"\ngroup = "migrant"\nunscored = true',
        'kind = "migrant"\ngroup = "migrant"',
        "route leaver: an earlier route would score its children",
    ),
    (
        "a gate beside an unscored route",
        '[[points.item]]\nid = "residence"',
        GATE.replace('assumption = "A."', 'source = "S", clause = "1", standing = "law"'),
        "points.gate: a route leaves its children unscored",
    ),
    ("a key at a level that is none", "levels = [2, 3]", "levels = [2, 7]", "key flat_lock.levels: not a level"),
    ("a key at a level twice", "levels = [2, 3]", "levels = [2, 2]", "key flat_lock.levels: not a level"),
    (
        "levels of the level itself",
        'measure = "level"\n',
        'measure = "level"\nlevels = [1]\n',
        "key level.levels: out of place",
    ),
    ("a leaver of neither kind", '{ among = ["county"] }', '{ among = ["none"] }', "leaver.county.parameters.among"),
    (
        "a level of both kinds at once",
        'needs = ["leaver.elsewhere", "reg.elsewhere | permit',
        'needs = ["leaver.county", "leaver.elsewhere", "reg.elsewhere | permit',
        "level 5: unreachable: no leaver.kind",
    ),
    (
        "a level that the feeder's takes",
        '"reg.catchment | home.catchment", "reg.catchment | flat.title"]',
        '"reg.catchment | home.catchment", "leaver.feeder"]',
        "level 2: unreachable: level 1",
    ),
]


@pytest.mark.parametrize(("old", "new", "message"), [pytest.param(*f[1:], id=f[0]) for f in LEAVER_FAULTS])
def test_a_ruleset_of_leavers_with_one_fault_is_refused_by_its_place(old: str, new: str, message: str) -> None:
    assert old in JUNIOR
    with pytest.raises(BadField) as refused:
        parse(JUNIOR.replace(old, new, 1))
    assert message in str(refused.value)
    assert refused.value.reason and refused.value.remedy


def test_the_published_rulesets_are_accepted_and_cite_or_assume_throughout() -> None:
    for path in sorted(RULESETS.glob("*.toml")):
        ruleset = load(path)
        cites = [rule.text.cite for rule in ruleset.rules.values()] + [level.text.cite for level in ruleset.levels]
        assert all(cite.source or cite.assumption for cite in cites)
        assert ruleset.order[-1] == "ticket" and len(ruleset.order) <= 8


def test_a_file_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "gbk.toml"
    path.write_bytes('title = "规则"'.encode("gbk"))
    with pytest.raises(BadField, match="not UTF-8"):
        load(path)


def test_every_condition_of_the_vocabulary_is_used_by_a_published_ruleset() -> None:
    used = {rule.bound.name for path in RULESETS.glob("*.toml") for rule in load(path).rules.values()}
    assert used == set(CONDITIONS)


def test_a_later_level_with_a_longer_list_is_reachable() -> None:
    wider = parse(TEXT.replace('among = ["collective"]', 'among = ["family", "collective"]'))
    assert wider.levels[5].text.number == 6


def test_a_remark_changes_the_digest_and_not_the_rules() -> None:
    remarked = parse(TEXT.replace("# ---- Age", "# ---- Years of age"))
    assert remarked.digest != parse(TEXT).digest
    assert remarked.text == parse(TEXT).text
