from services.ingest.backlog import Backlog, Rank
from services.ingest.stability import Stat


def test_renamed_first_then_small_then_outdated() -> None:
    backlog = Backlog()
    backlog.put("old", Stat(1, 0), Rank.OUTDATED)
    backlog.put("large", Stat(9, 0), Rank.CHANGED)
    backlog.put("small", Stat(2, 0), Rank.CHANGED)
    backlog.put("moved", Stat(99, 0), Rank.MOVED)
    taken = [item[0] for item in iter(backlog.take, None)]
    assert taken == ["moved", "small", "large", "old"]


def test_a_path_waits_once_with_its_last_state() -> None:
    backlog = Backlog()
    backlog.put("a", Stat(1, 0), Rank.CHANGED)
    backlog.put("a", Stat(5, 0), Rank.CHANGED)
    assert len(backlog) == 1
    assert backlog.sizes() == {5}
    assert backlog.take() == ("a", Stat(5, 0))
    assert backlog.take() is None


def test_discarded_is_not_taken() -> None:
    backlog = Backlog()
    backlog.put("a", Stat(1, 0), Rank.CHANGED)
    backlog.discard("a")
    assert "a" not in backlog
    assert backlog.sizes() == set()
    assert backlog.take() is None
