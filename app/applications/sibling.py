"""The elder brother or sister at whose school a child is to be: named by number, older, and no twin."""

from datetime import date

from app.applications import numbers
from app.applications.children import ONE_NIGHT
from app.applications.form import Elder, Form
from app.errors import ServiceError

NUMBER = "elder.number"


def elder_named(form: Form) -> None:
    """Raises `application.elder_missing`, `application.elder_not_elder`; a draft may still lack the number."""
    if form.elder is None:
        if form.sibling_school is not None:
            raise ServiceError("application.elder_missing", "elder")
        return
    own = form.child.number
    if own is not None and own.get_secret_value() == form.elder.number.get_secret_value():
        raise ServiceError("application.elder_not_elder", NUMBER)
    born_on = _born_on(form.elder)
    if born_on is not None and born_on + ONE_NIGHT >= form.child.born_on:
        raise ServiceError("application.elder_not_elder", NUMBER)


def _born_on(elder: Elder) -> date | None:
    """As the number says; that of a foreign document does not."""
    if elder.number_kind == "foreign":
        return None
    return numbers.read(elder.number.get_secret_value(), NUMBER).born_on
