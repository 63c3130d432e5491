"""What the iterations of loops keep for others, in machine code: records in memory that grows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, Final

from exprgrad.diagnostics import EvaluationError, Span
from exprgrad.records import NamedTuple
from exprgrad.run.body import Body
from exprgrad.run.writer import Register

_MEMORY: Final = "the loops of one row need more memory than there is"


class Arena:
    """The records that a loop pushes, one for each iteration: an array in the memory of the process. The names are
    those of memory in the function's frame: where the array lies, how many records it has room for and how many it has,
    and at which the run of the loop begins."""

    __slots__ = ("base", "data", "room", "size", "top")

    def __init__(self, at: int, size: int) -> None:
        self.size = size
        self.data, self.room, self.top, self.base = [f"%{what}{at}" for what in ("data", "room", "top", "base")]


class Field(NamedTuple):
    """A value in the records of a loop: its place in bytes, and that of where it is a structural zero. `inner` is set
    where it is a stack itself: then the number of the record at which that begins."""

    arena: Arena
    offset: int
    absent: int
    inner: Field | None


class Stacks:
    """The stacks of a function, by their slots."""

    def __init__(self, body: Body) -> None:
        self.arenas: list[Arena] = []
        self._body = body
        self._fields: dict[int, Field] = {}

    def field(self, stack: int) -> Field:
        """What is pushed onto a stack."""
        return self._fields[stack]

    def forget(self, slot: int) -> None:
        """The slot holds no stack any more."""
        self._fields.pop(slot, None)

    def begin(self, stack: int) -> str:
        """The number of the record at which a stack begins."""
        return self._body.integer(f"%stack{stack}")

    def lay_out(self, at: int, stacks: Sequence[int], around: Collection[int]) -> Arena:
        """The records of a loop, and where they begin. `around` are the stacks that the loop around it keeps."""
        body, w = self._body, self._body.writer
        row = 8 * w.width
        arena = Arena(at, 2 * row * len(stacks))
        for i, stack in enumerate(stacks):
            self._fields[stack] = Field(arena, 2 * row * i, 2 * row * i + row, None)
        if not stacks:
            return arena
        self.arenas.append(arena)
        for name, kind in ((arena.data, "ptr"), (arena.room, "i64"), (arena.top, "i64")):
            body.memory(name, kind)
        # Where the loop around it keeps its stacks, each of its runs goes on behind the one before.
        kept = any(stack in around for stack in stacks)
        base = body.integer(arena.top) if kept else "0"
        for name in (arena.base, *(f"%stack{stack}" for stack in stacks)):
            body.store(name, "i64", base)
        return arena

    def reserve(self, arena: Arena, needed: str, span: Span | None) -> None:
        """Room for so many records of a loop that stands at `span`. Goes on in a block of its own."""
        body, w = self._body, self._body.writer
        w.declare("ptr @realloc(ptr, i64)")
        body.store(arena.top, "i64", needed)
        room = body.integer(arena.room)
        grow, grown, failed, fine = (body.label(what) for what in ("grow", "grown", "failed", "fine"))
        w.line(f"br i1 {w.result(f'icmp sle i64 {needed}, {room}')}, label %{fine}, label %{grow}")
        w.label(grow)
        more = w.result(f"add i64 {w.result(f'mul i64 {needed}, 2')}, 62")
        size = w.result(f"mul i64 {more}, {arena.size}")
        data = w.result(f"load ptr, ptr {arena.data}")
        larger = w.result(f"call ptr @realloc(ptr {data}, i64 {size})")
        w.line(f"br i1 {w.result(f'icmp eq ptr {larger}, null')}, label %{failed}, label %{grown}")
        w.label(failed)
        body.report("true", None, EvaluationError(_MEMORY, span))
        w.line("br label %done")
        w.label(grown)
        body.store(arena.data, "ptr", larger)
        body.store(arena.room, "i64", more)
        w.line(f"br label %{fine}")
        w.label(fine)

    def push(self, slot: int, stack: int, place: str, read: Callable[[int], tuple[Any, Register | None]]) -> None:
        """Keeps the value of a slot in the record of a number; `read` gives it, and where it is a structural zero."""
        w = self._body.writer
        field = self._fields[stack]
        where = self._address(field.arena, place, field.offset)
        if (inner := self._fields.get(slot)) is not None:
            self._fields[stack] = field._replace(inner=inner)
            w.line(f"store i64 {self.begin(slot)}, ptr {where}")
            return
        value, absent = read(slot)
        w.line(f"store {w.number_type} {w.number(value).text}, ptr {where}, align 8")
        gone = w.number(absent) if absent is not None else w.number(0.0)
        where = self._address(field.arena, place, field.absent)
        w.line(f"store {w.number_type} {gone.text}, ptr {where}, align 8")

    def pop(self, slot: int, field: Field, place: str, write: Callable[[int, Register, Register], None]) -> None:
        """Gives a slot what is in the record of a number, by `write`."""
        w = self._body.writer
        where = self._address(field.arena, place, field.offset)
        if field.inner is not None:
            self._body.store(f"%stack{slot}", "i64", w.result(f"load i64, ptr {where}"))
            self._fields[slot] = field.inner
            return
        value = Register(w, w.result(f"load {w.number_type}, ptr {where}, align 8"))
        where = self._address(field.arena, place, field.absent)
        gone = Register(w, w.result(f"load {w.number_type}, ptr {where}, align 8"))
        write(slot, value, w.truth(gone))

    def free(self) -> None:
        """Gives back the memory of all records."""
        w = self._body.writer
        for arena in self.arenas:
            w.declare("void @free(ptr)")
            data = w.result(f"load ptr, ptr {arena.data}")
            w.line(f"call void @free(ptr {data})")

    def _address(self, arena: Arena, place: str, offset: int) -> str:
        w = self._body.writer
        data = w.result(f"load ptr, ptr {arena.data}")
        at = w.result(f"add i64 {w.result(f'mul i64 {place}, {arena.size}')}, {offset}")
        return w.result(f"getelementptr i8, ptr {data}, i64 {at}")
