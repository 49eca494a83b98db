"""The words that schools and rounds share: stages of schooling, who keeps a school, a kindergarten's classes, and who
may list a programme."""

from enum import StrEnum


class Ownership(StrEnum):
    PUBLIC = "public"
    PRIVATE = "private"


class Stage(StrEnum):
    PRESCHOOL = "preschool"
    PRIMARY = "primary"
    JUNIOR = "junior"
    SPECIAL = "special"


class AgeClass(StrEnum):
    """A kindergarten's class: of those who are three (小班), four (中班) or five (大班), or of all ages (混合班)."""

    THREE = "three"
    FOUR = "four"
    FIVE = "five"
    MIXED = "mixed"


# In Chinese and English.
AGE_CLASS_WORDS: dict[str, tuple[str, str]] = {
    AgeClass.THREE: ("小班", "junior class (three years old)"),
    AgeClass.FOUR: ("中班", "middle class (four years old)"),
    AgeClass.FIVE: ("大班", "senior class (five years old)"),
    AgeClass.MIXED: ("混合班", "mixed class"),
}


def suits(offered: str, own: str) -> bool:
    """Whether a programme's class takes a child of this class; outside kindergartens there are none ("")."""
    return offered in ("", AgeClass.MIXED, own)


def may_join(ownership: str, inclusive: bool | None) -> bool:
    """Whether a kindergarten takes part in the public admission: a public or an inclusive private one (普惠性)."""
    return ownership == Ownership.PUBLIC or inclusive is True


class OpenTo(StrEnum):
    """To whom a programme is open as a wish. Whoever has a right there has it in any case, listed or not."""

    ANYONE = "anyone"
    CATCHMENT = "catchment"
    TOWN_NEW_RESIDENTS = "town_new_residents"
    SERVICE_AREA = "service_area"


class Payer(StrEnum):
    """Who pays for a place: the family what the school has filed, or the bureau, which purchases it of a private
    school; then it is without fee to the family."""

    FAMILY = "family"
    BUREAU = "bureau"
