"""What languages with braces have in common, and their preludes: files of functions in the language itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Final

from exprgrad.targets import printer
from exprgrad.targets.target import SIGN, Infix, Target, Text, arithmetic
from exprgrad.targets.writing import Writing

# How tightly operators bind.
CONDITIONAL: Final = 1
AND: Final = 3
COMPARISON: Final = 5

# What a piece of a prelude declares: a function, or a type.
_DECLARED: Final = re.compile(r"^(?:static [\w ]+[ *]|(?:export )?function |const )(\w+)(?:\(| =)|^} (\w+);$", re.M)


class Prelude:
    """A file of pieces with blank lines between them, each a function or a type with the comment on it, by their names.
    What declares nothing, as the file's own comment, is left out."""

    def __init__(self, file: str) -> None:
        self.pieces: dict[str, str] = {}
        for piece in Path(__file__).with_name(file).read_text(encoding="utf-8").split("\n\n"):
            if declared := _DECLARED.search(piece):
                self.pieces[declared[1] or declared[2]] = piece.strip("\n")
        self._named = re.compile(rf"(?<![.>\w])({'|'.join(self.pieces)})\b")

    def used(self, needed: Iterable[str], names: Mapping[str, str]) -> list[str]:
        """The pieces that are needed, by what is written or by each other, under these names."""
        found: set[str] = set()
        waiting = list(needed)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += self._named.findall(_code(self.pieces[name]))
        return [
            "\n".join(
                line if line.startswith("//") else self._named.sub(lambda match: names[match[1]], line)
                for line in piece.splitlines()
            )
            for name, piece in self.pieces.items()
            if name in found
        ]


def _code(piece: str) -> str:
    return "\n".join([line for line in piece.splitlines() if not line.startswith("//")])


class Braces(Target):
    """Statements and operators that are C's."""

    indent = "    "
    idle = None
    infix: ClassVar = {
        # Compilers warn of one in the other without parentheses.
        "logical_or": Infix(" || ", 2, AND + 1, AND + 1),
        "logical_and": Infix(" && ", AND, AND, AND + 1),
        **arithmetic(COMPARISON),
    }
    prefix: ClassVar = {"negative": ("-", SIGN), "logical_not": ("!", SIGN)}
    words: ClassVar = {"true": "true", "false": "false"}

    def written(self, task: Writing) -> str:
        return printer.written(task, self)

    def spelled(self, name: str, operands: Sequence[Text]) -> Text:
        if name == "negative" and operands[0].text.startswith("-"):  # -- is another operator
            return Text(f"-({operands[0].text})", SIGN)
        return super().spelled(name, operands)

    def where(self, condition: Text, then: Text, otherwise: Text) -> Text:
        chosen = f"{condition.inside(CONDITIONAL + 1)} ? {then.inside(CONDITIONAL + 1)} : "
        return Text(chosen + otherwise.inside(CONDITIONAL), CONDITIONAL)

    def given(self, expression: Text) -> str:
        return f"return {expression.text};"

    def commented(self, line: str, comment: str) -> str:
        comment = "".join([c if c.isprintable() else " " for c in comment])
        if comment.endswith(("\\", "??/")):  # the comment would go on in the next line
            comment += " ."
        return f"{line}  // {comment}" if line else f"// {comment}".rstrip()

    def assign_each(self, names: Sequence[str], value: Text) -> Sequence[str]:
        return [f"{' = '.join([*names, value.text])};"]

    def open_if(self, condition: Text) -> str:
        return f"if ({condition.text}) {{"

    def otherwise(self) -> str:
        return "} else {"

    def open_while(self, condition: Text | None) -> str:
        return "for (;;) {" if condition is None else f"while ({condition.text}) {{"

    def leave(self) -> str:
        return "break;"

    def close(self) -> str | None:
        return "}"

    def count(self, name: str) -> str:
        return f"{name}++;"
