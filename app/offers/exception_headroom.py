"""How many children a programme's classes may still hold above the seats that the draw gave."""

from dataclasses import dataclass

from app.schools.class_limits import class_limit
from app.schools.queries import ProgrammeSeats


@dataclass(frozen=True)
class Headroom:
    """`class_limit`: children that a class may hold. `settled`: seats of decisions, `reduction`: what these take off
    their classes. `drawn`: seats of the frozen bundle. `admitted`: children who hold a place there by exception.

    `left`: what is left of classes × class limit when all these are taken off; a seat that a family gave up is none
    of it, for it belongs to the later pass. `register`: what the classes have left as their school has reported them,
    negative above their limits, where it has: then that is left, and while a later `pass_may_come` never more of it
    than by the plan.
    """

    programme: str
    school: str
    classes: int
    class_size: int
    class_limit: int
    settled: int
    reduction: int
    drawn: int
    admitted: int
    register: int | None = None
    pass_may_come: bool = True

    @property
    def left(self) -> int:
        return max(0, -self.excess(0))

    def excess(self, more: int) -> int:
        """By how many children the classes stand above their limits when so many more are admitted; negative below."""
        taken = self.settled + self.reduction + self.drawn + self.admitted
        planned = taken + more - self.classes * self.class_limit
        if self.register is None:
            return planned
        return max(planned, more - self.register) if self.pass_may_come else more - self.register


def headroom(plan: ProgrammeSeats, stage: str, drawn: int, admitted: int) -> Headroom:
    """The headroom of a programme of a round of this stage, in children."""
    return Headroom(
        plan.id,
        plan.school,
        plan.classes,
        plan.class_size,
        class_limit(stage, plan.age_class, plan.class_size),
        plan.settled,
        plan.reduction,
        drawn,
        admitted,
    )
