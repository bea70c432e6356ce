"""Which files of a folder count as installed: whole chat models only."""

from pathlib import Path

import gguf
import numpy as np
import pytest

from services.core.catalogue import load_catalogue
from services.core.errors import ModelUnavailable
from services.model.catalogue import EMBEDDED_CHAT
from services.model.gguf_header import NotGguf, read_header
from services.model.installed import choose_model, inspect, list_installed

CATALOGUE = load_catalogue()


def write_gguf(path: Path, architecture: str = "llama", name: str = "", tensors: int = 2) -> Path:
    writer = gguf.GGUFWriter(path, architecture)
    if name:
        writer.add_name(name)
    writer.add_token_list([b"<s>", "가".encode(), b"x" * 300])
    writer.add_token_scores([0.0, 1.0, 2.0])
    for i in range(tensors):
        writer.add_tensor(f"blk.{i}.weight", np.ones((64, 32), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def test_the_header_tells_architecture_name_and_where_the_last_tensor_starts(tmp_path: Path) -> None:
    path = write_gguf(tmp_path / "a.gguf", name="온돌", tensors=3)
    header = read_header(path)
    assert (header.architecture, header.name) == ("llama", "온돌")
    assert path.stat().st_size - header.last_tensor_at == 64 * 32 * 4


@pytest.mark.parametrize("keep", [0, 3, 4, 10, 30, 200, -64 * 32 * 4])
def test_a_file_cut_off_anywhere_before_its_last_tensor_is_refused(tmp_path: Path, keep: int) -> None:
    data = write_gguf(tmp_path / "a.gguf").read_bytes()
    (tmp_path / "a.gguf").write_bytes(data[:keep])
    with pytest.raises(NotGguf):
        read_header(tmp_path / "a.gguf")


@pytest.mark.parametrize("at", range(4, 120, 7))
def test_a_damaged_header_is_a_refusal_and_nothing_else(tmp_path: Path, at: int) -> None:
    data = bytearray(write_gguf(tmp_path / "a.gguf").read_bytes())
    data[at : at + 8] = b"\xff" * 8
    (tmp_path / "a.gguf").write_bytes(data)
    try:
        header = read_header(tmp_path / "a.gguf")
    except NotGguf:
        return
    assert header.last_tensor_at > 0, "what was damaged was a text"


def test_a_copied_gguf_is_found_and_named_by_itself(tmp_path: Path) -> None:
    write_gguf(tmp_path / "my.gguf", name="My own")
    (found,) = list_installed(tmp_path, CATALOGUE)
    assert (found.name, found.path.name, found.demo) == ("My own", "my.gguf", False)
    assert found.min_memory_bytes > found.size_bytes


def test_a_catalogue_file_has_its_catalogue_name_and_memory(tmp_path: Path) -> None:
    entry = CATALOGUE[0]
    write_gguf(tmp_path / entry.file, name="whatever")
    (found,) = list_installed(tmp_path, CATALOGUE)
    assert (found.name, found.min_memory_bytes) == (entry.name, entry.min_memory_bytes)


def test_downloads_cut_files_embedders_and_other_files_do_not_count(tmp_path: Path) -> None:
    whole = write_gguf(tmp_path / "whole.gguf")
    (tmp_path / "a.gguf.0123456789ab.part").write_bytes(whole.read_bytes())
    (tmp_path / "b.gguf.incomplete").write_bytes(whole.read_bytes())
    (tmp_path / "cut.gguf").write_bytes(whole.read_bytes()[:-9000])
    (tmp_path / "text.gguf").write_text("not a model")
    (tmp_path / "empty.gguf").touch()
    (tmp_path / "folder.gguf").mkdir()
    write_gguf(tmp_path / "embedder.gguf", architecture="bert")
    assert [model.path for model in list_installed(tmp_path, CATALOGUE)] == [whole]


def test_no_folder_no_models(tmp_path: Path) -> None:
    assert list_installed(tmp_path / "none", CATALOGUE) == []


def test_a_split_model_counts_once_and_only_with_all_its_parts(tmp_path: Path) -> None:
    first = write_gguf(tmp_path / "big-00001-of-00002.gguf")
    assert inspect(first, CATALOGUE) is None
    second = write_gguf(tmp_path / "big-00002-of-00002.gguf")
    (found,) = list_installed(tmp_path, CATALOGUE)
    assert found.path == first
    assert found.size_bytes == first.stat().st_size + second.stat().st_size


def test_a_path_outside_the_folder_can_be_chosen(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    write_gguf(tmp_path / "models" / EMBEDDED_CHAT)
    elsewhere = write_gguf(tmp_path / "elsewhere.gguf", name="Elsewhere")
    chosen = choose_model(str(elsewhere), tmp_path / "models", CATALOGUE, 10**9)
    assert chosen.model.path == elsewhere
    assert choose_model("auto", tmp_path / "models", CATALOGUE, 10**9).model.demo


def test_a_path_to_a_broken_file_says_so(tmp_path: Path) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF")
    with pytest.raises(ModelUnavailable, match="not a whole GGUF chat model"):
        choose_model(str(broken), tmp_path, CATALOGUE, 10**9)
