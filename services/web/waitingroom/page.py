"""The one page of the waiting room: complete in itself, since nothing else is served. Pure."""

from html import escape

from services.core.errors import OndolError
from services.web.waitingroom.words import Language, Words

AGAIN_S = 30
"""The page looks again after so many seconds, and so may any program."""

STYLE = """
:root { color-scheme: light dark; --ground: #f8f3eb; --paper: #fffdf9; --text: #2b231d; --soft: #6d6056;
  --line: #e6dccd; --good: #3f6d46; }
@media (prefers-color-scheme: dark) { :root { --ground: #1a1613; --paper: #231e1a; --text: #f0e7dc; --soft: #b8aa9b;
  --line: #3b332c; --good: #93c49a; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; min-height: 100dvh; display: grid; place-items: center; padding: 16px;
  background: var(--ground); color: var(--text); word-break: keep-all; overflow-wrap: anywhere; line-height: 1.6;
  font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Apple SD Gothic Neo", "Malgun Gothic", "Noto Sans KR",
    "Noto Sans CJK KR", sans-serif; }
main { width: 100%; max-width: 560px; padding: 28px; background: var(--paper); border: 1px solid var(--line);
  border-radius: 12px; }
header { display: flex; align-items: center; gap: 12px; }
svg { width: 40px; height: 40px; flex: none; }
h1 { font-size: 1.4rem; line-height: 1.3; margin: 0; }
h2 { font-size: 1rem; margin: 20px 0 4px; }
p { margin: 14px 0 0; }
.safe { color: var(--good); font-weight: 600; }
ul { margin: 0; padding-left: 1.2em; }
li { margin: 4px 0; }
details { margin-top: 20px; border-top: 1px solid var(--line); color: var(--soft); font-size: 0.875rem; }
summary { min-height: 44px; display: flex; align-items: center; cursor: pointer; }
summary::before { content: "+"; width: 1.2em; }
details[open] summary::before { content: "\\2212"; }
code { font-family: ui-monospace, Menlo, Consolas, monospace; font-size: 0.8125rem; }
@media (max-width: 480px) { main { padding: 20px; } }
"""
LOGO = (
    '<svg viewBox="0 0 64 64" aria-hidden="true"><rect width="64" height="64" rx="15" fill="#b4532f"/>'
    '<g fill="none" stroke="#fff6ea" stroke-width="5" stroke-linecap="round">'
    '<path d="M20 37c-5-5 5-9 0-15M32 37c-6-6 6-12 0-20M44 37c-5-5 5-9 0-15M14 48h36"/></g></svg>'
)


def render(words: Words, obstacle: OndolError, language: Language) -> str:
    """HTML that looks again by itself, so that whoever waits sees the house open."""
    steps = "".join(f"<li>{escape(step)}</li>" for step in words.todo)
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="refresh" content="{AGAIN_S}"><title>{escape(words.title)}</title><style>{STYLE}</style>'
        f"</head><body><main><header>{LOGO}<h1>{escape(words.title)}</h1></header>"
        f'<p>{escape(words.happened)}</p><p class="safe">{escape(words.safe)}</p>'
        f"<h2>{escape(words.todo_title)}</h2><ul>{steps}</ul>"
        f"<details><summary>{escape(words.detail_title)}</summary>"
        f"<code>{escape(obstacle.code)}: {escape(obstacle.message)}</code></details></main></body></html>"
    )
