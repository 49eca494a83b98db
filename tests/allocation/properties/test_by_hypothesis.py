"""The same properties on bundles that Hypothesis draws and shrinks, read from their files."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from app.allocation.bundle import Bundle
from app.allocation.choices import Choice
from app.allocation.tables import Applicant, Tables, sorted_tables
from tests.allocation.instances import bundles
from tests.allocation.plain import prefers
from tests.allocation.properties.markets import places


def outcome(bundle: Bundle) -> dict[str, str | None]:
    return {name: programme or None for name, (programme, _) in places(bundle).items()}


def changed(bundle: Bundle, choices: list[Choice], applicants: list[Applicant] | None = None) -> Bundle:
    """The bundle with other rows and the same draw, as no bundle on disk could have it."""
    tables = bundle.tables
    rows = tables.programmes, tables.reserves, applicants or tables.applicants
    made: Tables = sorted_tables(*rows, choices, tables.fallbacks, len(bundle.header.keys))
    return replace(bundle, tables=made)


@settings(max_examples=150, deadline=None)
@given(bundles(applicants=8), st.data())
def test_nobody_gains_by_the_order_of_its_choices(bundle: Bundle, data: st.DataObject) -> None:
    """All choices stay, for with a fallback another priority may stand behind one that is left out."""
    name = data.draw(st.sampled_from([row.applicant for row in bundle.tables.applicants]))
    own = [row for row in bundle.tables.choices if row.applicant == name]
    others = [row for row in bundle.tables.choices if row.applicant != name]
    turned = [row._replace(rank=rank) for rank, row in enumerate(data.draw(st.permutations(own)), 1)]
    after = outcome(changed(bundle, [*others, *turned]))
    assert not prefers(bundle, name, after[name], outcome(bundle)[name])


@settings(max_examples=150, deadline=None)
@given(bundles(applicants=8), st.data())
def test_a_better_key_at_one_programme_never_hurts_that_child(bundle: Bundle, data: st.DataObject) -> None:
    chosen = list(bundle.tables.choices)
    named = [entry for entry in bundle.header.order if entry != "ticket"]
    if not chosen or not named:
        return
    at, row = data.draw(st.sampled_from([*enumerate(chosen)]))
    key = data.draw(st.integers(0, len(named) - 1))
    step = data.draw(st.integers(1, 3)) * (1 if named[key].endswith(">") else -1)
    better = row._replace(keys=(*row.keys[:key], row.keys[key] + step, *row.keys[key + 1 :]))
    after = outcome(changed(bundle, [*chosen[:at], better, *chosen[at + 1 :]]))
    assert not prefers(bundle, row.applicant, outcome(bundle)[row.applicant], after[row.applicant])


@settings(max_examples=150, deadline=None)
@given(bundles(applicants=8), st.data())
def test_one_more_seat_hurts_nobody(bundle: Bundle, data: st.DataObject) -> None:
    more = data.draw(st.sampled_from(bundle.tables.programmes))
    offered = tuple(row._replace(capacity=row.capacity + (row == more)) for row in bundle.tables.programmes)
    before, after = outcome(bundle), outcome(replace(bundle, tables=replace(bundle.tables, programmes=offered)))
    assert not [name for name in before if prefers(bundle, name, before[name], after[name])]


@settings(max_examples=150, deadline=None)
@given(bundles(applicants=8), st.data())
def test_who_leaves_hurts_nobody(bundle: Bundle, data: st.DataObject) -> None:
    gone = data.draw(st.sampled_from([row.applicant for row in bundle.tables.applicants]))
    stay = [row for row in bundle.tables.applicants if row.applicant != gone]
    choices = [row for row in bundle.tables.choices if row.applicant != gone]
    before, after = outcome(bundle), outcome(changed(bundle, choices, stay)) if stay else {}
    assert not [name for name in after if prefers(bundle, name, before[name], after[name])]
