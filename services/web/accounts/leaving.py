"""All of a person's data as one zip, and an account that is deleted."""

import asyncio
import contextlib
import logging
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import msgspec

from services.core.errors import DiskError, DiskFull
from services.core.paths import Home
from services.web.accounts.streaming import ZipStream
from services.web.chat.runs import RunManager
from services.web.chat.session_list import SessionList
from services.web.chat.transfer.moving import export_chats
from services.web.library.files import TrashedFile
from services.web.library.library import Library
from services.web.library.types import Document
from services.web.safety.disk import forget_kept_chats
from services.web.safety.former import forget_all
from services.web.storage.accounts import delete_account_rows, delete_some_sessions, select_account, update_all_deleted
from services.web.storage.database import Database
from services.web.storage.templates import select_templates
from services.web.storage.transfer import select_session_ids
from services.web.storage.users import User
from services.web.storage.values import now

log = logging.getLogger(__name__)
PAGE = 500
SOME = 20
MAX_TEMPLATES = 10_000


async def own_documents(library: Library, user: User) -> list[Document]:
    """The documents of a person's own folder, newest first."""
    own: list[Document] = []
    before: int | None = None
    while page := await library.documents(user, limit=PAGE, before=before):
        own += [one for one in page if one.owner == user.username]
        before = int(page[-1].id)
    return own


# --- everything out ---------------------------------------------------------------------------------------------------


async def export_account(people: Database, library: Library, home: Home, user: User) -> AsyncIterator[bytes]:
    """A zip with account.json, chats.json, templates.json, documents.json and the files of the person's folder."""
    packed = ZipStream()
    account = await select_account(people, user.id)
    documents = await own_documents(library, user)
    templates = await select_templates(people, user.id, limit=MAX_TEMPLATES, before=None)
    told = {"username": user.username, "created_at": user.created_at, **msgspec.structs.asdict(account)}
    file = {"format": "ondol-templates", "version": 1, "templates": [one.body for one in reversed(templates)]}
    for name, value in (("account.json", told), ("templates.json", file), ("documents.json", documents)):
        async for data in packed.texts(name, _one(msgspec.json.format(msgspec.json.encode(value), indent=2))):
            yield data
    async for data in packed.texts("chats.json", export_chats(people, user.id)):
        yield data
    folder = home.inbox / user.username
    for path in await asyncio.to_thread(lambda: sorted(_files(folder))):
        with contextlib.suppress(FileNotFoundError), await asyncio.to_thread(path.open, "rb") as source:
            async for data in packed.file(f"files/{path.relative_to(folder)}", source, _until_empty):
                yield data
    yield packed.end()


async def _one(data: bytes) -> AsyncIterator[bytes]:
    yield data


async def _until_empty(step: Callable[[], bytes]) -> AsyncIterator[bytes]:
    while data := await asyncio.to_thread(step):
        yield data


def _files(folder: Path) -> Iterator[Path]:
    """Regular files that lie in the folder and are reached without links; hidden ones are not people's."""
    for path in folder.rglob("*"):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if not hidden and not path.is_symlink() and path.is_file() and path.resolve().is_relative_to(folder.resolve()):
            yield path


# --- everything gone --------------------------------------------------------------------------------------------------


class Leaving:
    """Deletes accounts."""

    def __init__(self, people: Database, library: Library, runs: RunManager, sessions: SessionList, home: Home) -> None:
        self._people = people
        self._library = library
        self._runs = runs
        self._sessions = sessions
        self._home = home

    async def delete(self, user: User) -> None:
        """Chats, templates, settings, documents, the inbox folder and what of it lies in the trash; databases of former
        times too, everybody's. Cut off in the middle, what is left is hidden, and deleting again goes on. Raises
        DiskFull, DiskError, OSError."""
        for session_id in await select_session_ids(self._people, user.id):
            await self._runs.stop(session_id, None)
        async with self._people.write() as tx:
            await update_all_deleted(tx, user.id, now())
        await self._delete_documents(user)
        deleted = True
        while deleted:
            async with self._people.write() as tx:
                deleted = await delete_some_sessions(tx, user.id, SOME) > 0
        async with self._people.write() as tx:
            await delete_account_rows(tx, user.id, f"{user.username}/")
        self._sessions.tell_much(user.id)  # other windows find that nobody is logged in
        # What the model had read is kept under names that do not say whose it was.
        await asyncio.to_thread(forget_kept_chats, self._home)
        await asyncio.to_thread(forget_all, self._home)  # whole databases of before
        try:
            await self._sessions.rewrite()
        except (DiskFull, DiskError) as error:
            log.error("words of a deleted account are still in the files, for now: %s", error.message)

    async def _delete_documents(self, user: User) -> None:
        documents = await own_documents(self._library, user)
        await asyncio.to_thread(_delete_files, self._home, user.username)
        await self._library.removed([one.path for one in documents])


def _delete_files(home: Home, username: str) -> None:
    _remove(home.inbox / username)
    for note in home.trash.glob("*/note.json"):
        try:
            owner = msgspec.json.decode(note.read_bytes(), type=TrashedFile).owner
        except (OSError, msgspec.MsgspecError):
            continue
        if owner == username:
            _remove(note.parent)


def _remove(folder: Path) -> None:
    """A folder with all that is in it. Raises OSError: nobody is told that a file is gone which is not."""
    shutil.rmtree(folder, onerror=_unless_gone)


def _unless_gone(_call: object, _path: object, raised: tuple[type[BaseException], BaseException, object]) -> None:
    """What vanishes meanwhile is gone as well; the rest is still to go."""
    if not isinstance(raised[1], FileNotFoundError):
        raise raised[1]
