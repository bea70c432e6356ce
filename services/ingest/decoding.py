"""Bytes of unknown encoding to text: a strict trial order, then a guess."""

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO

from services.ingest.document import NotTextError

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE_BYTES = 65_536
_STEP_BYTES = 65_536
_CONTROLS = re.compile(rb"[\x01-\x06\x0e-\x1a\x1c-\x1f]")
_MAX_CONTROL_SHARE = 0.01
_HANGUL = re.compile("[가-힣]")
_FOREIGN = re.compile(r"[^\x00-\x7f]")
_MIN_HANGUL_SHARE = 0.5
# The commonest syllables are a third of Korean text, yet only 4 % of what another encoding's bytes would hit by chance.
_COMMON = re.compile(
    "[이다는을를에의가고하지은로한도기사자시나서리어아해대스인과들그정전수부일원있것라마만보여구장제주안성동게면소했습니요]"
)
_MIN_COMMON_SHARE = 0.12


def _utf16_without_bom(sample: bytes) -> str | None:
    """UTF-16 of mostly Latin text has a zero in every second byte."""
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    half = max(1, len(sample) // 2)
    if odd > half * 0.4 and even < half * 0.05:
        return "utf-16-le"
    if even > half * 0.4 and odd < half * 0.05:
        return "utf-16-be"
    return None


def _decodes(file: BinaryIO, encoding: str) -> bool:
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        while data := file.read(_STEP_BYTES):
            decoder.decode(data)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _is_korean(sample: bytes) -> bool:
    """Whether CP949 reads as Korean and not as another encoding's bytes in disguise."""
    text = sample.decode("cp949", "ignore")
    foreign, hangul, common = (len(kind.findall(text)) for kind in (_FOREIGN, _HANGUL, _COMMON))
    return hangul > 0 and hangul >= foreign * _MIN_HANGUL_SHARE and common >= hangul * _MIN_COMMON_SHARE


def _guess(sample: bytes) -> str | None:
    from charset_normalizer import from_bytes

    best = from_bytes(sample).best()
    return best.encoding if best else None


def detect(file: BinaryIO) -> str:
    """Name of the codec that reads the whole file without an error. Leaves the file at its start.

    Raises NotTextError for binary content and for text that no codec reads.
    """
    file.seek(0)
    sample = file.read(_SAMPLE_BYTES)
    for mark, name in _BOMS:
        if sample.startswith(mark):
            return _checked(file, [name])
    if b"\0" in sample:
        wide = _utf16_without_bom(sample)
        if wide is None:
            raise NotTextError("the file is binary")
        return _checked(file, [wide])
    if len(_CONTROLS.findall(sample)) > max(4, len(sample) * _MAX_CONTROL_SHARE):
        raise NotTextError("the file is binary")
    if _decodes(file, "utf-8"):
        return _checked(file, ["utf-8"])
    guesses = (["cp949"] if _is_korean(sample) else []) + [name for name in (_guess(sample),) if name]
    return _checked(file, [*guesses, "cp949"])


def _checked(file: BinaryIO, names: list[str]) -> str:
    for name in names:
        if _decodes(file, name):
            file.seek(0)
            return name
    raise NotTextError("the text encoding is not known")


def decoded(file: BinaryIO, encoding: str, errors: str = "strict") -> Iterator[tuple[str, int]]:
    """Pieces of the file's text, CR LF made LF, with the number of bytes read so far."""
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    held, done = "", 0
    while data := file.read(_STEP_BYTES):
        done += len(data)
        text = held + decoder.decode(data)
        held = "\r" if text.endswith("\r") else ""
        yield (text[:-1] if held else text).replace("\r\n", "\n").replace("\r", "\n"), done
    tail = held + decoder.decode(b"", final=True)
    if tail:
        yield tail.replace("\r", "\n"), done


def lines(file: BinaryIO, encoding: str, max_chars: int = 1_000_000) -> Iterator[tuple[str, int]]:
    """Lines without their end, with bytes read; a line above `max_chars` comes in several parts."""
    rest, done = "", 0
    for text, done in decoded(file, encoding):
        *whole, rest = (rest + text).split("\n")
        for line in whole:
            yield line, done
        if len(rest) > max_chars:
            cut = rest.rfind(" ") + 1 or len(rest)
            yield rest[:cut], done
            rest = rest[cut:]
    if rest:
        yield rest, done
