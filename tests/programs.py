"""Whole programs as texts, made from a random generator: functions, branches, loops, reassignments.

Names are shared between blocks and what is outside of them, so that the order of sums shows in the last bits.
"""

from __future__ import annotations

import random

SMOOTH = ("sin", "tanh", "atan", "sigmoid", "cos")
# These have kinks, jumps and poles at whole numbers.
HARD = ("abs", "abs", "relu", "sqrt", "log", "floor", "sign")


class Maker:
    """Writes one program of x and y. Loops end: they run over a range, or halve a counter."""

    def __init__(self, seed: int, *, smooth: bool = False, hard: bool = False) -> None:
        self.random = random.Random(seed)
        self.smooth = smooth
        self.hard = hard
        self.functions: list[str] = []
        self.fresh = 0
        # Each derivative of a derivative of a loop multiplies the program.
        self.diffs = self.random.choice([0, 1, 1])

    def name(self, names: list[str]) -> str:
        # What was assigned last is read most.
        return self.random.choice(names + names[-3:] * 2)

    def expression(self, names: list[str], depth: int) -> str:
        r = self.random
        if depth <= 0 or r.random() < 0.1:
            return self.name(names) if r.random() < 0.85 else r.choice(["0.5", "2", "3"])
        kind = r.random()
        left, right = self.expression(names, depth - 1), self.expression(names, depth - 1)
        if kind < 0.45:
            return f"({left} {r.choice('+-')} {right})"
        if kind < 0.7:
            return f"({left} * {right})"
        if kind < 0.78 and self.functions:
            return f"f({left}, {right})"
        if kind < 0.9:
            functions = HARD if self.hard else SMOOTH if self.smooth else (*SMOOTH, "exp", "csc", "sqrt", "abs")
            return f"{r.choice(functions)}({left})"
        if kind < 0.94 and self.diffs > 0:
            self.diffs -= 1
            by = r.choice(names)
            return f"diff({left} * {right}, {by}{r.choice(['', '', ', 2', ', ' + r.choice(names)])})"
        return f"({left} if {self.condition(names)} else {right})"

    def condition(self, names: list[str]) -> str:
        r = self.random
        # Far from the values that smooth programs take, a condition does not change nearby.
        return f"{self.name(names)} {r.choice('<>')} {r.choice(['0.123', '0', self.name(names)])}"

    def block(self, names: list[str], depth: int, length: int) -> list[str]:
        """Statements; what they assign is added to the names if it is assigned on every way."""
        r = self.random
        out = []
        for _ in range(length):
            kind = r.random()
            if depth <= 0 or kind < 0.5:
                target = r.choice(["u", "v", "w", *names])
                out.append(f"{target} = {self.expression(names, 2)}")
                if target not in names:
                    names.append(target)
            elif kind < 0.75:
                condition = self.condition(names)
                then, other = list(names), list(names)
                blocks = [self.block(side, depth - 1, r.randint(1, 2)) for side in (then, other)]
                if r.random() < 0.3:
                    blocks[1], other = [], list(names)
                text = f"if {condition} {{ {'; '.join(blocks[0])} }}"
                out.append(text + (f" else {{ {'; '.join(blocks[1])} }}" if blocks[1] else ""))
                names.extend(name for name in then if name in other and name not in names)
            else:
                inside = list(names)
                if r.random() < 0.6:
                    counter = f"i{self.fresh}"
                    self.fresh += 1
                    bounds = r.choice(["0..3", "0..2", "1..4", "0..0", "0..min(x*x, 4)", "0..1"])
                    head = f"for {counter} in {bounds}"
                    inside.append(counter)
                    body = self.block(inside, depth - 1, r.randint(1, 3))
                else:
                    counter = f"n{self.fresh}"
                    self.fresh += 1
                    out.append(f"{counter} = {r.choice([4, 2, 1, 8])}")
                    head = f"while {counter} > 0.9"
                    body = [*self.block(inside, depth - 1, r.randint(1, 3)), f"{counter} = {counter}/2"]
                out.append(f"{head} {{ {'; '.join(body)} }}")
        return out

    def program(self) -> str:
        r = self.random
        if r.random() < 0.4:
            self.functions.append(f"f(s, y) = {self.expression(['s', 'y', 'x'], 2)}")
        names = ["x", "y", "o"]
        body = self.block(names, 2, r.randint(2, 4))
        # x and y are read before anything is assigned, so that they are inputs.
        return "\n".join([*self.functions, "o = x - y", *body, f"p = {self.expression(names, 2)}"])
