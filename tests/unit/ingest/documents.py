"""Makes documents for the readers: small, true to their formats, or hostile on purpose."""

import io
import struct
import zipfile
import zlib

Member = tuple[str, str | bytes]


def zipped(*members: Member, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip file of these members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return out.getvalue()


def pdf(pages: list[list[str]]) -> bytes:
    """A PDF with these lines of Latin text on its pages (ISO 32000-1, 7.5)."""
    objects: list[bytes] = [b"<</Type/Catalog/Pages 2 0 R>>", b"", b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"]
    kids = []
    for lines in pages:
        shown = "".join(f"({line}) Tj T* " for line in lines)
        stream = f"BT /F1 12 Tf 14 TL 50 700 Td {shown}ET".encode("latin-1")
        objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream))
        content = len(objects)
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</Font<</F1 3 0 R>>>>/Contents %d 0 R>>"
            % content
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(kids), b" ".join(kids))
    return _pdf_file(objects)


def _pdf_file(objects: list[bytes]) -> bytes:
    out, offsets = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


def many_pages(count: int) -> bytes:
    """A PDF whose one page is listed `count` times."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count %d/Kids[%s]>>" % (count, b"3 0 R " * count),
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 10 10]>>",
    ]
    return _pdf_file(objects)


def odf(body: str, kind: str = "text") -> bytes:
    """An OpenDocument file with this body."""
    namespaces = " ".join(
        f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{long}:1.0"'
        for short, long in (("office", "office"), ("text", "text"), ("table", "table"), ("draw", "drawing"))
    )
    content = (
        f"<office:document-content {namespaces}><office:body><office:{kind}>{body}</office:{kind}></office:body>"
        "</office:document-content>"
    )
    return zipped(("mimetype", f"application/vnd.oasis.opendocument.{kind}"), ("content.xml", content))


def epub(*chapters: str) -> bytes:
    """A book of these XHTML bodies."""
    items = "".join(
        f'<item id="c{n}" href="c%20{n}.xhtml" media-type="application/xhtml+xml"/>' for n in range(len(chapters))
    )
    order = "".join(f'<itemref idref="c{n}"/>' for n in range(len(chapters)))
    package = (
        f'<package xmlns="http://www.idpf.org/2007/opf"><manifest>{items}</manifest><spine>{order}</spine></package>'
    )
    container = (
        '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        '<rootfile full-path="OEBPS/content.opf"/></rootfiles></container>'
    )
    parts = [(f"OEBPS/c {n}.xhtml", f"<html><body>{body}</body></html>") for n, body in enumerate(chapters)]
    return zipped(("META-INF/container.xml", container), ("OEBPS/content.opf", package), *parts)


def hwpx(body: str) -> bytes:
    """A Hangul document of one section."""
    section = (
        '<hs:sec xmlns:hs="http://www.hancom.co.kr/hwpml/2011/section"'
        f' xmlns:hp="http://www.hancom.co.kr/hwpml/2011/paragraph">{body}</hs:sec>'
    )
    return zipped(("mimetype", "application/hwp+zip"), ("Contents/section0.xml", section))


def _record(tag: int, body: bytes) -> bytes:
    size = len(body)
    if size < 0xFFF:
        return struct.pack("<I", tag | size << 20) + body
    return struct.pack("<II", tag | 0xFFF << 20, size) + body


def hwp(paragraphs: list[bytes], flags: int = 1) -> bytes:
    """A Hangul 5.0 document with these paragraph texts (UTF-16LE with controls)."""
    body = b"".join(_record(0x42, b"\0" * 22) + _record(0x43, text) for text in paragraphs)
    if flags & 1:
        deflate = zlib.compressobj(wbits=-15)
        body = deflate.compress(body) + deflate.flush()
    header = b"HWP Document File".ljust(32, b"\0") + struct.pack("<II", 0x05010000, flags)
    return ole({"FileHeader": header.ljust(256, b"\0")}, {"BodyText": {"Section0": body}})


_END, _FREE, _FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
_SECTOR = 512


def ole(streams: dict[str, bytes], storages: dict[str, dict[str, bytes]]) -> bytes:
    """A compound file of version 3 ([MS-CFB]); streams are padded so that none lands in the mini stream."""
    entries: list[tuple[str, int, int, int, bytes]] = []  # name, type, right sibling, child, content
    flat = list(streams.items())
    entries.append(("Root Entry", 5, _FREE, 1, b""))
    top = len(flat) + len(storages)
    below = 1 + top
    for position, (name, data) in enumerate(flat, start=1):
        entries.append((name, 2, position + 1 if position < top else _FREE, _FREE, data))
    inner: list[tuple[str, int, int, int, bytes]] = []
    for position, (name, members) in enumerate(storages.items(), start=1 + len(flat)):
        entries.append((name, 1, position + 1 if position < top else _FREE, below + len(inner), b""))
        for number, (member, data) in enumerate(members.items(), start=1):
            right = below + len(inner) + 1 if number < len(members) else _FREE
            inner.append((member, 2, right, _FREE, data))
    return _compound(entries + inner)


def _compound(entries: list[tuple[str, int, int, int, bytes]]) -> bytes:
    sectors: list[bytes] = []
    fat: list[int] = []

    def put(data: bytes) -> int:
        first = len(sectors)
        pieces = [data[at : at + _SECTOR].ljust(_SECTOR, b"\0") for at in range(0, len(data), _SECTOR)]
        sectors.extend(pieces)
        fat.extend([*range(first + 1, first + len(pieces)), _END])
        return first

    directory = b""
    for name, kind, right, child, content in entries:
        data = content.ljust(4096, b"\0") if kind == 2 else b""
        start = put(data) if data else (_END if kind == 5 else 0)
        encoded = (name + "\0").encode("utf-16-le")
        directory += struct.pack(
            "<64sHBBIII16sIQQIQ", encoded, len(encoded), kind, 1, _FREE, right, child, b"", 0, 0, 0, start, len(data)
        )
    directory_at = put(directory)
    fat_at = len(sectors)
    count = -(-(len(fat) + 2) // (_SECTOR // 4))
    fat.extend([_FAT] * count)
    table = b"".join(struct.pack("<I", entry) for entry in fat).ljust(count * _SECTOR, b"\xff")
    difat = [*range(fat_at, fat_at + count), *([_FREE] * (109 - count))]
    header = struct.pack(
        "<8s16sHHHHH6sIIIIIIIII",
        *(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"", 0x3E, 3, 0xFFFE, 9, 6, b"", 0, count, directory_at, 0, 4096),
        *(_END, 0, _END, 0),
    ) + struct.pack("<109I", *difat)
    return header + b"".join(sectors) + table
