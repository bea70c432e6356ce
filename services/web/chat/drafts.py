"""Reading while somebody types: the chat and the finished part of the question, at the lowest priority.

A draft lives in memory only. Nothing of it is stored, logged, or told to other viewers.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from services.core.config import ChatConfig
from services.core.errors import OndolError
from services.core.protocol.client import ModelClient
from services.core.protocol.frames import Generate, Message, Sampling
from services.web.chat.cases import Case, Cases
from services.web.chat.prompt import Passage
from services.web.storage.messages import StoredMessage
from services.web.storage.users import User

log = logging.getLogger(__name__)

EVERY_S = 0.5
"""A chat's draft is looked at this often at most."""
REST_S = 1.5
"""With documents: a draft that was not changed for this long is searched for."""
MAX_OPEN = 16
"""Chats with a draft at the same time; one more, and the one that rested longest is dropped."""
LONGEST_WORD = 12
"""Text this far from its end is finished even where no space says so (Chinese, Japanese, a pasted address)."""


def finished_part(content: str) -> str:
    """What of a draft will not change while its last word is being typed: a prefix of the message that is sent."""
    text = content.lstrip()
    space = next((i for i in range(len(text) - 1, -1, -1) if text[i].isspace()), 0)
    return text[: max(space, len(text) - LONGEST_WORD)].rstrip()


@dataclass(slots=True, eq=False)
class _Draft:
    user: User
    session_id: int
    viewer: object
    content: str
    use_rag: bool | None
    changed_at: float
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    begun: tuple[Message, ...] = ()
    """What was last asked to be read."""
    searched: str | None = None
    """The content that passages were last found for."""
    task: asyncio.Task[None] | None = None


class Drafts:
    """`offer` what is being typed, `drop` it when it is gone, `sent` when it became a question.

    `busy(session_id)` tells whether the chat is being answered: its history is not complete then. `calm()` is false
    while anybody is: a draft's search must not delay answers.
    """

    def __init__(
        self,
        model: ModelClient,
        cases: Cases,
        config: ChatConfig,
        busy: Callable[[int], bool],
        calm: Callable[[], bool],
    ) -> None:
        self._model = model
        self._cases = cases
        self._config = config
        self._busy = busy
        self._calm = calm
        self._open: dict[int, _Draft] = {}

    @property
    def wanted(self) -> bool:
        """Whether browsers shall send drafts at all."""
        return self._config.drafts

    async def close(self) -> None:
        tasks = [draft.task for draft in self._open.values() if draft.task is not None]
        for session_id in list(self._open):
            self.drop(session_id)
        await asyncio.gather(*tasks, return_exceptions=True)

    def offer(self, user: User, session_id: int, viewer: object, content: str, use_rag: bool | None) -> None:
        """Take in what `viewer` is typing; empty text drops the draft. The last one who types is read for."""
        if not self._config.drafts or self._busy(session_id):
            return
        if not content.strip():
            self.drop(session_id, viewer)
            return
        content = content[: self._config.max_draft_chars]
        now = asyncio.get_running_loop().time()
        draft = self._open.get(session_id)
        if draft is None:
            self._make_room()
            draft = self._open[session_id] = _Draft(user, session_id, viewer, content, use_rag, now)
            draft.task = asyncio.create_task(self._attend(draft), name=f"draft-{session_id}")
        elif (draft.content, draft.use_rag) != (content, use_rag):
            draft.content, draft.use_rag, draft.changed_at = content, use_rag, now
            draft.wake.set()
        draft.viewer = viewer

    def drop(self, session_id: int, viewer: object | None = None) -> None:
        """Stop reading; with `viewer` only if the draft is that one's."""
        draft = self._open.get(session_id)
        if draft is None or (viewer is not None and draft.viewer is not viewer):
            return
        self._cases.foresight.forget(session_id)
        del self._open[session_id]
        assert draft.task is not None
        draft.task.cancel()

    def sent(self, session_id: int) -> None:
        """The question is on its way: nothing more is begun, and what is under way goes on until its request arrives
        and takes over what was read."""
        draft = self._open.pop(session_id, None)
        if draft is not None:
            draft.wake.set()

    # --- inside ---------------------------------------------------------------------------------------------------

    def _make_room(self) -> None:
        if len(self._open) >= MAX_OPEN:
            self.drop(min(self._open, key=lambda session_id: self._open[session_id].changed_at))

    def _is_open(self, draft: _Draft) -> bool:
        return self._open.get(draft.session_id) is draft

    async def _attend(self, draft: _Draft) -> None:
        async with asyncio.TaskGroup() as readings:
            await self._follow(draft, readings)

    async def _follow(self, draft: _Draft, readings: asyncio.TaskGroup) -> None:
        """Ask the model to read for one chat's draft as long as it is open. Each request ends the one before it."""
        try:
            while self._is_open(draft):
                draft.wake.clear()
                request = await self._request(draft)
                if request is not None and self._is_open(draft):
                    draft.begun = request.messages
                    readings.create_task(self._read(request))
                await self._until_changed(draft)
        except OndolError as error:
            log.debug("a draft is not read: %s", error.code)
        except Exception as error:  # noqa: BLE001  # nobody waits for a draft, and its text must not reach the log
            log.warning("a draft is not read: %s", type(error).__name__)
        finally:
            if self._is_open(draft):
                del self._open[draft.session_id]

    async def _read(self, request: Generate) -> None:
        with contextlib.suppress(OndolError):  # away, or too long: the question itself will be told
            async for _ in self._model.generate(request):
                pass

    async def _until_changed(self, draft: _Draft) -> None:
        """Return when there may be something new to read."""
        began = asyncio.get_running_loop().time()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(REST_S if draft.searched != draft.content else None):
                await draft.wake.wait()
        await asyncio.sleep(began + EVERY_S - asyncio.get_running_loop().time() if self._is_open(draft) else 0)

    async def _request(self, draft: _Draft) -> Generate | None:
        """What to read now; None when there is nothing new.

        A chat with a seed gets none: what was read in other slices has other last bits, and the same seed shall say
        the same.
        """
        case = await self._cases.load(draft.user, draft.session_id)
        if case.settings.seed is not None:
            draft.searched = draft.content
            return None
        found = await self._prefix(draft, case)
        if found is None:
            return None
        text, passages = found
        question = StoredMessage(0, draft.session_id, "user", "queued", text, "")
        messages = self._cases.messages(case, question, passages)
        if messages == draft.begun:
            return None
        return Generate(
            id=self._model.next_id(),
            user=draft.user.username,
            cache_key=str(draft.session_id),
            messages=messages,
            sampling=Sampling(),
            max_tokens=case.settings.max_tokens,
            priority="draft",
        )

    async def _prefix(self, draft: _Draft, case: Case) -> tuple[str, list[Passage]] | None:
        """How the prompt begins: the finished words and the passages before them.

        Passages stand before the question, so with documents only the history is sure. When the draft rests, it is
        searched for and read behind what was found: the question that is sent mostly finds the same.
        """
        content = draft.content
        if not (case.settings.use_rag if draft.use_rag is None else draft.use_rag):
            draft.searched = content
            return finished_part(content), []
        rested = asyncio.get_running_loop().time() - draft.changed_at >= REST_S
        if not rested or not self._calm():
            return ("", []) if not draft.begun else None
        passages = await self._cases.foresee(case, content)
        draft.searched = content
        return finished_part(content), passages
