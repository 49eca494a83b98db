"""What a failure below means for the caller: the refusal in whose words it is told.

SQLSTATEs are those of PostgreSQL, Appendix A. A transaction that failed was rolled back, so that "nothing was
changed" is true; only where the connection was lost, COMMIT may have been carried out, and the caller is told that
nobody knows.
"""

import socket

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.errors import ServiceError
from app.lifecycle import TransitionRefused
from app.logs import chain

UNREACHABLE = (PoolTimeout, TimeoutError, ConnectionError, socket.gaierror)

# By the beginning of the SQLSTATE.
MEANINGS = {
    "53": "service.busy",  # no disk, memory or connection left (F-06, F-10)
    "40": "service.busy",  # deadlock or serialisation
    "55P03": "service.busy",  # waited too long for a lock
    "57014": "service.busy",  # or for a statement
    "57P": "service.busy",  # the server starts or stops
    "08": "service.interrupted",
    "25P03": "service.interrupted",
    "25006": "access.forbidden",  # an auditor's transaction is read-only
    "42501": "access.not_found",  # row-level security, where the application's own check let somebody through
    "22021": "request.invalid",  # a character that no text of the database holds, such as NUL
    "22P05": "request.invalid",
}


def refusal_of(error: Exception) -> ServiceError:
    """How an error that no feature has put into words is told to the caller."""
    if isinstance(error, ServiceError):
        return error
    if isinstance(error, TransitionRefused):
        return ServiceError("transition.refused", state=error.state.value, event=error.event.value)
    return ServiceError(_code_of(error), action="-")


def _code_of(error: Exception) -> str:
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return "service.interrupted"
    for cause in chain(error):
        if isinstance(cause, UnicodeEncodeError):
            return "request.invalid"  # a lone surrogate: JSON can carry it, UTF-8 cannot
        state = getattr(cause, "sqlstate", None) or ""
        for beginning, code in MEANINGS.items():
            if state.startswith(beginning):
                return code
    return "service.busy" if isinstance(error, UNREACHABLE) else "service.failed"
