from services.ingest.registry import is_known, version_namer


def test_names() -> None:
    assert is_known("shared/A.TXT")
    assert is_known("minsu/README")
    assert is_known("minsu/계약.hwp")
    assert not is_known("minsu/film.mp4")
    assert not is_known("minsu/noname")


def test_a_version_names_the_way_of_reading() -> None:
    version_of = version_namer(256)
    assert version_of("a/x.txt") == version_of("b/y.PY") == "text-1-1-256"
    assert version_of("a/x.md") != version_of("a/x.txt")
    assert version_of("a/x.jsonl") != version_of("a/x.json")
    assert version_of("a/film.mp4") == "none"
    assert version_namer(128)("a/x.txt") != version_of("a/x.txt")
