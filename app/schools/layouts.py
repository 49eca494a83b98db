"""The seven kinds of file: their columns, by either name, and what each fills. The column order is free."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.schools import cells
from app.schools.cells import Reading, Value
from app.schools.models import (
    Catchment,
    Community,
    Feeder,
    KindergartenEnrolment,
    Programme,
    School,
    SchoolClass,
    Town,
)


class Kind(StrEnum):
    TOWNS = "towns"
    SCHOOLS = "schools"
    COMMUNITIES = "communities"
    CATCHMENTS = "catchments"
    FEEDERS = "feeders"
    PROGRAMMES = "programmes"
    CLASSES = "classes"
    ENROLMENTS = "enrolments"


@dataclass(frozen=True)
class Column:
    """`name` or `zh` stands in the header; `field` is the table's. An optional cell left empty means `default`."""

    name: str
    zh: str
    field: str
    reading: Reading
    required: bool = True
    default: Value | None = None


@dataclass(frozen=True)
class Layout:
    """`key` tells rows apart; `scope` is the field whose values in the file bound what the file speaks of."""

    subject: str
    model: type[Any]
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    scope: str | None = None

    @property
    def defaults(self) -> dict[str, Any]:
        return {column.field: column.default for column in self.columns if not column.required}

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(column.field for column in self.columns)


FROM = Column("valid_from", "起期", "valid_from", cells.day)
TO = Column("valid_to", "止期", "valid_to", cells.day, required=False)
INVENTED = Column("fictitious", "虚构", "fictitious", cells.yes_no, required=False, default=False)
NAME = Column("name", "名称", "name", cells.name)
LON = Column("lon", "经度", "east_m", cells.longitude)
LAT = Column("lat", "纬度", "north_m", cells.latitude)
SCHOOL = Column("school", "学校编号", "school", cells.identifier)
AGE_CLASS = cells.one_of(cells.AGE_CLASSES)
TOWN_KINDS = {"街道": "subdistrict", "镇": "town", "乡": "township"}
OWNERSHIP = {"公办": "public", "民办": "private"}
OPEN_TO = {"不限": "anyone", "本学区": "catchment", "本镇新居民": "town_new_residents", "服务区": "service_area"}
PAYERS = {"家庭": "family", "教育局": "bureau"}


def either(words: dict[str, str]) -> Reading:
    """One of these in Chinese, or its English word."""
    return cells.one_of(words | {word: word for word in words.values()})


LAYOUTS = {
    Kind.TOWNS: Layout(
        "town",
        Town,
        ("id",),
        (
            Column("code", "代码", "id", cells.town_code),
            NAME,
            Column("kind", "类别", "kind", either(TOWN_KINDS)),
            FROM,
            TO,
            Column("succeeded_by", "接替代码", "succeeded_by", cells.town_code, required=False),
            Column("approx_lon", "约经度", "east_m", cells.longitude),
            Column("approx_lat", "约纬度", "north_m", cells.latitude),
            INVENTED,
        ),
    ),
    Kind.SCHOOLS: Layout(
        "school",
        School,
        ("id",),
        (
            Column("school", "学校编号", "id", cells.identifier),
            NAME,
            Column("stages", "学段", "stages", cells.stages),
            Column("ownership", "办学性质", "ownership", either(OWNERSHIP)),
            Column("inclusive", "普惠性", "inclusive", cells.yes_no, required=False),
            Column("kindergarten_level", "幼儿园等级", "kindergarten_level", cells.whole(1, 3), required=False),
            Column("level_recheck_on", "等级复核日期", "level_recheck_on", cells.day, required=False),
            Column("town", "乡镇街道代码", "town", cells.town_code),
            Column("consortium", "联合体", "consortium", cells.text, required=False, default=""),
            Column("official_code", "学校标识码", "official_code", cells.identifier, required=False, default=""),
            LON,
            LAT,
            FROM,
            TO,
            INVENTED,
        ),
    ),
    Kind.COMMUNITIES: Layout(
        "community",
        Community,
        ("id",),
        (
            Column("community", "村社区编号", "id", cells.identifier),
            NAME,
            Column("town", "乡镇街道代码", "town", cells.town_code),
            LON,
            LAT,
            FROM,
            TO,
            INVENTED,
        ),
    ),
    Kind.CATCHMENTS: Layout(
        "catchment",
        Catchment,
        ("stage", "community", "school", "valid_from"),
        (
            Column("stage", "学段", "stage", cells.one_of(cells.STAGE_WORDS)),
            Column("community", "村社区编号", "community", cells.identifier),
            SCHOOL,
            FROM,
            TO,
            INVENTED,
        ),
        scope="stage",
    ),
    Kind.FEEDERS: Layout(
        "feeder",
        Feeder,
        ("primary", "junior", "valid_from"),
        (
            Column("primary", "小学编号", "primary", cells.identifier),
            Column("junior", "初中编号", "junior", cells.identifier),
            FROM,
            TO,
            INVENTED,
        ),
    ),
    Kind.PROGRAMMES: Layout(
        "programme",
        Programme,
        ("id",),
        (
            Column("round", "轮次", "round", cells.identifier),
            Column("programme", "计划编号", "id", cells.identifier),
            SCHOOL,
            Column("grade", "入学年级", "grade", cells.whole(0, 9)),
            Column("age_class", "年龄班", "age_class", AGE_CLASS, required=False, default=""),
            Column("classes", "班数", "classes", cells.whole(0, 100)),
            Column("class_size", "班额", "class_size", cells.whole(1, 60)),
            Column("open_to", "志愿范围", "open_to", either(OPEN_TO), required=False, default="anyone"),
            Column("payer", "付费方", "payer", either(PAYERS), required=False, default="family"),
            Column("fee_fen", "每学期收费（分）", "fee_fen", cells.whole(0, 100_000_000), required=False, default=0),
            INVENTED,
        ),
        scope="round",
    ),
    Kind.CLASSES: Layout(
        "class",
        SchoolClass,
        ("year", "school", "grade", "number"),
        (
            Column("year", "学年起始年", "year", cells.whole(2000, 2200)),
            SCHOOL,
            Column("grade", "年级", "grade", cells.whole(0, 9)),
            Column("class", "班号", "number", cells.whole(1, 100)),
            Column("size_limit", "班额上限", "size_limit", cells.whole(0, 60)),
            Column("pupils", "在籍人数", "pupils", cells.whole(0, 100)),
            INVENTED,
        ),
    ),
    Kind.ENROLMENTS: Layout(
        "enrolment",
        KindergartenEnrolment,
        ("school", "year", "age_class"),
        (
            SCHOOL,
            Column("year", "学年", "year", cells.whole(2000, 2200)),
            Column("age_class", "年龄班", "age_class", AGE_CLASS),
            Column("children", "在园人数", "children", cells.whole(0, 5000)),
            INVENTED,
        ),
        scope="year",
    ),
}
