"""What the waiting room says, in the language of whoever looks in. Pure."""

from typing import Literal

import msgspec

from services.core.errors import OndolError

Language = Literal["ko", "en"]


class Words(msgspec.Struct, frozen=True):
    """`happened` and `safe` in one breath each; `todo` are steps."""

    title: str
    happened: str
    safe: str
    todo_title: str
    todo: tuple[str, ...]
    detail_title: str


TITLES: dict[Language, tuple[str, str, str]] = {
    "ko": ("온돌을 열 수 없습니다", "이렇게 하세요", "자세한 내용"),
    "en": ("Ondol cannot open", "What to do", "Details"),
}
SAFE: dict[Language, str] = {
    "ko": "잃어버린 것은 없습니다. 대화와 문서는 모두 그대로 있습니다.",
    "en": "Nothing was lost: chats and documents are exactly as they were.",
}
UNTOUCHED: dict[Language, str] = {
    "ko": "온돌은 아무것도 바꾸지 않았습니다.",
    "en": "Ondol has changed nothing.",
}
"""Whether a broken disk still holds everything, nobody can say."""
REASONS: dict[Language, dict[str, tuple[str, tuple[str, ...]]]] = {
    "ko": {
        "upgrade_failed": (
            "이 버전의 온돌이 데이터를 새 형식으로 바꾸지 못했습니다.",
            (
                "전에 쓰던 버전으로 되돌리세요. 데이터는 그 버전에서 그대로 열립니다.",
                "또는 더 새로운 버전을 설치한 뒤 온돌을 다시 시작하세요.",
            ),
        ),
        "config": (
            "설정 파일에 쓸 수 없는 줄이 있습니다.",
            ("아래 자세한 내용에 적힌 파일의 그 줄을 고치거나 지우세요.", "그런 다음 온돌을 다시 시작하세요."),
        ),
        "newer_database": (
            "데이터가 지금 설치된 온돌보다 새로운 버전에서 쓰였습니다.",
            (
                "온돌을 최신 버전으로 업데이트한 뒤 다시 시작하세요: ondol update",
                "또는 이 버전에서 만든 백업을 복원하세요: ondol restore 파일",
            ),
        ),
        "disk_full": (
            "디스크에 빈 공간이 모자라 데이터를 열 준비를 할 수 없습니다.",
            ("상자의 디스크에서 필요 없는 파일을 지우세요.", "공간이 생기면 30초 안에 저절로 열립니다."),
        ),
        "disk_error": (
            "상자의 디스크나 SD 카드가 읽기나 쓰기를 거부합니다.",
            (
                "카드가 제대로 꽂혀 있는지 보고 상자를 다시 켜세요.",
                "그래도 같으면 카드가 고장 난 것입니다.",
                "새 카드에 온돌을 설치하고 백업을 복원하세요: ondol restore 파일",
                "30초마다 저절로 다시 시도합니다.",
            ),
        ),
    },
    "en": {
        "upgrade_failed": (
            "This version of Ondol could not bring your data into its new form.",
            (
                "Go back to the version that ran before: it opens the data as it is.",
                "Or install a newer version, then restart Ondol.",
            ),
        ),
        "config": (
            "A line of the settings file cannot be used.",
            ("Correct or delete that line of the file; the details name both.", "Then restart Ondol."),
        ),
        "newer_database": (
            "The data was written by a newer version of Ondol than the one that is installed.",
            (
                "Update Ondol to the newest version, then restart it: ondol update",
                "Or restore a backup that this version made: ondol restore FILE",
            ),
        ),
        "disk_full": (
            "The disk has too little room to get the data ready.",
            (
                "Delete something that is not needed from the box's disk.",
                "Ondol opens by itself within 30 seconds when there is room.",
            ),
        ),
        "disk_error": (
            "The box's disk or SD card refuses to read or write.",
            (
                "See that the card sits firmly, then switch the box off and on.",
                "If that does not help, the card is broken.",
                "Then set up Ondol on a new one and restore a backup: ondol restore FILE",
                "It is tried again by itself every 30 seconds.",
            ),
        ),
    },
}


def words_for(obstacle: OndolError, language: Language) -> Words:
    title, todo_title, detail_title = TITLES[language]
    happened, todo = REASONS[language][obstacle.code]
    safe = UNTOUCHED if obstacle.code == "disk_error" else SAFE
    return Words(title, happened, safe[language], todo_title, todo, detail_title)


def plain(words: Words, obstacle: OndolError) -> str:
    """For a terminal: a line, one for each step, and the details."""
    steps = (f"  - {step}" for step in words.todo)
    return "\n".join((f"{words.happened} {words.safe}", *steps, f"  ({words.detail_title}: {obstacle.message})"))
