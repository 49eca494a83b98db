"""A request for each row of what offices and the provincial platform receive."""

from datetime import UTC, datetime, timedelta
from json import dumps

from app.applications.incoming_schemas import GUARDIAN
from tests.access.sent import Sent, filled
from tests.access.stage import Stage


def intake_calls(stage: Stage) -> dict[str, Sent]:
    opened = {"round_id": stage.round("open")}
    arrival = {"office": stage.bureau, "origin": "paper", "number": "2026-0100", "pages": 3}
    typed = {"guardian": GUARDIAN, "form": filled("虚构儿童己")}
    counter, paper, entered = ({"item_id": stage.objects[f"{name} item"]} for name in ("counter", "paper", "entered"))
    return {
        "register_incoming": Sent(opened, arrival),
        "list_incoming": Sent({"office": stage.bureau}),
        "print_incoming_receipt": Sent(paper),
        "serve_at_counter": Sent(counter, typed),
        "enter_incoming": Sent(paper, typed),
        "check_incoming": Sent(entered, typed),
        "settle_incoming": Sent(paper, {"reason": "duplicate"}),
        "dry_run_platform_file": Sent(opened, file=platform_file()),
        "apply_platform_file": Sent(opened, file=platform_file()),
    }


def platform_file() -> bytes:
    """One line of the provincial platform, just now."""
    at = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
    whole = {"number": "FICT-1", "submitted_at": at, "guardian": GUARDIAN, "form": filled("虚构儿童己")}
    return dumps(whole).encode()
