"""What a prompt is made of, loaded the same way for a question that was sent and for one that is being typed."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.core.config import Config
from services.core.errors import NotFound
from services.core.protocol.client import ModelClient
from services.core.protocol.frames import Message
from services.web.chat.foresight import Foresight
from services.web.chat.prompt import Passage, build, turns_of
from services.web.chat.retrieval import Searcher, find_passages
from services.web.chat.settings import ChatSettings, defaults, resolve
from services.web.storage.database import Database
from services.web.storage.messages import StoredMessage, select_branch
from services.web.storage.sessions import select_session
from services.web.storage.templates import TemplateBody, select_template
from services.web.storage.tree import select_leaf
from services.web.storage.users import User

HISTORY_MESSAGES = 1000


@dataclass(frozen=True, slots=True)
class Case:
    """A chat as it stands before its question."""

    user: User
    session_id: int
    settings: ChatSettings
    template: TemplateBody | None
    history: list[StoredMessage]


class Cases:
    """Loads cases, finds passages for them, lays them out."""

    def __init__(self, people: Database, model: ModelClient, library: Searcher, config: Config) -> None:
        self._people = people
        self._model = model
        self._library = library
        self._config = config
        self._base = defaults(config.chat)
        self.foresight = Foresight()

    async def load(self, user: User, session_id: int, question: StoredMessage | None = None) -> Case:
        """The branch that a question stands at the end of; the one that is shown for a question that is being typed.
        Raises NotFound when the chat is not this user's."""
        session = await select_session(self._people, user.id, session_id)
        settings = resolve(session.overrides, self._base)
        last = await select_leaf(self._people, session_id) if question is None else question.parent_id
        return Case(
            user=user,
            session_id=session_id,
            settings=settings,
            template=await self._template(user.id, settings.template_id),
            history=await select_branch(self._people, last, limit=HISTORY_MESSAGES),
        )

    async def passages(self, case: Case, question: str) -> list[Passage]:
        """What the library says to `question`; the search is not made again when a draft has just made it."""
        known = self.foresight.take(case.session_id, question, case.settings)
        return await self._find(case, question) if known is None else known

    async def foresee(self, case: Case, question: str) -> list[Passage]:
        """The same for a draft, kept for when it is sent."""
        known = self.foresight.peek(case.session_id, question, case.settings)
        if known is None:
            known = await self._find(case, question)
            self.foresight.keep(case.session_id, question, case.settings, known)
        return known

    async def _find(self, case: Case, question: str) -> list[Passage]:
        earlier = turns_of(case.history)
        return await find_passages(
            self._library, self._model, case.user, question, earlier, case.settings, self._config.rag
        )

    def messages(self, case: Case, question: StoredMessage, passages: Sequence[Passage]) -> tuple[Message, ...]:
        """The whole prompt for the model that answers now."""
        return build(case.settings, case.template, turns_of(case.history), question, passages, self.model_key())

    def model_key(self) -> str:
        """The vocabulary that stored tokens must be of: the file that answers now."""
        state = self._model.state
        return state.facts.file if state is not None and state.facts is not None else ""

    async def _template(self, user_id: int, template_id: str | None) -> TemplateBody | None:
        """A template that was deleted since is as good as none."""
        if template_id is None or not template_id.isdigit():
            return None
        try:
            return (await select_template(self._people, user_id, int(template_id))).body
        except NotFound:
            return None
