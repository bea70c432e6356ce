"""How an answer by file reads: the words, then where they come from. Korean and English side by side: a folder has no
language. Pure."""

from collections.abc import Mapping, Sequence

from services.web.storage.messages import Json

QUOTED_CHARS = 300


def answer_text(content: str, sources: Sequence[Json]) -> str:
    """Markdown of an answer with its sources, numbered as the answer names them."""
    if not sources:
        return f"{content.strip()}\n"
    listed = "\n".join(_source(source) for source in sources)
    return f"{content.strip()}\n\n---\n\n**출처 · Sources**\n\n{listed}"


def _source(source: Json) -> str:
    page = f", p. {source['page']}" if source.get("page") is not None else ""
    place = f" (`{source['path']}`)" if source.get("path") else ""
    text = " ".join(source["text"].split())
    quoted = text if len(text) <= QUOTED_CHARS else text[:QUOTED_CHARS].rstrip() + "…"
    return f"{source['n']}. {source['title']}{page}{place}\n   > {quoted}\n"


REASONS: Mapping[str, tuple[str, str]] = {
    "model_unavailable": ("답할 모델이 없습니다.", "There is no model to answer."),
    "too_large": ("질문이 너무 깁니다.", "The question is too long."),
    "bad_request": ("질문이 너무 길거나 비어 있습니다.", "The question is too long or empty."),
    "context_overflow": ("모델이 한 번에 읽기에는 너무 깁니다.", "This is too long for the model."),
    "unsupported": ("글로 읽을 수 없는 파일입니다.", "The file cannot be read as text."),
    "no_such_user": (
        "이 폴더의 이름으로 로그인한 사람이 아직 없습니다.",
        "Nobody has logged in under the name of this folder yet.",
    ),
    "stopped": ("답변이 중단되었습니다.", "The answer was stopped."),
    "disk_full": ("디스크가 가득 찼습니다.", "The disk is full."),
}
OTHERWISE = ("답하지 못했습니다.", "This could not be answered.")


def error_text(code: str, message: str) -> str:
    """Markdown of a failure: what to know in both languages, and the typed error."""
    korean, english = REASONS.get(code, OTHERWISE)
    return (
        f"{korean}\n파일을 고쳐 저장하면 다시 답합니다.\n\n{english}\nChange and save the file to ask again.\n\n"
        f"`{code}`: {message}\n"
    )
