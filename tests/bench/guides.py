"""Texts in two languages that Debian ships, and questions to them. Needs `apt-get`.

The installation guide is translated paragraph by paragraph: a sentence taken out of its paragraph finds the rest of it,
and a sentence of one language its paragraph in the other. The pages of GNOME's help have titles and one-line
descriptions like the questions of people. Each mixed library holds every section or page in one language only.
"""

import html
import random
import re
import subprocess
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path

import msgspec

from services.core.paths import PROJECT_ROOT

CACHE = PROJECT_ROOT / ".cache" / "bench"
MOST_CHARS = 900
_MALLARD = "{http://projectmallard.org/1.0/}"
_SENTENCE = re.compile(r"(?<=[.?!])\s+")


class Passage(msgspec.Struct, frozen=True):
    """`place` is the section and the paragraph's number in it, the same in both languages."""

    language: str
    place: tuple[str, int]
    text: str


class Question(msgspec.Struct, frozen=True):
    """`answers` are chunk ids."""

    kind: str
    text: str
    answers: frozenset[int]


def unpacked(package: str) -> Path:
    """A Debian package's files, fetched once."""
    folder = CACHE / package
    if not folder.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as work:
            subprocess.run(["apt-get", "download", "-q", package], cwd=work, check=True, stderr=subprocess.DEVNULL)
            (file,) = Path(work).glob("*.deb")
            subprocess.run(["dpkg-deb", "-x", str(file), str(folder)], check=True)
    return folder


def plain(markup: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", markup)).split())


def passages(language: str) -> list[Passage]:
    """Paragraphs long enough to lose a sentence, with the section they stand in."""
    found: list[Passage] = []
    guide = unpacked("installation-guide-amd64") / "usr/share/doc/installation-guide-amd64"
    for file in sorted((guide / language).glob("ch*.html")):
        parts = re.split(r'<h\d class="title">\s*<a name="([^"]+)"></a>.*?</h\d>', file.read_text(), flags=re.S)
        for name, body in zip(parts[1::2], parts[2::2], strict=True):
            if name.startswith("idm"):
                continue  # a made-up anchor, another one in each language
            texts = [plain(p) for p in re.findall(r"<p>(.*?)</p>", body, flags=re.S)]
            found += [Passage(language, (name, n), t) for n, t in enumerate(texts) if 120 <= len(t) <= 1200]
    if language == "ko":
        found = [p for p in found if len(re.findall("[가-힣]", p.text)) > len(p.text) // 3]
    return found


def take_out(text: str, draw: random.Random) -> tuple[str, str] | None:
    """(a sentence, the rest)."""
    sentences = _SENTENCE.split(text)
    able = [n for n, s in enumerate(sentences) if len(s) >= 25 and len(text) - len(s) >= 60]
    if not able:
        return None
    n = draw.choice(able)
    return sentences[n], " ".join(sentences[:n] + sentences[n + 1 :])


def manual(per_language: int) -> tuple[list[str], list[Question]]:
    """The installation guide: texts (the n-th becomes chunk n + 1) and questions."""
    draw = random.Random(7)
    kept: list[tuple[Passage, str, str]] = []
    for language in ("ko", "en"):
        found = passages(language)
        draw.shuffle(found)
        cut = [(p, *taken) for p in found if (taken := take_out(p.text, draw))]
        kept += [c for c in cut if (sum(map(ord, c[0].place[0])) % 2 == 0) == (language == "ko")][:per_language]
    questions = [Question(f"{p.language} sentence", q, frozenset({n})) for n, (p, q, _) in enumerate(kept, 1)]
    twins = {(p.language, p.place): p.text for language in ("ko", "en") for p in passages(language)}
    for n, (p, _, _) in enumerate(kept, 1):
        other = "ko" if p.language == "en" else "en"
        if taken := take_out(twins.get((other, p.place), ""), draw):
            questions.append(Question(f"{other} sentence → {p.language} text", taken[0], frozenset({n})))
    return [text for _, _, text in kept], questions


class Page(msgspec.Struct, frozen=True):
    """A page of help; `asked` are its title and its description, in this order."""

    asked: tuple[str, ...]
    text: str


def help_page(file: Path) -> Page:
    root = ET.parse(file).getroot()
    asked = [root.find(f"{_MALLARD}title"), root.find(f"{_MALLARD}info/{_MALLARD}desc")]
    paragraphs = (" ".join("".join(p.itertext()).split()) for p in root.iter(f"{_MALLARD}p"))
    said = [" ".join("".join(part.itertext()).split()) for part in asked if part is not None]
    return Page(tuple(text for text in said if text), " ".join(paragraphs)[:MOST_CHARS])


def desktop_help() -> tuple[list[str], list[Question]]:
    """GNOME's help, as `manual`."""
    folder = unpacked("gnome-user-docs") / "usr/share/help"
    draw = random.Random(3)
    texts: list[str] = []
    questions: list[Question] = []
    for file in sorted((folder / "ko/gnome-help").glob("*.page")):
        pages = {"ko": help_page(file), "en": help_page(folder / "C/gnome-help" / file.name)}
        hangul = len(re.findall("[가-힣]", pages["ko"].text))
        if min(len(p.text) for p in pages.values()) < 120 or hangul < len(pages["ko"].text) // 3:
            continue  # a picture, or not translated
        language = draw.choice(("ko", "en"))
        texts.append(pages[language].text)
        for asking, page in pages.items():
            kind = f"{asking} title" if asking == language else f"{asking} title → {language} text"
            questions += [Question(kind, said, frozenset({len(texts)})) for said in page.asked]
    return texts, questions
