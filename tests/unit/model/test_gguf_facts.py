"""A GGUF header read without the engine; damaged and foreign files are refused before the native loader sees them."""

from pathlib import Path

import gguf
import numpy as np
import pytest

from services.model.gguf_facts import _BLOCKS, NotGguf, read_facts
from tests.bench.shape7b import Shape, matrices_of, norms_of, write_shape
from tests.unit.model.vocabularies import SMOLLM2

TINY = Shape(layers=8, width=256, ffn=512, heads=4, kv_heads=2, vocabulary=1024, context=2048)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("gguf") / "tiny.gguf"
    write_shape(path, TINY)
    return path


def test_the_demonstration_model() -> None:
    facts = read_facts(SMOLLM2)
    assert (facts.architecture, facts.n_vocab) == ("llama", 49152)
    assert facts.number("block_count", 0) == 30
    assert facts.per_layer("attention.head_count_kv", 0) == [3] * 30
    assert facts.whole_bytes == facts.file_bytes == SMOLLM2.stat().st_size


def test_it_agrees_with_the_reference_reader(tiny: Path) -> None:
    facts = read_facts(tiny)
    reference = gguf.GGUFReader(tiny)
    assert facts.data_start == reference.data_offset
    assert {(t.name, t.shape, t.kind, t.size) for t in facts.tensors} == {
        (t.name, tuple(map(int, t.shape)), int(t.tensor_type), t.n_bytes) for t in reference.tensors
    }
    assert facts.values["llama.rope.freq_base"] == 1_000_000.0
    assert facts.lengths["tokenizer.ggml.tokens"] == TINY.vocabulary


def test_block_sizes_are_the_librarys() -> None:
    assert {int(kind): sizes for kind, sizes in gguf.GGML_QUANT_SIZES.items()} == _BLOCKS


def test_a_file_cut_off_anywhere_is_refused(tiny: Path, tmp_path: Path) -> None:
    data = tiny.read_bytes()
    cut = tmp_path / "cut.gguf"
    for keep in (0, 1, 4, 20, 23, 24, 200, 5000, read_facts(tiny).data_start, len(data) // 2, len(data) - 1):
        cut.write_bytes(data[:keep])
        with pytest.raises(NotGguf):
            read_facts(cut)


@pytest.mark.parametrize("seed", range(40))
def test_damage_is_refused_or_harmless_never_a_crash(tiny: Path, tmp_path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    data = bytearray(tiny.read_bytes())
    header = read_facts(tiny).data_start
    at = int(rng.integers(0, header - 8 if seed % 2 else 400))
    data[at : at + 8] = rng.integers(0, 256, 8, np.uint8).tobytes()
    path = tmp_path / "damaged.gguf"
    path.write_bytes(data)
    try:
        whole = read_facts(path).whole_bytes
    except NotGguf:
        whole = 0
    assert whole <= len(data)


@pytest.mark.parametrize("data", [b"", b"GGML" + b"\0" * 64, b"PK\x03\x04" * 50, b"GGUF\x01\0\0\0" + b"\0" * 16])
def test_foreign_files_are_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.gguf").write_bytes(data)
    with pytest.raises(NotGguf):
        read_facts(tmp_path / "x.gguf")


def test_the_7b_shape_is_mistrals() -> None:
    """291 tensors, 4.37 GB, half of the values and down projections with more bits, as the published Q4_K_M file."""
    shape = Shape()
    matrices = list(matrices_of(shape))
    sizes = [rows * columns // 256 * (144 if kind.name == "Q4_K" else 210) for _, rows, columns, kind in matrices]
    assert len(matrices) + len(list(norms_of(shape))) == 291
    assert sum(sizes) + 65 * shape.width * 4 == 4_367_704_064
    better = [name for name, _, _, kind in matrices if kind.name == "Q6_K"]
    assert len(better) == 1 + 16 + 16
