"""XML as a stream of events in constant memory. Entities are refused: they are how a small file grows without end."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from services.ingest.document import ParseError

_MAX_DEPTH = 200


@dataclass(frozen=True, slots=True)
class Start:
    """An element begins; names are without namespace, relation ids of Office are `r:id`."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class End:
    name: str


@dataclass(frozen=True, slots=True)
class Text:
    text: str


Event = Start | End | Text


class _Collector:
    """Handlers of expat, which cannot yield."""

    def __init__(self, max_depth: int) -> None:
        self.events: list[Event] = []
        self._depth = 0
        self._max_depth = max_depth
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.EntityDeclHandler = self._entity

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > self._max_depth:
            raise ParseError("too_deep", f"it is nested more than {self._max_depth} levels deep")
        self.events.append(Start(name.rpartition(" ")[2], {_local(key): value for key, value in attributes.items()}))

    def _end(self, name: str) -> None:
        self._depth -= 1
        self.events.append(End(name.rpartition(" ")[2]))

    def _text(self, text: str) -> None:
        self.events.append(Text(text))

    def _entity(self, *_: object) -> None:
        raise ParseError("entity_bomb", "it declares entities, which are not expanded here")


def _local(key: str) -> str:
    """Name without namespace, save that relation ids of Office keep their `r:`: they stand beside plain ids."""
    space, _, name = key.rpartition(" ")
    return f"r:{name}" if space.endswith("/relationships") else name


def events(data: Iterable[bytes], max_depth: int = _MAX_DEPTH) -> Iterator[Event]:
    """Events of one XML document. Raises ParseError."""
    collector = _Collector(max_depth)
    try:
        for piece in data:
            collector.parser.Parse(piece, False)
            yield from collector.events
            collector.events.clear()
        collector.parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise ParseError("broken", f"its XML is damaged: {error}") from None
    yield from collector.events


def without(stream: Iterable[Event], skipped: frozenset[str]) -> Iterator[Event]:
    """The events outside of elements named in `skipped`."""
    depth = 0
    for event in stream:
        if isinstance(event, Start) and (depth or event.name in skipped):
            depth += 1
        elif isinstance(event, End) and depth:
            depth -= 1
        elif not depth:
            yield event
