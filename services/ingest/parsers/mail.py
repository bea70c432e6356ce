"""One e-mail (RFC 5322): who, when, what about, and its body."""

import email
import email.policy
from collections.abc import Iterator
from email.message import EmailMessage

from services.ingest.document import Block, Kind, Limits, Page, ParseError, Source, block
from services.ingest.parsers.html import html_blocks
from services.ingest.parsers.text import paged

_MAX_BYTES = 60_000_000  # attachments included: the standard library holds a message as a whole
_FIELDS = ("From", "To", "Cc", "Date")


def _body(message: EmailMessage) -> Iterator[Block]:
    part = message.get_body(("plain", "html"))
    if part is None:
        return
    try:
        text = str(part.get_content())
    except (LookupError, UnicodeError, KeyError):
        text = (part.get_payload(decode=True) or b"").decode("utf-8", "replace")  # type: ignore[union-attr]
    if part.get_content_subtype() == "html":
        yield from (made for made, _ in html_blocks([(text, 0)]))
        return
    for paragraph in text.replace("\r\n", "\n").split("\n\n"):
        made = block(paragraph)
        if made:
            yield made


def _blocks(source: Source) -> Iterator[tuple[Block, int]]:
    if source.size > _MAX_BYTES:
        raise ParseError("too_large", f"a message may have {_MAX_BYTES} bytes")
    source.file.seek(0)
    message = email.message_from_binary_file(source.file, _class=EmailMessage, policy=email.policy.default)
    fields = [f"{name}: {message[name]}" for name in _FIELDS if message[name]]
    names = [name for part in message.iter_attachments() if (name := part.get_filename())]
    if names:
        fields.append(f"Attachments: {', '.join(names)}")
    head = (block(str(message["Subject"] or ""), Kind.HEADING, 1), block("\n".join(fields)))
    for made in (*head, *_body(message)):
        if made:
            yield made, source.size


def parse_mail(source: Source, limits: Limits, skip: int) -> Iterator[Page]:
    """The subject is the heading; attachments are named, not read. Raises ParseError."""
    return paged(_blocks(source), source.size)
