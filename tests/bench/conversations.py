"""Follow-up questions: conversations about papers of a household, with the passage that answers each question.

Every paper has the same five passages (who signed, what it costs, how long, how to end it, whom to call), so that a
follow-up finds the right one only with what was asked before. Each conversation ends with a question about another
paper that stands alone: it must not get worse.
"""

from collections.abc import Awaitable, Callable, Sequence

import msgspec

from services.web.library.followup import Asked, context_of
from services.web.library.ingestion import Ingestion
from services.web.library.types import ChunkIn, Hit
from services.web.storage.documents import FileFacts

Part = str
"""Which passage of a paper: signed, cost, term, end or call."""


class Paper(msgspec.Struct, frozen=True):
    """`name` is its title and how one asks for it."""

    name: str
    language: str
    parts: dict[Part, str]


class Turn(msgspec.Struct, frozen=True):
    """A question and the passage that answers it; `alone`: it says itself what it is about."""

    question: str
    paper: Paper
    part: Part
    alone: bool


_ENGLISH = {
    "signed": "This paper was signed by {a} and {b} on {day} at the office in {place}.",
    "cost": "{money} won are due each month on the {n}th; {late} percent are added to whatever is paid late.",
    "term": "It begins on {start}, lasts until {finish} and goes on for a year where nobody objects.",
    "end": "Whoever wants to leave writes {notice} ahead; leaving earlier costs {penalty} won.",
    "call": "{c} answers the phone on {phone} from Monday to Friday, in the evening only for emergencies.",
}
_KOREAN = {
    "signed": "이 문서는 {day}에 {place} 사무실에서 {a}와 {b}가 서명하였다.",
    "cost": "매달 {n}일에 {money}원을 납부하며, 늦게 내면 {late}퍼센트의 연체료가 붙는다.",
    "term": "{start}에 시작하여 {finish}까지 유효하고, 이의가 없으면 일 년 연장된다.",
    "end": "해지하려면 {notice} 전에 서면으로 알려야 하며, 중도 해지 시 {penalty}원의 위약금이 있다.",
    "call": "문의는 평일에 담당자 {c}에게 {phone}번으로 하고, 저녁에는 긴급한 경우에만 받는다.",
}
_ENGLISH_NAMES = (
    "Lease of the flat in Mapo", "Car rental agreement", "Internet contract with fibre line", "Gym membership",
    "Kindergarten agreement", "Health insurance policy", "Boiler service contract", "Mobile phone plan",
)  # fmt: skip
_KOREAN_NAMES = (
    "마포 아파트 임대차 계약서", "자동차 렌트 계약서", "인터넷 가입 신청서", "헬스장 회원권",
    "유치원 입학 약정서", "건강 보험 증권", "보일러 점검 계약서", "휴대폰 요금제 약정서",
)  # fmt: skip
_ENGLISH_FIRST = "What do I pay each month for the {name}?"
_KOREAN_FIRST = "{name}에 따르면 매달 얼마를 내야 하나요?"
_ENGLISH_SHORT = "Cost of the {name}?"
_KOREAN_SHORT = "{name} 요금은?"
_ENGLISH_NEXT = (
    (("And who signed it?", "signed"), ("Until when does it last?", "term"), ("How do I get out of it?", "end")),
    (("Whom can I call about that?", "call"), ("And when did it begin?", "term"), ("Who signed?", "signed")),
    (
        ("What happens if I want to leave earlier?", "end"),
        ("Where was it signed?", "signed"),
        ("Phone number?", "call"),
    ),
    (("When does it end?", "term"), ("Is there a penalty for leaving?", "end"), ("Does anybody answer there?", "call")),
)
_KOREAN_NEXT = (
    (("그럼 누가 서명했어?", "signed"), ("언제까지 유효해?", "term"), ("해지하려면?", "end")),
    (("그건 누구한테 문의해?", "call"), ("언제 시작했지?", "term"), ("서명은 누가 했나요?", "signed")),
    (("중간에 그만두면 어떻게 돼?", "end"), ("그거 어디서 서명했어?", "signed"), ("전화번호는?", "call")),
    (("그 계약은 언제 끝나?", "term"), ("위약금도 있어?", "end"), ("담당자가 누구야?", "call")),
)
_PEOPLE = (
    ("Kim Minsu", "Lee Jiwoo", "Park Haneul"), ("Choi Sora", "Jung Taeyang", "Han Bora"),
    ("Yoon Garam", "Lim Dasom", "Oh Seojun"), ("Kang Nari", "Shin Harang", "Baek Iseul"),
)  # fmt: skip
_PLACES = ("Seoul", "Busan", "Daegu", "Incheon", "Gwangju", "Daejeon", "Ulsan", "Suwon")


