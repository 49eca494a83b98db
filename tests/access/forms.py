"""Forms that a town has received on a stage: one at the counter and two on paper, of which one is entered."""

from uuid import UUID

from app.applications import incoming, incoming_entry
from app.applications.form import Holder
from app.applications.incoming import Arrival
from app.applications.incoming_entry import Typed
from app.applications.incoming_schemas import GUARDIAN
from app.applications.origin import Brought
from app.vault import Vault
from tests.county import County, form

RECEIVED = {"counter": Brought.COUNTER, "paper": Brought.PAPER, "entered": Brought.PAPER}


async def receive_forms(county: County, vault: Vault) -> dict[str, UUID]:
    """Each by its name; a colleague of whoever acts afterwards received them."""
    clerk, items = county.world.staff["casework-2"], {}
    async with county.world.database.transaction(clerk) as session:
        for number, (name, brought) in enumerate(RECEIVED.items()):
            arrival = Arrival("t1", brought, f"2026-{number:04}", 3)
            items[f"{name} item"] = await incoming.register(session, clerk, county.round, arrival)
        typed = Typed(Holder.model_validate(GUARDIAN), form("虚构儿童己"))
        await incoming_entry.enter(session, vault, clerk, items["entered item"], typed)
    return items
