"""The converter on a file of the same format, small enough to write here."""

import hashlib
import struct
from pathlib import Path

import gguf
import numpy as np
import pytest

from scripts import make_embedder

HIDDEN, FFN, VOCABULARY, POSITIONS = 32, 64, 7, 4
PIECES = [b"<s>", b"<pad>", b"</s>", b"<unk>", "▁온돌".encode(), b"<mask>"]


def q4_0(rows: int, columns: int, seed: int) -> bytes:
    values = np.random.default_rng(seed).normal(size=(rows, columns)).astype(np.float32)
    return bytes(gguf.quants.quantize(values, gguf.GGMLQuantizationType.Q4_0).tobytes())


def f32(count: int, value: float) -> bytes:
    return np.full(count, value, np.float32).tobytes()


def parts() -> dict[str, tuple[int, int, bytes]]:
    """name → (type, values, bytes), as in the real file but for the sizes."""
    found = {
        "emb.word": (1, VOCABULARY * HIDDEN, q4_0(VOCABULARY, HIDDEN, 1)),
        "emb.pos": (0, POSITIONS * HIDDEN, f32(POSITIONS * HIDDEN, 0.5)),
        "emb.type": (0, 2 * HIDDEN, f32(HIDDEN, 1.0) + f32(HIDDEN, 2.0)),
        "emb.ln.w": (0, HIDDEN, f32(HIDDEN, 1.0)),
        "emb.ln.b": (0, HIDDEN, f32(HIDDEN, 0.0)),
    }
    shapes = {"q": (HIDDEN, HIDDEN), "k": (HIDDEN, HIDDEN), "v": (HIDDEN, HIDDEN), "ao": (HIDDEN, HIDDEN)}
    shapes |= {"fi": (FFN, HIDDEN), "fo": (HIDDEN, FFN)}
    for name, (rows, columns) in shapes.items():
        found[f"l0.{name}.w"] = (1, rows * columns, q4_0(rows, columns, len(found)))
        found[f"l0.{name}.b"] = (0, rows, f32(rows, 0.25))
    for name in ("aln", "oln"):
        found[f"l0.{name}.w"] = (0, HIDDEN, f32(HIDDEN, 1.0))
        found[f"l0.{name}.b"] = (0, HIDDEN, f32(HIDDEN, 0.0))
    return found


def write_source(path: Path) -> Path:
    tensors = parts()
    blob = b"".join(PIECES)
    offsets = np.cumsum([0, *map(len, PIECES)])
    head = struct.pack("<4sI7ifi", b"E5S1", 1, HIDDEN, 1, 2, FFN, VOCABULARY, POSITIONS, 2, 1e-12, 32)
    head += struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, len(blob))
    head += struct.pack(f"<{len(PIECES) + 1}I", *offsets) + struct.pack(f"<{len(PIECES)}f", *range(len(PIECES)))
    head += blob + struct.pack("<iI", 2, 5) + b"skip!" + struct.pack("<i", len(tensors))
    table = sum(2 + len(name) + make_embedder.TENSOR.size for name in tensors)
    at, index, data = len(head) + table, b"", b""
    for name, (kind, count, raw) in tensors.items():
        index += struct.pack("<H", len(name)) + name.encode()
        index += make_embedder.TENSOR.pack(kind, count, at + len(data), len(raw))
        data += raw
    path.write_bytes(head + index + data)
    return path


def test_weights_are_copied_unchanged_and_named_as_the_engine_wants(tmp_path: Path) -> None:
    make_embedder.convert(write_source(tmp_path / "e5.bin"), tmp_path / "e5.gguf")
    tensors = {tensor.name: tensor for tensor in gguf.GGUFReader(tmp_path / "e5.gguf").tensors}
    assert len(tensors) == 5 + 16
    for ours, theirs in (("emb.word", "token_embd.weight"), ("l0.fo.w", "blk.0.ffn_down.weight")):
        assert tensors[theirs].data.tobytes() == parts()[ours][2]
    assert list(tensors["blk.0.ffn_down.weight"].shape) == [FFN, HIDDEN]
    assert list(tensors["blk.0.ffn_up.weight"].shape) == [HIDDEN, FFN]
    assert list(tensors["position_embd.weight"].shape) == [HIDDEN, POSITIONS]
    assert tensors["token_types.weight"].data.tolist() == [[1.0] * HIDDEN]


def test_the_vocabulary_is_padded_with_unused_tokens_to_the_embedding_rows(tmp_path: Path) -> None:
    make_embedder.convert(write_source(tmp_path / "e5.bin"), tmp_path / "e5.gguf")
    fields = gguf.GGUFReader(tmp_path / "e5.gguf").fields
    tokens = fields["tokenizer.ggml.tokens"].contents()
    assert tokens[4] == "▁온돌"
    assert len(tokens) == VOCABULARY
    kinds = fields["tokenizer.ggml.token_type"].contents()
    control, unknown, normal, unused = 3, 2, 1, 5
    assert kinds == [control, control, control, unknown, normal, control, unused]
    told = {key.rpartition(".")[2]: fields[f"tokenizer.ggml.{key}"].contents() for key in ("bos_token_id", "model")}
    assert told == {"bos_token_id": 0, "model": "t5"}
    assert fields["bert.attention.causal"].contents() is False


def test_the_same_source_gives_the_same_bytes(tmp_path: Path) -> None:
    source = write_source(tmp_path / "e5.bin")
    sums = set()
    for name in ("a.gguf", "b.gguf"):
        make_embedder.convert(source, tmp_path / name)
        sums.add(hashlib.sha256((tmp_path / name).read_bytes()).hexdigest())
    assert len(sums) == 1


def test_another_format_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.bin").write_bytes(b"GGUF" + bytes(200))
    with pytest.raises(ValueError, match="not an E5S1 file"):
        make_embedder.convert(tmp_path / "x.bin", tmp_path / "x.gguf")