def _values(n: int) -> dict[str, object]:
    a, b, c = _PEOPLE[n % 4]
    return {
        "a": a,
        "b": b,
        "c": c,
        "place": _PLACES[n],
        "day": f"2024-0{n + 1}-1{n}",
        "start": f"2024-0{n + 1}-2{n}",
        "finish": f"2026-0{n + 1}-2{n}",
        "money": 40_000 + 13_500 * n,
        "n": 5 + n,
        "late": 2 + n,
        "notice": f"{n + 2} weeks",
        "penalty": 90_000 + 7_000 * n,
        "phone": f"02-55{n}-12{n}4",
    }


def papers(language: str) -> list[Paper]:
    names, texts = (_KOREAN_NAMES, _KOREAN) if language == "ko" else (_ENGLISH_NAMES, _ENGLISH)
    return [
        Paper(name, language, {part: text.format(**_values(n)) for part, text in texts.items()})
        for n, name in enumerate(names)
    ]


def conversations(language: str) -> list[list[Turn]]:
    """One about each paper: a question that stands alone, three that do not, and one about another paper."""
    first, short, following = (
        (_KOREAN_FIRST, _KOREAN_SHORT, _KOREAN_NEXT)
        if language == "ko"
        else (_ENGLISH_FIRST, _ENGLISH_SHORT, _ENGLISH_NEXT)
    )
    held = papers(language)
    made: list[list[Turn]] = []
    for n, paper in enumerate(held):
        other = held[(n + 2) % len(held)]
        made.append(
            [
                Turn(first.format(name=paper.name), paper, "cost", alone=True),
                *(Turn(text, paper, part, alone=False) for text, part in following[n % len(following)]),
                Turn((first, short)[n % 2].format(name=other.name), other, "cost", alone=True),
            ]
        )
    return made


def spans(paper: Paper) -> tuple[str, Sequence[tuple[int, int]]]:
    """The whole text of a paper and where its passages lie."""
    places: list[tuple[int, int]] = []
    text = ""
    for part in paper.parts.values():
        places.append((len(text), len(text) + len(part)))
        text += part + "\n\n"
    return text, places


Searched = Callable[[str, str], Awaitable[list[Hit]]]
"""(question, context) → what is found."""


async def fill_papers(ingestion: Ingestion, language: str) -> None:
    for paper in papers(language):
        text, places = spans(paper)
        facts = FileFacts(f"shared/{paper.name}.txt", paper.name, len(text), 1, "bench")
        registered = await ingestion.register(facts)
        chunks = [ChunkIn(n, start, end, None, paper.name) for n, (start, end) in enumerate(places)]
        await ingestion.put_chunks(int(registered.document_id), facts.sha256, "bench", text, chunks)


def rank(turn: Turn, hits: Sequence[Hit]) -> int:
    """The place of the first result whose passages hold the answer; 99 where none does."""
    answer = turn.paper.parts[turn.part]
    for place, hit in enumerate(hits, 1):
        if any(answer in text for text in (hit.text, *(more.text for more in hit.more))):
            return place
    return 99


async def follow(search: Searched, language: str, *, remember: bool) -> list[tuple[Turn, int]]:
    """Every question of the conversations with the place of its answer."""
    found: list[tuple[Turn, int]] = []
    for conversation in conversations(language):
        earlier: list[Asked] = []
        for turn in conversation:
            hits = await search(turn.question, context_of(turn.question, earlier) if remember else "")
            earlier.append(Asked(turn.question, tuple(hit.title for hit in hits)))
            found.append((turn, rank(turn, hits)))
    return found


async def report(search: Searched) -> None:
    """Recall with what was said before, and without."""
    print("\nconversations                               recall@1  recall@5")
    for language in ("ko", "en"):
        for remember in (False, True):
            found = await follow(search, language, remember=remember)
            for alone in (False, True):
                ranks = [place for turn, place in found if turn.alone == alone]
                kind = "stands alone" if alone else "follow-up"
                name = f"{language} {kind} ({len(ranks)}), {'with' if remember else 'without'}"
                print(f"  {name:40} {share(ranks, 1):8.3f} {share(ranks, 5):9.3f}")


def share(ranks: Sequence[int], k: int) -> float:
    return sum(place <= k for place in ranks) / len(ranks)
