"""Which branch of a chat is shown, and branches that go. Runs are begun elsewhere (services/web/chat/beginning.py)."""

from services.core.errors import RunInProgress
from services.web.chat.beginning import own_message
from services.web.chat.events import BranchShown, EventHub, session_topic
from services.web.storage.database import Database
from services.web.storage.sessions import select_session
from services.web.storage.tree import (
    delete_under,
    select_is_under,
    select_leaf,
    select_newest,
    select_newest_under,
    select_running_under,
    update_leaf,
)
from services.web.storage.users import User


class Branches:
    """Every viewer of a chat is told when another branch of it is shown."""

    def __init__(self, people: Database, events: EventHub) -> None:
        self._people = people
        self._events = events

    async def select(self, user: User, session_id: int, message_id: int) -> None:
        """Show the newest branch that this message is in; one that is in the shown branch changes nothing. Raises
        NotFound."""
        async with self._people.write() as tx:
            await select_session(tx, user.id, session_id)
            await own_message(tx, session_id, message_id)
            shown = await select_leaf(tx, session_id)
            if shown is not None and await select_is_under(tx, shown, message_id):
                return
            leaf = await select_newest_under(tx, message_id)
            await update_leaf(tx, session_id, leaf)
        self._tell(session_id, leaf)

    async def delete(self, user: User, session_id: int, message_id: int) -> None:
        """Delete a message with all that was said after it, in all versions. If that was shown, the newest branch of
        what stood beside it is shown now. Raises NotFound, RunInProgress."""
        async with self._people.write() as tx:
            await select_session(tx, user.id, session_id)
            message = await own_message(tx, session_id, message_id)
            if await select_running_under(tx, message_id):
                raise RunInProgress("an answer under this message is being made; stop it or wait")
            leaf = await select_leaf(tx, session_id)
            shown = leaf is not None and await select_is_under(tx, leaf, message_id)
            await delete_under(tx, message_id)
            if shown:
                above = message.parent_id
                leaf = await select_newest(tx, session_id) if above is None else await select_newest_under(tx, above)
                await update_leaf(tx, session_id, leaf)
        self._tell(session_id, leaf)

    def _tell(self, session_id: int, leaf_id: int | None) -> None:
        self._events.publish(session_topic(session_id), BranchShown(leaf_id))
