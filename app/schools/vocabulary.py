"""The words that schools and rounds share: stages of schooling, and who keeps a school."""

from enum import StrEnum


class Ownership(StrEnum):
    PUBLIC = "public"
    PRIVATE = "private"


class Stage(StrEnum):
    PRESCHOOL = "preschool"
    PRIMARY = "primary"
    JUNIOR = "junior"
    SPECIAL = "special"
