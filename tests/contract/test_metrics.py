"""What Prometheus sees, and that the README tells of it."""

import re
from collections.abc import Iterable

from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from tests.appliance import ROOT, Person

UNITS = ("_total", "_seconds", "_bytes", "_per_second", "_tokens", "_length", "_ratio")
PLAIN = {"ondol_active_runs", "ondol_documents", "ondol_chunks", "ondol_process_up", "ondol_kv_files"}


async def families(who: Person) -> Iterable[Metric]:
    answer = await who.http.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    return list(text_string_to_metric_families(answer.text))


async def test_counters_move_with_an_answer(minsu: Person) -> None:
    def value(found: Iterable[Metric], name: str) -> float:
        return sum(s.value for family in found for s in family.samples if s.name == name)

    before = await families(minsu)
    session = await minsu.chat(max_tokens=5, ignore_eos=True)
    await minsu.ask(session, "hello")
    await minsu.ask(session, "again")
    after = await families(minsu)
    moved = {
        name: value(after, name) - value(before, name)
        for name in (
            "ondol_tokens_generated_total",
            "ondol_prompt_tokens_total",
            "ondol_cached_prompt_tokens_total",
            "ondol_decode_tokens_per_second_count",
            "ondol_time_to_first_token_seconds_count",
            "ondol_queue_wait_seconds_count",
        )
    }
    assert moved["ondol_tokens_generated_total"] >= 10
    assert moved["ondol_prompt_tokens_total"] > 10
    assert moved["ondol_cached_prompt_tokens_total"] > 5
    assert moved["ondol_time_to_first_token_seconds_count"] >= 2
    assert moved["ondol_queue_wait_seconds_count"] >= 2


async def test_names_follow_the_conventions_and_stand_in_the_readme(minsu: Person) -> None:
    readme = (ROOT / "README.md").read_text()
    for family in await families(minsu):
        name = family.name + ("_total" if family.type == "counter" else "")
        assert name.startswith("ondol_")
        assert name.endswith(UNITS) or name in PLAIN, name
        assert family.documentation
        assert name in readme, f"{name} is not in README.md"


async def test_one_documents_line_a_state(minsu: Person) -> None:
    text = (await minsu.http.get("/metrics")).text
    lines = re.findall(r"^ondol_documents\{(.*)\} ", text, re.M)
    assert sorted(lines) == [
        f'state="{state}"' for state in ("embedding", "failed", "parsing", "queued", "ready", "unsupported")
    ]
