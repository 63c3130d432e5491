"""The body of a function of LLVM's while it is written: the memory in its frame, its labels, and what it reports."""

from __future__ import annotations

from exprgrad.diagnostics import ExprError, Span
from exprgrad.run.writer import Register, Writer


class Body:
    """What the parts of a body share. `frame` has the memory that its code uses, its type by its name; `problems` what
    rows can have, with their numbers, by what they say and where."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self.frame: dict[str, str] = {}
        self.problems: dict[tuple[str, Span | None], tuple[int, ExprError]] = {}
        self._labels = 0

    def label(self, what: str) -> str:
        """A name for a block that no other has."""
        self._labels += 1
        return f"{what}{self._labels}"

    def memory(self, name: str, kind: str) -> str:
        """Memory of a name: it is there from the function's start on."""
        self.frame[name] = kind
        return name

    def store(self, name: str, kind: str, text: str) -> None:
        """Writes to memory of a name."""
        self.writer.line(f"store {kind} {text}, ptr {self.memory(name, kind)}")

    def load(self, name: str, kind: str, *, mask: bool = False) -> Register:
        """Reads numbers, or a mask, from memory of a name."""
        return Register(self.writer, self.writer.result(f"load {kind}, ptr {name}"), mask)

    def integer(self, name: str) -> str:
        """Reads an i64 from memory of a name."""
        return self.writer.result(f"load i64, ptr {name}")

    def spread(self, kind: str, scalar: str) -> str:
        """A scalar in all rows."""
        w = self.writer
        if w.width == 1:
            return scalar
        many = w.of(kind)
        one = w.result(f"insertelement {many} poison, {kind} {scalar}, i32 0")
        return w.result(f"shufflevector {many} {one}, {many} poison, <{w.width} x i32> zeroinitializer")

    def found(self, mask: Register, problem: ExprError) -> None:
        """Notes a problem of the rows in which a mask is true, if there are any."""
        self.report(self.writer.any(mask), mask, problem)

    def report(self, condition: str, mask: Register | None, problem: ExprError) -> None:
        """Notes a problem, unless there is one already, if an i1 is true. Where rows are given it is theirs: the bits
        of %rows, the lowest that of the first one, say whose, if that is known."""
        w = self.writer
        number, _ = self.problems.setdefault((problem.message, problem.span), (len(self.problems) + 1, problem))
        none = w.result(f"icmp eq i64 {self.integer(self.memory('%problem', 'i64'))}, 0")
        first = w.result(f"and i1 {condition}, {none}")
        bits = "0" if mask is None else w.wide(mask)
        for name, value in (("%problem", str(number)), ("%rows", bits)):
            before = self.integer(self.memory(name, "i64"))
            w.line(f"store i64 {w.result(f'select i1 {first}, i64 {value}, i64 {before}')}, ptr {name}")
