"""Small random bundles, fictitious throughout."""

from hypothesis import strategies as st

from app.allocation.bundle import Bundle, parse_bundle, render_bundle
from app.allocation.choices import Choice
from app.allocation.manifest import Draw, Header
from app.allocation.tables import Applicant, Fallback, Programme, Reserve, Tables, sorted_tables

ORDERS = [("ticket",), ("level<", "ticket"), ("points>", "level<"), ("ticket", "points>"), ("level<", "points>")]


@st.composite
def bundles(draw: st.DrawFn, applicants: int = 5, programmes: int = 3) -> Bundle:
    """A drawn bundle of a first pass with up to so many applicants and programmes."""
    order = draw(st.sampled_from(ORDERS))
    header = Header(
        round=draw(st.sampled_from(["r1", "r2", "r3"])),
        order=order,
        ticket=draw(st.sampled_from(["per-applicant", "per-programme"])),
        reserves=draw(st.sampled_from(["reserved-first", "open-first"])),
        draw_name="fictitious" if "ticket" in order else None,
    )
    names = [f"P{number}" for number in range(draw(st.integers(1, programmes)))]
    rows = [Programme(name, draw(st.integers(0, 3))) for name in names]
    fallbacks = [Fallback(f, rank, p) for f in "FG" for rank, p in draw(ranked(names))]
    tables = sorted_tables(
        rows,
        [reserve for row in rows for reserve in draw(reserves(row))],
        [draw(applicant(number, header, fallbacks)) for number in range(draw(st.integers(1, applicants)))],
        [],
        fallbacks,
        len(header.keys),
    )
    choices = [choice for row in tables.applicants for choice in draw(own_choices(row, header, names))]
    return frozen(header, sorted_tables(rows, tables.reserves, tables.applicants, choices, fallbacks, len(header.keys)))


def frozen(header: Header, tables: Tables, value: str = "4-0-7") -> Bundle:
    """The bundle of these rows, drawn where its order asks for it."""
    undrawn = parse_bundle(render_bundle(header, tables))
    if "ticket" not in header.order:
        return undrawn
    return parse_bundle(render_bundle(header, tables, Draw(undrawn.root, value)))


def files_of(bundle: Bundle) -> dict[str, bytes]:
    return render_bundle(bundle.header, bundle.tables, bundle.draw)


def keys(header: Header) -> st.SearchStrategy[tuple[int, ...]]:
    return st.tuples(*(st.integers(-1, 2) for _ in header.keys))


@st.composite
def ranked(draw: st.DrawFn, names: list[str]) -> list[tuple[int, str]]:
    listed = draw(st.permutations(names))[: draw(st.integers(0, len(names)))]
    ranks = sorted(draw(st.sets(st.integers(1, 9), min_size=len(listed), max_size=len(listed))))
    return list(zip(ranks, listed, strict=True))


@st.composite
def reserves(draw: st.DrawFn, row: Programme) -> list[Reserve]:
    groups = draw(st.permutations(["meal", "migrant", f"sibling:{row.programme}"]))
    made, free = [], row.capacity
    for precedence, group in enumerate(groups[: draw(st.integers(0, 3))], 1):
        seats = draw(st.integers(0, free))
        made.append(Reserve(row.programme, precedence, group, seats))
        free -= seats
    return made


@st.composite
def applicant(draw: st.DrawFn, number: int, header: Header, fallbacks: list[Fallback]) -> Applicant:
    fallback = draw(st.sampled_from(["", *sorted({row.fallback for row in fallbacks})]))
    groups = draw(st.sets(st.sampled_from(["meal", "migrant", "sibling:P0"])))
    unit = draw(st.sampled_from(["", "", "twins"]))
    return Applicant(f"a{number}", unit, tuple(sorted(groups)), fallback, draw(keys(header)) if fallback else ())


@st.composite
def own_choices(draw: st.DrawFn, row: Applicant, header: Header, names: list[str]) -> list[Choice]:
    return [Choice(row.applicant, rank, name, draw(keys(header))) for rank, name in draw(ranked(names))]
