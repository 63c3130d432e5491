"""How many rows each group of a Parquet file has. Polars decodes a group as a whole, and does not tell where one ends.

The end of the file says it, in Thrift's compact protocol.
https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import BinaryIO, Final

# What is longer describes very many groups or columns, and would take longer to read than it saves.
_LONGEST: Final = 1 << 17
_MAGIC: Final = b"PAR1"
# Kinds of values. Truth values among members are kinds, and have no byte.
_TRUTHS: Final = (1, 2)
_BYTE: Final = 3
_LONG: Final = 6
_WHOLES: Final = (4, 5, _LONG)
_DOUBLE: Final = 7
_BYTES: Final = 8
_LIST: Final = 9
_STRUCT: Final = 12
# The groups among the members of the whole, and the rows among those of a group.
_GROUPS: Final = 4
_ROWS: Final = 3


def rows_of_groups(file: BinaryIO) -> list[int]:
    """The rows of each group in order, or nothing if they cannot be told."""
    try:
        end = file.seek(-8, os.SEEK_END)
        tail = file.read(8)
        size = int.from_bytes(tail[:4], "little")
        if not tail.endswith(_MAGIC) or size > min(_LONGEST, end):
            return []
        file.seek(end - size)
        return _Compact(file.read(size)).rows()
    except (OSError, ValueError, IndexError):  # it is damaged, and whoever reads the file says so
        return []


class _Compact:
    """A message that is read from its begin to its end."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def rows(self) -> list[int]:
        found = []
        for member, kind in self._members():
            if (member, kind) != (_GROUPS, _LIST):
                self._skip(kind)
                continue
            for _ in range(self._elements()[0]):
                for inner, inner_kind in self._members():
                    if (inner, inner_kind) == (_ROWS, _LONG):
                        found.append(max(0, self._whole()))
                    else:
                        self._skip(inner_kind)
        return found

    def _byte(self) -> int:
        self._at += 1
        return self._data[self._at - 1]

    def _length(self) -> int:
        """A whole number that is not negative, seven bits a byte."""
        found = shift = 0
        while (byte := self._byte()) & 128:
            found |= (byte & 127) << shift
            shift += 7
        return found | byte << shift

    def _whole(self) -> int:
        number = self._length()
        return number >> 1 ^ -(number & 1)

    def _member(self, before: int) -> tuple[int, int]:
        """The number and the kind of the next member of a struct; the kind is 0 at its end."""
        head = self._byte()
        step, kind = head >> 4, head & 15
        return before + step if step or not kind else self._whole(), kind

    def _members(self) -> Iterator[tuple[int, int]]:
        """The members of a struct, each of which is to be read before the next one."""
        member, kind = self._member(0)
        while kind:
            yield member, kind
            member, kind = self._member(member)

    def _elements(self) -> tuple[int, int]:
        """How many elements a list has, and their kind."""
        head = self._byte()
        size, kind = head >> 4, head & 15
        return self._length() if size == 15 else size, kind

    def _skip(self, kind: int) -> None:
        kinds = [kind]
        while kinds:
            kind = kinds.pop()
            if kind == _STRUCT:
                _, member = self._member(0)
                kinds += [_STRUCT, member] if member else []
            elif kind == _LIST:
                size, element = self._elements()
                if size > len(self._data):
                    raise ValueError
                # Among elements truth values have one.
                kinds += [_BYTE if element < _BYTE else element] * size
            elif kind == _BYTE:
                self._at += 1
            elif kind == _DOUBLE:
                self._at += 8
            elif kind == _BYTES:
                length = self._length()
                self._at += length
            elif kind in _WHOLES:
                self._length()
            elif kind not in _TRUTHS:  # the format has no others
                raise ValueError
