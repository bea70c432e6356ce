from services.web.library.grouping import MAX_JOINED, Group, Scored, collapse, group, join_neighbours
from services.web.storage.chunks import Passage


def scored(ordinal: int, score: float, text: str = "", content_id: int = 1) -> Scored:
    start = ordinal * 10
    chunk_id = content_id * 1000 + ordinal
    return Scored(
        Passage(chunk_id, content_id, ordinal, start, start + 9, ordinal, "", text or f"text {ordinal}"), score
    )


def spans(*items: Scored) -> list[tuple[int, int, int]]:
    return [(s.best.passage.ordinal, s.start, s.end) for s in join_neighbours(items)]


def test_neighbours_are_joined_and_named_after_the_best() -> None:
    assert spans(scored(4, 0.6), scored(3, 0.9), scored(7, 0.5)) == [(3, 30, 49), (7, 70, 79)]


def test_a_weak_neighbour_does_not_water_down_a_strong_one() -> None:
    assert spans(scored(3, 0.9), scored(4, 0.2)) == [(3, 30, 39), (4, 40, 49)]


def test_no_more_than_a_few_are_joined() -> None:
    joined = join_neighbours([scored(n, 0.5) for n in range(10)])
    assert max(span.chunks for span in joined) == MAX_JOINED
    assert sum(span.chunks for span in joined) == 10


def test_one_group_a_content_best_first() -> None:
    groups = group([scored(0, 0.2, content_id=1), scored(0, 0.9, content_id=2), scored(5, 0.8, content_id=1)])
    assert [(g.content_id, len(g.spans), g.score) for g in groups] == [(2, 1, 0.9), (1, 2, 0.8)]


LEASE = "The lease of the flat in the second floor ends on the last day of May, and the deposit is returned."


def test_near_duplicates_collapse_into_the_better_one() -> None:
    groups = group(
        [
            scored(0, 0.9, LEASE, 1),
            scored(0, 0.8, LEASE.replace("May", "June"), 2),
            scored(0, 0.7, "Something else entirely, about pumps and boilers and their many valves.", 3),
            scored(0, 0.6, LEASE.upper(), 4),
        ]
    )
    assert [(g.content_id, g.duplicates) for g in collapse(groups, 5)] == [(1, (2, 4)), (3, ())]


def test_the_limit_counts_what_is_kept() -> None:
    groups = [
        Group(n, tuple(join_neighbours([scored(0, 1 / n, f"quite another text number {n}" * 3, n)]))) for n in (1, 2, 3)
    ]
    assert [g.content_id for g in collapse(groups, 2)] == [1, 2]
