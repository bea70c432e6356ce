"""Names of the folders that chats lie in."""

import unicodedata
from typing import Annotated

import msgspec

from services.core.errors import BadRequest

FolderName = Annotated[str, msgspec.Meta(max_length=100)]


def clean_folder(name: str) -> str:
    """NFC and trimmed, '' for none. Raises BadRequest for characters that cannot be seen."""
    cleaned = " ".join(unicodedata.normalize("NFC", name).split())
    if any(unicodedata.category(char) in {"Cc", "Cs", "Cn"} for char in cleaned):
        raise BadRequest("the name of a folder has characters that cannot be seen", field="folder")
    return cleaned
