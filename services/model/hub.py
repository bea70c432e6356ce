"""Fetches one file from the model hub, or a mirror of it, so that a cut costs nothing and a wrong byte is seen.

The hub's client removes what it has when a download ends early, so only its lower parts are used here: the metadata
request, and a GET that goes on from a given size and retries short cuts by itself.
"""

import errno
import fcntl
import hashlib
import logging
import os
import re
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

import httpx2
from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.file_download import HfFileMetadata, get_hf_file_metadata, hf_hub_url, http_get
from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]  # public, but not re-exported by name

from services.core.catalogue import CatalogueModel
from services.core.durable import sync_folder
from services.core.errors import Conflict, DiskError, DiskFull, OndolError

# What the rest of the house (journal, uploads, snapshots) keeps when the model has landed.
HEADROOM_BYTES = 500_000_000
_SHA256 = re.compile(r"[0-9a-f]{64}")


class HubUnreachable(OndolError):
    """The hub gave no answer, or not to the end. What has arrived is kept."""

    code = "hub_unreachable"
    status = 503


class HubRefused(OndolError):
    """The hub answered, but does not give this file."""

    code = "hub_refused"
    status = 502


class ChecksumMismatch(OndolError):
    """The bytes are not those of the catalogue."""

    code = "checksum_mismatch"
    status = 502


def free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


class Hub:
    """A hub at `endpoint` (empty: the public one), asked with `token` (empty: none)."""

    def __init__(self, endpoint: str, token: str, free: Callable[[Path], int] = free_bytes) -> None:
        self._endpoint = endpoint.rstrip("/") or None
        self._token = token or False
        self._free = free
        logging.getLogger("huggingface_hub").setLevel(logging.ERROR)

    def download(self, model: CatalogueModel, folder: Path) -> Path:
        """Put the model into `folder` under its own name, whole and checked, or raise and leave no such name.

        Raises HubUnreachable, HubRefused, ChecksumMismatch, DiskFull, DiskError, OSError, and Conflict when another
        download of it runs.
        """
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / model.file
        if target.exists():
            return _verified(target, model)
        metadata = self._metadata(model)
        sha256 = expected_sha256(model, metadata)
        part = folder / f"{model.file}.{sha256[:12]}.part"
        file = part.open("ab")
        try:
            _lock(file, model)
            self._fill(file, part, model, metadata)
            _check(part, sha256, model)
            part.rename(target)
        finally:
            # What matters was synced before; on a full disk closing would fail once more and hide the reason.
            with suppress(OSError):
                file.close()
        sync_folder(folder)
        return target

    def _metadata(self, model: CatalogueModel) -> HfFileMetadata:
        url = hf_hub_url(model.repo, model.file, revision=model.revision, endpoint=self._endpoint)
        try:
            return get_hf_file_metadata(url, token=self._token, endpoint=self._endpoint)
        except (HfHubHTTPError, httpx2.HTTPError, httpx2.InvalidURL, OfflineModeIsEnabled) as error:
            raise _explained(error, model) from None

    def _fill(self, file: BinaryIO, part: Path, model: CatalogueModel, metadata: HfFileMetadata) -> None:
        size = metadata.size or model.size_bytes
        have = part.stat().st_size
        if have > size:
            file.truncate(0)
            have = 0
        missing, free = size - have, self._free(part.parent)
        if free < missing + HEADROOM_BYTES:
            raise DiskFull(
                f"{model.name} needs {_gigabytes(missing + HEADROOM_BYTES)} of free disk and {part.parent} has "
                f"{_gigabytes(free)}; free some space",
                needed_bytes=missing + HEADROOM_BYTES,
                free_bytes=free,
            )
        try:
            http_get(
                metadata.location,
                file,
                resume_size=have,
                headers=self._headers(model, metadata),
                expected_size=size,
                displayed_filename=model.name,
            )
            file.flush()
            os.fsync(file.fileno())
        except (HfHubHTTPError, httpx2.HTTPError, OfflineModeIsEnabled) as error:
            raise _explained(error, model) from None
        except OSError as error:
            raise _disk_trouble(error, part, model) from None

    def _headers(self, model: CatalogueModel, metadata: HfFileMetadata) -> dict[str, str]:
        """A token is for the hub alone, never for the storage host that it redirects to."""
        headers = build_hf_headers(token=self._token)
        asked = hf_hub_url(model.repo, model.file, endpoint=self._endpoint)
        if urlsplit(metadata.location).netloc != urlsplit(asked).netloc:
            headers.pop("authorization", None)
        return headers


def expected_sha256(model: CatalogueModel, metadata: HfFileMetadata) -> str:
    """The checksum to hold the file to: the catalogue's, else the one the hub tells (its etag of a large file).

    Raises ChecksumMismatch when the two differ, HubRefused when neither is known.
    """
    told = metadata.etag if metadata.etag and _SHA256.fullmatch(metadata.etag) else ""
    if model.sha256 and told and told != model.sha256:
        raise ChecksumMismatch(
            f"the hub has another {model.file} than the catalogue names (sha256 {told[:12]}…); nothing was downloaded",
            name=model.name,
        )
    if not (model.sha256 or told):
        raise HubRefused(f"the hub tells no sha256 for {model.file}, and the catalogue has none", name=model.name)
    return model.sha256 or told


def _explained(error: Exception, model: CatalogueModel) -> OndolError:
    match error:
        case GatedRepoError():
            text = f"{model.repo} wants a login: accept its licence at {model.license_url} and set hub.token"
            return HubRefused(text, name=model.name)
        case RepositoryNotFoundError() | RevisionNotFoundError() | EntryNotFoundError():
            text = f"the hub has no {model.file} in {model.repo} (revision {model.revision}), or wants hub.token for it"
            return HubRefused(text, name=model.name)
        case HfHubHTTPError() if error.response.status_code in {401, 403}:
            return HubRefused("the hub refused the token; check hub.token", name=model.name)
        case HfHubHTTPError():
            return HubUnreachable(
                f"the hub answered with {error.response.status_code}; the same command goes on later", name=model.name
            )
    return HubUnreachable(
        "the hub does not answer, or the connection was cut: check the network (and hub.endpoint); "
        "the same command goes on from here",
        name=model.name,
    )


def _disk_trouble(error: OSError, part: Path, model: CatalogueModel) -> OndolError:
    """A full disk gives its space back, the house needs it. What a broken one did not take is lost even where it can
    still be read: nothing is built on it. A size that differs is a hub that stopped early."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        return DiskFull(f"the disk is full: {model.name} was not downloaded; free some space", name=model.name)
    if error.errno is not None:
        if error.errno == errno.EIO:
            with suppress(OSError):
                part.unlink(missing_ok=True)
        return DiskError(f"{part} cannot be written ({error.strerror}); check the disk or card", name=model.name)
    return HubUnreachable("the hub sent less than it announced; the same command goes on from here", name=model.name)


def _lock(file: BinaryIO, model: CatalogueModel) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Conflict(f"{model.name} is being downloaded already", name=model.name) from None


def _check(part: Path, sha256: str, model: CatalogueModel) -> None:
    if _sha256_of(part) == sha256:
        return
    part.unlink()
    raise ChecksumMismatch(
        f"{model.file} arrived with a wrong sha256 and was removed; try again, or another mirror", name=model.name
    )


def _verified(target: Path, model: CatalogueModel) -> Path:
    if target.stat().st_size != model.size_bytes or (model.sha256 and _sha256_of(target) != model.sha256):
        raise ChecksumMismatch(
            f"{target} is there already, but is not the file of the catalogue; move it away first", name=model.name
        )
    return target


def _sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:.1f} GB"
