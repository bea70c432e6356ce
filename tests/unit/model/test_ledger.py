"""The ledger of cells against a cache that really holds them."""

from hypothesis import given
from hypothesis import strategies as st

from services.model.ledger import CellLedger

OPERATIONS = st.lists(
    st.tuples(st.sampled_from(["append", "fork", "cut"]), st.integers(0, 4), st.integers(0, 4), st.integers(0, 12)),
    max_size=40,
)


@given(OPERATIONS)
def test_it_counts_what_a_shared_cache_uses(operations: list[tuple[str, int, int, int]]) -> None:
    ledger = CellLedger(10_000)
    cache: dict[int, list[object]] = {seq: [] for seq in range(5)}
    for what, seq, other, amount in operations:
        if what == "append":
            cache[seq] += [object() for _ in range(amount)]
            ledger.append(seq, amount)
        elif what == "cut":
            before = len({id(cell) for cells in cache.values() for cell in cells})
            cache[seq] = cache[seq][:amount]
            after = len({id(cell) for cells in cache.values() for cell in cells})
            assert ledger.cut(seq, amount) == before - after
        elif not cache[other] and cache[seq]:
            length = min(amount, len(cache[seq]))
            cache[other] = cache[seq][:length]
            ledger.fork(seq, other, length)
        assert ledger.used == len({id(cell) for cells in cache.values() for cell in cells})
        assert [ledger.length(s) for s in range(5)] == [len(cache[s]) for s in range(5)]


def test_beginnings_count_shared_cells_once() -> None:
    ledger = CellLedger(100)
    ledger.append(0, 10)
    ledger.fork(0, 1, 6)
    ledger.append(1, 3)
    assert ledger.held([(0, 10), (1, 9)]) == 13
    assert ledger.held([(0, 4), (1, 5)]) == 5
    assert ledger.free == 87
