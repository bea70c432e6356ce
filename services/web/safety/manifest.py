"""What a backup file says of itself, and what must be true of one before anything of it is used. Pure.

A backup is a ZIP file (so that a document can be taken out of it on any computer) whose last member, `manifest.json`,
names every other one with its length and SHA-256.
"""

from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Literal

import msgspec

from services.core.errors import OndolError

MANIFEST = "manifest.json"
DATABASE = "db/ondol.db"
SETTINGS = "ondol.toml"
SECRET = "secret.key"
INBOX = "inbox/"
FORMAT_VERSION = 1
MAX_MANIFEST_BYTES = 200_000_000
MAX_MEMBERS = 1_000_000
Reason = Literal["foreign", "damaged", "newer", "unsafe"]


class BackupRefused(OndolError):
    """The file is not a backup that can be restored here; params: reason (foreign, damaged, newer, unsafe)."""

    code = "backup_refused"
    status = 400

    def __init__(self, message: str, reason: Reason) -> None:
        super().__init__(message, reason=reason)


class Member(msgspec.Struct, frozen=True):
    name: str
    size: int
    sha256: str
    mtime_ns: int


class Manifest(msgspec.Struct, frozen=True):
    """`schema` is the number of the last migration of its ondol.db, `counts` its rows by table, `skipped` files of the
    inbox that could not be read or have a name that no ZIP file can hold."""

    format: Literal["ondol-backup"]
    version: int
    ondol: str
    created_at: str
    schema: int
    counts: dict[str, int]
    members: list[Member]
    skipped: list[str]

    @property
    def size(self) -> int:
        """Bytes of everything in it, unpacked."""
        return sum(member.size for member in self.members)


def parse_manifest(data: bytes) -> Manifest:
    """Raises BackupRefused."""
    try:
        version = msgspec.json.decode(data, type=dict[str, msgspec.Raw]).get("version", msgspec.Raw(b"0"))
        if int(bytes(version)) > FORMAT_VERSION:
            raise BackupRefused("the backup was made by a newer Ondol; update this one first", "newer")
        return msgspec.json.decode(data, type=Manifest)
    except (msgspec.MsgspecError, ValueError) as error:
        raise BackupRefused(f"this is not a backup of Ondol: {error}", "foreign") from None


def check_manifest(manifest: Manifest, in_file: Iterable[tuple[str, int]], newest_schema: int) -> None:
    """Raises BackupRefused unless the members are exactly those of the file (name, length), with names that stay inside
    their folder, and the database is not newer than this Ondol."""
    if manifest.schema > newest_schema:
        raise BackupRefused(
            f"the backup's database has version {manifest.schema}, this Ondol knows up to {newest_schema};"
            " update Ondol first",
            "newer",
        )
    named = [(member.name, member.size) for member in manifest.members]
    for name, size in named:
        if not _is_safe(name) or size < 0:
            raise BackupRefused(f"the backup names a file that does not belong into one: {name!r}", "unsafe")
    if sorted(named) != sorted(in_file) or len({name for name, _ in named}) != len(named):
        raise BackupRefused("the files in the backup are not those that it names", "damaged")
    if DATABASE not in dict(named):
        raise BackupRefused("there is no database in the backup", "damaged")


def _is_safe(name: str) -> bool:
    if name in (DATABASE, SETTINGS, SECRET):
        return True
    parts = name.split("/")
    proper = all(part not in ("", ".", "..") and "\0" not in part for part in parts)
    return name.startswith(INBOX) and len(parts) > 1 and proper and str(PurePosixPath(name)) == name
