"""Array programs as texts, made from a random generator: shapes, broadcasting, slices, reductions, products, branches
by lane, loops."""

from __future__ import annotations

import random

Shape = tuple[int, ...]
INPUTS: dict[str, Shape] = {"v": (3,), "w": (3,), "A": (2, 3), "B": (3, 2), "x": ()}


class ArrayMaker:
    """Writes one program of the inputs above; its result `p` is a number."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.names: dict[str, Shape] = dict(INPUTS)

    def values(self) -> dict[str, object]:
        """A value of each input."""

        def of(shape: Shape) -> object:
            if not shape:
                return round(self.random.uniform(-2, 2), 6)
            return [of(shape[1:]) for _ in range(shape[0])]

        return {name: of(shape) for name, shape in INPUTS.items()}

    def name(self, shape: Shape) -> str:
        found = [name for name, known in self.names.items() if known == shape]
        return self.random.choice(found) if found else self.literal(shape)

    def literal(self, shape: Shape) -> str:
        if not shape:
            return self.random.choice(["0.5", "2", "3", "1.5"])
        return f"[{', '.join(self.literal(shape[1:]) for _ in range(shape[0]))}]"

    def expression(self, shape: Shape, depth: int) -> str:
        r = self.random
        if depth <= 0 or r.random() < 0.15:
            return self.name(shape)
        kind = r.random()
        if kind < 0.3:
            other = r.choice([(), shape, shape[1:]])
            parts = [self.expression(shape, depth - 1), self.expression(other, depth - 1)]
            r.shuffle(parts)
            return f"(({parts[0]}) {r.choice('+-*')} ({parts[1]}))"
        if kind < 0.45:
            return f"{r.choice(['sin', 'tanh', 'atan', 'exp', 'abs', 'sigmoid'])}({self.expression(shape, depth - 1)})"
        if kind < 0.6 and shape:
            condition = f"{self.expression(shape, depth - 2)} {r.choice('<>')} {self.literal(())}"
            return f"({self.expression(shape, depth - 1)} if {condition} else {self.expression(shape, depth - 1)})"
        return r.choice(self.made(shape, depth - 1))

    def made(self, shape: Shape, depth: int) -> list[str]:
        """Expressions of a shape that are made of others."""
        e = self.expression
        r = self.random
        if shape == ():
            return [
                f"sum({e((3,), depth)})",
                f"{e((3,), depth)}[{r.choice(['0', '1', '-1'])}]",
                f"{e((2, 3), depth)}[1, {r.choice(['0', '-1'])}]",
                f"dot({e((3,), depth)}, {e((3,), depth)})",
                f"norm({e((3,), depth)})",
                f"{r.choice(['max', 'min', 'mean', 'prod', 'logsumexp', 'var'])}({e((2,), depth)})",
                f"trace({e((2, 3), depth)} @ {e((3, 2), depth)})",
                f"det({e((2, 3), depth)} @ {e((3, 2), depth)} + 9*eye(2))",
            ]
        if shape == (2,):
            return [
                f"{e((2, 3), depth)} @ {e((3,), depth)}",
                f"sum({e((2, 3), depth)}, axis=1)",
                f"{e((3,), depth)}[{r.choice(['1:', ':2', '::2'])}]",
                f"[{e((), depth)}, {e((), depth)}]",
                f"solve({e((2, 3), depth)} @ {e((3, 2), depth)} + 9*eye(2), {e((2,), depth)})",
            ]
        if shape == (3,):
            return [
                f"mean({e((2, 3), depth)}, axis=0)",
                f"{e((2, 3), depth)}[{r.choice(['0', '-1'])}]",
                f"cross({e((3,), depth)}, {e((3,), depth)})",
                f"cumsum({e((3,), depth)})",
                f"softmax({e((3,), depth)})",
                f"concat({e((2,), depth)}, [{e((), depth)}])",
                f"{e((2,), depth)} @ {e((2, 3), depth)}",
                f"{e((3,), depth)}[::-1]",
            ]
        if shape == (2, 3):
            return [
                f"{e((3, 2), depth)}.T",
                f"outer({e((2,), depth)}, {e((3,), depth)})",
                f"[{e((3,), depth)}, {e((3,), depth)}]",
                f"reshape({e((3, 2), depth)}, [2, 3])",
            ]
        return [f"{e((2, 3), depth)}.T", f"outer({e((3,), depth)}, {e((2,), depth)})"]

    def program(self) -> str:
        r = self.random
        lines = []
        for i in range(r.randint(1, 3)):
            shape = r.choice([(), (2,), (3,), (2, 3)])
            kind = r.random()
            if kind < 0.7 or shape == ():
                lines.append(f"u{i} = {self.expression(shape, 3)}")
            elif kind < 0.85:
                sides = [self.expression(shape, 2) for _ in range(2)]
                lines.append(f"if {self.expression((), 1)} > 0 {{ u{i} = {sides[0]} }} else {{ u{i} = {sides[1]} }}")
            else:
                lines.append(f"u{i} = {self.name(shape)}")
                self.names[f"u{i}"] = shape
                body = self.expression(shape, 2)
                lines.append(f"for k{i} in 0..{r.choice([1, 2])} {{ u{i} = tanh({body})*x + u{i} }}")
            self.names[f"u{i}"] = shape
        return "\n".join([*lines, f"p = {self.expression((), 3)} + sum(v*w) + sum(A) + sum(B.T)*x"])
