from services.ingest.stability import Stat, Tracker

OLD, NEW = Stat(10, 1), Stat(20, 2)


def test_a_file_is_due_when_it_rested() -> None:
    tracker = Tracker(1.0)
    tracker.observe("a", OLD, 0.0)
    assert tracker.rested(0.9) == []
    assert tracker.rested(1.0) == [("a", OLD)]
    assert tracker.settle("a", OLD, 1.0)
    assert "a" not in tracker


def test_a_change_begins_the_rest_anew() -> None:
    tracker = Tracker(1.0)
    tracker.observe("a", OLD, 0.0)
    tracker.observe("a", NEW, 0.8)
    assert tracker.rested(1.5) == []
    assert tracker.next_due() == 1.8


def test_the_same_look_twice_does_not() -> None:
    tracker = Tracker(1.0)
    tracker.observe("a", OLD, 0.0)
    tracker.observe("a", OLD, 0.8)
    assert tracker.next_due() == 1.0


def test_growth_found_at_the_last_look_is_not_settled() -> None:
    tracker = Tracker(1.0)
    tracker.observe("a", OLD, 0.0)
    assert not tracker.settle("a", NEW, 1.0)
    assert tracker.rested(1.9) == []
    assert tracker.rested(2.0) == [("a", NEW)]


def test_one_that_moves_does_not_hide_one_that_rests() -> None:
    tracker = Tracker(1.0)
    tracker.observe("a", OLD, 0.0)
    tracker.observe("b", OLD, 0.1)
    tracker.observe("a", NEW, 1.0)
    assert tracker.rested(1.2) == [("b", OLD)]


def test_deferred_and_forgotten() -> None:
    tracker = Tracker(1.0)
    tracker.observe("a", OLD, 0.0)
    tracker.defer("a", 1.0)
    assert tracker.rested(1.5) == []
    assert tracker.sizes() == {10}
    tracker.forget("a")
    assert tracker.next_due() is None
