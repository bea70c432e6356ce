"""Frames survive any cut of the stream, and rubbish does not stop it."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.core.errors import ProtocolError
from services.core.protocol.codec import FrameDecoder, answer_decoder, encode, request_decoder
from services.core.protocol.frames import (
    Abort,
    Answer,
    Embed,
    Failed,
    Finished,
    Generate,
    Hello,
    Message,
    Part,
    Sampling,
    Timings,
    Tokens,
    Usage,
)

GENERATE = Generate(
    id=7,
    user="minsu",
    cache_key="12",
    messages=(Message("system", (Part("s", "온돌"),)), Message("user", (Part("m1", "hi", (1, 2), 3),))),
    sampling=Sampling(temperature=0.0, logit_bias={5: -1.0}, seed=1),
    max_tokens=16,
    stop=("\n\n",),
    resume_tokens=(9, 10),
)
REQUESTS = [Hello(protocol=1, client="t"), GENERATE, Abort(id=7), Embed(id=8, texts=("가",), kind="query")]
ANSWERS: list[Answer] = [
    Tokens(id=7, tokens=(1, 2), text="다"),
    Finished(id=7, reason="stop", usage=Usage(1, 0, 2), timings=Timings(0, 0.1, 0.2, 0.1, 10.0)),
    Failed(id=None, code="protocol", message="no"),
]


@given(cuts=st.lists(st.integers(1, 40), max_size=60))
def test_requests_come_out_as_they_went_in_however_the_stream_is_cut(cuts: list[int]) -> None:
    stream = b"".join(encode(frame) for frame in REQUESTS)
    decoder = request_decoder()
    got = []
    for cut in [*cuts, len(stream)]:
        got += list(decoder.feed(stream[:cut]))
        stream = stream[cut:]
    assert got == REQUESTS


def test_answers_come_out_as_they_went_in() -> None:
    assert list(answer_decoder().feed(b"".join(encode(answer) for answer in ANSWERS))) == ANSWERS


def test_a_malformed_body_is_reported_and_the_next_frame_read() -> None:
    body = b"\xc1 not msgpack"
    stream = struct.pack(">I", len(body)) + body + encode(Abort(id=1))
    bad, good = request_decoder().feed(stream)
    assert isinstance(bad, ProtocolError)
    assert good == Abort(id=1)


def test_unknown_fields_and_types_are_malformed() -> None:
    import msgspec

    for body in (msgspec.msgpack.encode({"t": "Abort", "id": 1, "x": 2}), msgspec.msgpack.encode({"t": "Nope"})):
        (bad,) = request_decoder().feed(struct.pack(">I", len(body)) + body)
        assert isinstance(bad, ProtocolError)


def test_a_length_above_the_limit_ends_the_stream() -> None:
    decoder: FrameDecoder[object] = FrameDecoder(Abort, max_frame_bytes=100)
    with pytest.raises(ProtocolError) as caught:
        list(decoder.feed(struct.pack(">I", 101)))
    assert caught.value.params == {"size": 101, "limit": 100}
