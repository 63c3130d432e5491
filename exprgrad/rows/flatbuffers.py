"""FlatBuffers, as far as the metadata of Arrow need them: tables whose fields may be absent.

https://flatbuffers.dev/internals/
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from exprgrad.records import NamedTuple

Buffer = bytes | bytearray


class FlatTable(NamedTuple):
    """A table: the buffer that it is in, and where it begins. What lies beyond the buffer raises struct.error."""

    data: Buffer
    at: int

    @classmethod
    def root(cls, data: Buffer) -> FlatTable:
        """The table that a buffer is about."""
        return cls(data, number("<I", data, 0))

    def scalar(self, kind: str, place: int, absent: int = 0) -> int:
        """The number of a field, of a format of `struct`."""
        at = self._field(place)
        return absent if at is None else number(kind, self.data, at)

    def table(self, place: int) -> FlatTable | None:
        """The table of a field."""
        at = self._field(place)
        return None if at is None else FlatTable(self.data, self._target(at))

    def text(self, place: int) -> str:
        """The string of a field."""
        at = self._field(place)
        if at is None:
            return ""
        at = self._target(at)
        return bytes(self.data[at + 4 : at + 4 + number("<I", self.data, at)]).decode("utf-8", "replace")

    def tables(self, place: int) -> Iterator[FlatTable]:
        """The tables of a field that is a vector of them."""
        at = self._field(place)
        if at is not None:
            at = self._target(at)
            for i in range(number("<I", self.data, at)):
                yield FlatTable(self.data, self._target(at + 4 + 4 * i))

    def _field(self, place: int) -> int | None:
        """Where a field is, by the table of offsets that tables of one kind share."""
        offsets = self.at - number("<i", self.data, self.at)
        if 4 + 2 * place >= number("<H", self.data, offsets):
            return None
        offset = number("<H", self.data, offsets + 4 + 2 * place)
        return self.at + offset if offset else None

    def _target(self, at: int) -> int:
        return at + number("<I", self.data, at)


def number(kind: str, data: Buffer, at: int) -> int:
    """A number of a format of `struct` at a place of a buffer. Raises struct.error."""
    if at < 0:
        raise struct.error("a place before the buffer")
    found: int = struct.unpack_from(kind, data, at)[0]
    return found
