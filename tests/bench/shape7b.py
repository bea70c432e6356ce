"""Writes a file shaped like Mistral 7B in Q4_K_M: the same tensors, sizes and quantisation, but random weights.

    python -m tests.bench.shape7b PATH

It runs as fast and takes as much memory as the real one, and says nothing sensible. Its vocabulary is the demonstration
model's, cut to 32,000 tokens. The same file each time.
"""

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import gguf
import numpy as np
import numpy.typing as npt

from services.core.paths import PROJECT_ROOT

VOCABULARY = PROJECT_ROOT / ".cache" / "models" / "SmolLM2-135M-Instruct.Q4_1.gguf"
_SCALE = 4e-5
_POOL_BYTES = 96 * 1024 * 1024
_Q4_K, _Q6_K = gguf.GGMLQuantizationType.Q4_K, gguf.GGMLQuantizationType.Q6_K
Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Shape:
    """Dimensions of the network; the defaults are Mistral 7B's."""

    layers: int = 32
    width: int = 4096
    ffn: int = 14336
    heads: int = 32
    kv_heads: int = 8
    vocabulary: int = 32000
    context: int = 32768

    @property
    def kv_width(self) -> int:
        return self.width // self.heads * self.kv_heads


def write_shape(path: Path, shape: Shape = Shape(), vocabulary: Path = VOCABULARY) -> None:
    """Write the file; it appears under its name only when it is whole."""
    part = path.with_name(path.name + ".part")
    writer = gguf.GGUFWriter(part, "llama")
    _write_settings(writer, shape)
    _write_vocabulary(writer, vocabulary, shape.vocabulary)
    pools = {kind: _random_blocks(kind) for kind in (_Q4_K, _Q6_K)}
    for number, (name, rows, columns, kind) in enumerate(matrices_of(shape)):
        data = _matrix(pools[kind], number, rows, columns, kind)
        writer.add_tensor(name, data, raw_dtype=kind)
    for name in norms_of(shape):
        writer.add_tensor(name, np.ones(shape.width, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    os.replace(part, path)


def _write_settings(writer: gguf.GGUFWriter, shape: Shape) -> None:
    writer.add_name("7B shape (random weights)")
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.ffn)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.kv_heads)
    writer.add_rope_dimension_count(shape.width // shape.heads)
    writer.add_rope_freq_base(1_000_000.0)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_file_type(15)
    writer.add_vocab_size(shape.vocabulary)


def _write_vocabulary(writer: gguf.GGUFWriter, source: Path, size: int) -> None:
    """The first `size` tokens of another file's byte-pair vocabulary, and the merges that stay among them."""
    fields = gguf.GGUFReader(source).fields
    tokens = [str(token) for token in fields["tokenizer.ggml.tokens"].contents()][:size]
    known = set(tokens)
    merges = [str(merge) for merge in fields["tokenizer.ggml.merges"].contents()]
    kept = [merge for merge in merges if {*merge.split(" "), merge.replace(" ", "")} <= known]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list([token.encode() for token in tokens])
    writer.add_token_types([int(kind) for kind in fields["tokenizer.ggml.token_type"].contents()][:size])
    writer.add_token_merges(kept)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_add_bos_token(False)
    writer.add_add_space_prefix(False)
    writer.add_chat_template(str(fields["tokenizer.chat_template"].contents()))


def matrices_of(shape: Shape) -> Iterator[tuple[str, int, int, gguf.GGMLQuantizationType]]:
    """Name, rows, columns and kind: Q6_K for the output and for half of the values and of the down projections."""
    yield "token_embd.weight", shape.vocabulary, shape.width, _Q4_K
    yield "output.weight", shape.vocabulary, shape.width, _Q6_K
    for layer in range(shape.layers):
        better = _Q6_K if _more_bits(layer, shape.layers) else _Q4_K
        block = f"blk.{layer}"
        yield f"{block}.attn_q.weight", shape.width, shape.width, _Q4_K
        yield f"{block}.attn_k.weight", shape.kv_width, shape.width, _Q4_K
        yield f"{block}.attn_v.weight", shape.kv_width, shape.width, better
        yield f"{block}.attn_output.weight", shape.width, shape.width, _Q4_K
        yield f"{block}.ffn_gate.weight", shape.ffn, shape.width, _Q4_K
        yield f"{block}.ffn_up.weight", shape.ffn, shape.width, _Q4_K
        yield f"{block}.ffn_down.weight", shape.width, shape.ffn, better


def norms_of(shape: Shape) -> Iterator[str]:
    yield "output_norm.weight"
    for layer in range(shape.layers):
        yield f"blk.{layer}.attn_norm.weight"
        yield f"blk.{layer}.ffn_norm.weight"


def _more_bits(layer: int, layers: int) -> bool:
    """Which layers Q4_K_M gives more bits: the first and last eighth, and every third between."""
    eighth = layers // 8
    return layer < eighth or layer >= 7 * layers // 8 or (layer - eighth) % 3 == 2


def _random_blocks(kind: gguf.GGMLQuantizationType) -> Bytes:
    """Blocks of random values with scales so small that activations stay finite through all layers."""
    _, size = gguf.GGML_QUANT_SIZES[kind]
    count = _POOL_BYTES // size
    blocks = np.random.default_rng(7).integers(0, 256, (count, size), np.uint8)
    scale = np.frombuffer(np.float16(_SCALE).tobytes(), np.uint8)
    if kind == _Q4_K:
        blocks[:, 0:2] = scale
        blocks[:, 2:4] = scale
    else:
        blocks[:, -2:] = scale
    return blocks


def _matrix(pool: Bytes, number: int, rows: int, columns: int, kind: gguf.GGMLQuantizationType) -> Bytes:
    """`rows` × bytes of a row, taken from the pool at a place of its own; views only, nothing is copied."""
    values, size = gguf.GGML_QUANT_SIZES[kind]
    blocks = rows * columns // values
    if blocks > len(pool):
        repeated = np.resize(pool, (blocks, size))
        return repeated.reshape(rows, columns // values * size)
    start = number * 997 % (len(pool) - blocks + 1)
    return pool[start : start + blocks].reshape(rows, columns // values * size)


if __name__ == "__main__":
    write_shape(Path(sys.argv[1]))
