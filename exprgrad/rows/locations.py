"""Where in a file something is wrong: known as an offset where it is found, told as a row and a line of the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exprgrad.diagnostics import ExprError, InputDataError, Position

if TYPE_CHECKING:
    from exprgrad.rows.sources import Source


class AtRow(Exception):
    """Something is wrong with a row of a block. Blocks are read by several threads, which do not know how many rows
    come before; whoever takes the blocks in order makes an error of it."""

    def __init__(
        self,
        offset: int,
        message: str,
        *,
        hint: str | None = None,
        line: int | None = None,
        about: ExprError | None = None,
        first: str | None = None,
    ) -> None:
        super().__init__(message)
        self.offset = offset
        self.message = message
        self.hint = hint
        # What to do if it is the first row of the file.
        self.first = first
        # How many lines of the block come before the row, if that is known.
        self.line = line
        # Which of the files it is.
        self.table = 0
        # The error of whoever computes, with its place in the program; without it, the file is wrong.
        self.about = about

    def error(self, source: Source, before: int, lines: int) -> ExprError:
        """The error for a user, from where the rows are from, and how many rows and lines of it come before the
        block."""
        row, line = before + self.offset, None if self.line is None else lines + self.line
        about = self.about
        if about is not None:
            message = f"{source.place(row, line)}: {self.message}"
            return InputDataError(message, about.span, hint=self.hint, source=about.source, origin=about.origin)
        hint = "; ".join([part for part in (self.first if row == 0 else None, self.hint) if part]) or None
        if line is None:
            return InputDataError(f"{source.place(row)}: {self.message}", hint=hint, origin=source.called)
        problem = InputDataError(f"row {row + 1}: {self.message}", hint=hint, origin=source.called)
        problem.position = Position(line + 1)
        return problem
