"""What users do to documents. The folder is the truth: every change is one of a file, and the row follows at once."""

import asyncio
import os
import unicodedata
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from services.core.errors import Conflict, DiskError, DiskFull, Forbidden, NotFound, Unsupported
from services.core.paths import Home
from services.web.library import files
from services.web.library.asking import is_letter
from services.web.library.paths import SHARED, is_text, on_disk, renamed, safe_folder, text_title
from services.web.library.shelf import Shelf
from services.web.storage.database import Database
from services.web.storage.documents import (
    Document,
    insert_document,
    select_document,
    select_document_id,
    select_visible_document,
    split_path,
    update_document_path,
    update_document_requeued,
)
from services.web.storage.users import User
from services.web.storage.values import now

Notify = Callable[[Sequence[int]], Awaitable[None]]


class Editing:
    def __init__(self, home: Home, db: Database, shelf: Shelf, notify: Notify, *, shared_writable: bool) -> None:
        self._home = home
        self._db = db
        self._shelf = shelf
        self._notify = notify
        self._shared_writable = shared_writable

    def folder(self, user: User, *, shared: bool, path: str = "") -> Path:
        """Where a new file of the user goes. Raises Forbidden for the shared folder when only the owner may change it,
        BadRequest for an unsafe `path`."""
        if shared and not self._shared_writable:
            raise Forbidden("shared documents cannot be changed here; the setting rag.shared_writable is off")
        return self._home.inbox / (SHARED if shared else user.username) / safe_folder(path)

    def file(self, document: Document) -> Path:
        """The document's file, by the name it has on disk: macOS may have written it decomposed. Raises NotFound."""
        return on_disk(self._home.inbox, document.path)

    async def visible(self, user: User, document_id: int) -> Document:
        """Raises NotFound for what the user may not see."""
        document = await select_visible_document(self._db, document_id, user.username)
        if document is None:
            raise NotFound(f"no document {document_id}", document_id=str(document_id))
        return document

    async def writable(self, user: User, document_id: int) -> Document:
        """Raises NotFound, or Forbidden for shared documents when only the owner of the box may change them."""
        document = await self.visible(user, document_id)
        if document.owner is None and not self._shared_writable:
            raise Forbidden("shared documents cannot be changed here; the setting rag.shared_writable is off")
        return document

    async def create(self, user: User, title: str, content: str, *, shared: bool) -> Document:
        """A text that was typed in becomes a file."""
        folder = self.folder(user, shared=shared)
        target = await asyncio.to_thread(files.write_new, folder, text_title(title), content)
        return await self.announce(target)

    async def announce(self, target: Path) -> Document:
        """List a file that was just written into the inbox, before ingest has seen it. A question by file is no
        document: what is returned for it is in no list, and has the id 0."""
        path = unicodedata.normalize("NFC", str(target.relative_to(self._home.inbox)))
        size = await asyncio.to_thread(lambda: target.stat().st_size)
        if is_letter(target.name):
            return _no_document(path, size)
        try:
            async with self._db.write() as tx:
                document_id = await select_document_id(tx, path)  # ingest may have been faster
                if document_id is None:
                    document_id = await insert_document(tx, path, size_bytes=size)
        except (DiskFull, DiskError):
            # Who is told that it failed sends it again: then it must not be there twice.
            await asyncio.to_thread(target.unlink, missing_ok=True)
            raise
        return await self._changed(document_id)

    async def update(self, user: User, document_id: int, title: str | None, content: str | None) -> Document:
        """Rewrite or rename. Raises Unsupported when plain text would overwrite a file of another kind."""
        document = await self.writable(user, document_id)
        if content is not None:
            if not is_text(document.title):
                raise Unsupported(f"{document.title} is no text file; upload it anew instead", title=document.title)
            path = await asyncio.to_thread(self.file, document)
            await asyncio.to_thread(files.write_whole, path, content)
            async with self._db.write() as tx:
                await update_document_requeued(tx, document_id, len(content.encode()))
        if title is not None:
            await self._rename(document, renamed(document.title, title))
        return await self._changed(document_id)

    async def _rename(self, document: Document, name: str) -> None:
        if name == document.title:
            return
        source = await asyncio.to_thread(self.file, document)
        # The row is renamed inside the transaction that the file is renamed in: ingest's report then finds it done.
        async with self._db.write() as tx:
            target = await asyncio.to_thread(files.rename, source, name)
            path = unicodedata.normalize("NFC", str(target.relative_to(self._home.inbox)))
            present = await select_document_id(tx, path)
            if present is not None:
                await self._shelf.remove(tx, present)
            await update_document_path(tx, int(document.id), path)

    async def delete(self, user: User, document_id: int) -> Document:
        """Into the trash, and out of every search at once. The document as it was."""
        document = await self.writable(user, document_id)
        note = files.TrashedFile(document_id, document.path, document.owner, now())
        try:
            on_disk = await asyncio.to_thread(self.file, document)
            await asyncio.to_thread(files.to_trash, self._home, note, on_disk)
        except NotFound:
            pass  # the file went first; the row follows
        async with self._db.write() as tx:
            await self._shelf.remove(tx, document_id)
        return document

    async def restore(self, user: User, document_id: int) -> Document:
        """Undo a deletion, under the same id. Raises NotFound, Conflict when it is not deleted, Forbidden."""
        if await select_visible_document(self._db, document_id, user.username) is not None:
            raise Conflict(f"document {document_id} is not in the trash", document_id=str(document_id))
        folder, note = await asyncio.to_thread(files.find_trashed, self._home, document_id, user.username)
        if note.owner is None and not self._shared_writable:
            raise Forbidden("shared documents cannot be changed here; the setting rag.shared_writable is off")
        path = unicodedata.normalize("NFC", await asyncio.to_thread(files.from_trash, self._home, folder, note))
        size = await asyncio.to_thread(lambda: on_disk(self._home.inbox, path).stat().st_size)
        async with self._db.write() as tx:
            present = await select_document_id(tx, path)  # ingest may have been faster, under a new id
            if present is not None:
                await self._shelf.remove(tx, present)
            taken = await select_document(tx, document_id) is not None
            restored = await insert_document(tx, path, size_bytes=size, document_id=None if taken else document_id)
        return await self._changed(restored)

    async def retry(self, user: User, document_id: int) -> Document:
        """Have the file read again: touching it is what ingest sees."""
        document = await self.writable(user, document_id)
        async with self._db.write() as tx:
            await update_document_requeued(tx, document_id)
        path = await asyncio.to_thread(self.file, document)
        await asyncio.to_thread(os.utime, path)
        return await self._changed(document_id)

    async def _changed(self, document_id: int) -> Document:
        await self._notify([document_id])
        document = await select_document(self._db, document_id)
        if document is None:
            raise NotFound(f"document {document_id} was deleted meanwhile", document_id=str(document_id))
        return document


def _no_document(path: str, size_bytes: int) -> Document:
    owner, collection, title = split_path(path)
    moment = now()
    return Document("0", title, path, owner, collection, "ready", None, size_bytes, 0, 0, None, moment, moment)
