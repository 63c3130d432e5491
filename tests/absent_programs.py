"""Programs in which structural zeros arrive at operations while they run, made from a random generator.

Every operand is made of the elements of one input `k`: as they are, as an array of them, through a branch that is taken
or not, by lanes, as the operand that `max` chooses or not, or by a loop. Along a direction in which some elements of k
stand still, some of what they give is absent, as a whole or among the elements of an array.
"""

from __future__ import annotations

import random

from exprgrad.ops import Op

Shape = tuple[int, ...]
SIZE = 6

# Each function of arrays, and every other form that is not elementwise: the shapes of its operands, and its text.
FORMS: dict[str, list[tuple[tuple[Shape, ...], str]]] = {
    "sum": [(((3,),), "sum({})"), (((2, 3),), "sum({}, axis=0)"), (((2, 3),), "sum({}, axis=1)")],
    "mean": [(((3,),), "mean({})"), (((2, 3),), "mean({}, axis=1)")],
    "prod": [(((3,),), "prod({})"), (((2, 3),), "prod({}, axis=0)")],
    "min": [(((3,),), "min({})"), (((2, 3),), "min({}, axis=0)")],
    "max": [(((3,),), "max({})"), (((2, 3),), "max({}, axis=1)")],
    "var": [(((3,),), "var({})"), (((2, 3),), "var({}, axis=1)")],
    "std": [(((3,),), "std({})"), (((2, 3),), "std({}, axis=0)")],
    "any": [(((3,),), "any({} > 0)*2")],
    "all": [(((3,),), "all({} > 0)*2")],
    "cumsum": [(((3,),), "cumsum({})"), (((2, 3),), "cumsum({}, axis=1)")],
    "norm": [(((3,),), "norm({})"), (((2, 3),), "norm({}, axis=0)")],
    "logsumexp": [(((3,),), "logsumexp({})"), (((2, 3),), "logsumexp({}, axis=1)")],
    "softmax": [(((3,),), "softmax({})"), (((2, 3),), "softmax({}, axis=0)")],
    "dot": [(((3,), (3,)), "dot({}, {})"), (((2, 3), (3,)), "dot({}, {})")],
    "outer": [(((2,), (3,)), "outer({}, {})")],
    "cross": [(((3,), (3,)), "cross({}, {})")],
    "size": [(((3,),), "size({0})*{0}")],
    "transpose": [(((2, 3),), "transpose({})")],
    "reshape": [(((2, 3),), "reshape({}, [3, 2])"), (((),), "reshape({}, [1, 1])")],
    "concat": [
        (((2,), (3,)), "concat({}, {})"),
        (((1,), (2,), (1,)), "concat({}, {}, {})"),
        (((2, 3), (2, 1)), "concat({}, {}, axis=1)"),
        (((1, 3), (2, 3)), "concat({}, {})"),
    ],
    "stack": [(((), ()), "stack({}, {})"), (((3,), (3,), (3,)), "stack({}, {}, {})"), (((2, 3),), "stack({})")],
    "diag": [(((3,),), "diag({})"), (((2, 2),), "diag({})")],
    "trace": [(((2, 2),), "trace({})")],
    "det": [(((2, 2),), "det({} + 9*eye(2))"), (((2, 2),), "det({})")],
    "logdet": [(((2, 2),), "logdet({} + 29*eye(2))")],
    "inv": [(((2, 2),), "inv({} + 9*eye(2))")],
    "solve": [
        (((2, 2), (2,)), "solve({} + 9*eye(2), {})"),
        (((2, 2), (2, 3)), "solve({} + 9*eye(2), {})"),
    ],
    "zeros": [(((3,),), "zeros(3) - {}")],
    "ones": [(((3,),), "ones(3) - {}")],
    "eye": [(((2, 2),), "eye(2) - {}")],
    "arange": [(((3,),), "arange(3) - {}")],
    "linspace": [(((), ()), "linspace({}, {}, 4)")],
    "product": [(((2, 3), (3,)), "{} @ {}"), (((2, 3), (3, 2)), "{} @ {}"), (((2,), (2, 3)), "{} @ {}")],
    "index": [
        (((3,),), "{}[1]"),
        (((3,), ()), "{0}[round(2*sigmoid({1}))]"),
        (((2, 3),), "{}[1]"),
        (((2, 3),), "{}[0, 2]"),
        (((3,),), "{}[[2, 0, 0]]"),
    ],
    "slice": [(((3,),), "{}[1:]"), (((3,),), "{}[::-1]"), (((2, 3),), "{}[:, 1:]"), (((2, 3),), "{}[::-1, 0]")],
    "vector": [(((), (), ()), "[{}, {}, {}]"), (((3,), (3,)), "[{}, {}]")],
    "broadcasting": [(((2, 3), (3,)), "{} * {}"), (((2, 3), ()), "{} - {}"), (((2, 1), (3,)), "{} + {}")],
    "quotient": [(((3,), ()), "{} / (9 + {})"), (((), (3,)), "{} / (9 + {})")],
    "lanes": [
        (((3,), (3,), (3,)), "({} if {} > 0.1 else {})"),
        (((2, 3), (3,), ()), "({} if {} > 0.1 else {})"),
        (((3,), (3,)), "where({0} > 0.1, {0}*{1}, {1} - {0})"),
    ],
    "branch": [(((3,), (), (3,)), "({} if {} > 0.1 else {})"), (((), (), ()), "({} if {} > 0.1 else {})")],
    "gradient": [(((3,), (3,)), "u = {0}; gradient(sum(sin(u*{1})*u), u)")],
    "jacobian": [(((2,), (3,)), "u = {0}; jacobian(u[0]*{1}*u, u)".replace("*u, u", "*u[1], u"))],
    "hessian": [(((3,), (3,)), "u = {0}; hessian(sum(u*u*{1}) + u[0]*u[1], u) @ {1}")],
    "if": [(((3,), (), (3,)), "u = {0}; if {1} > 0.1 {{ u = u*{2}; v = {1} }} else {{ u = {2}; v = u[0] }}; u*v")],
    "for": [(((3,), (3,)), "u = {0}; for i in 0..3 {{ u = u*sin({1}) + u[0] }}; u*1")],
    "while": [(((3,), ()), "u = {0}; n = 2; while n > 0 {{ u = concat(u[1:], [u[0]*{1}]); n = n - 1 }}; u*1")],
}
_NUMBERS = ("0.5", "2", "1.5", "-0.75", "3")


class AbsentMaker:
    """Writes the operands."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def point(self) -> list[float]:
        """A value of k."""
        return [round(self.random.uniform(-2, 2), 6) for _ in range(SIZE)]

    def direction(self) -> list[float]:
        """A direction in which some elements stand still, but not all."""
        moving = self.random.sample(range(SIZE), self.random.randint(1, SIZE - 1))
        return [round(self.random.uniform(0.5, 2), 6) if i in moving else 0.0 for i in range(SIZE)]

    def operand(self, shape: Shape) -> str:
        r = self.random
        if not shape:
            return self.scalar()
        if r.random() < 0.15:
            return self.literal(shape)
        kind = r.random()
        if kind < 0.25:
            return f"({self.scalar()} * {self.literal(shape)})"
        if kind < 0.4:
            sides = [f"({self.scalar()} * {self.literal(shape)})", self.array(shape)]
            r.shuffle(sides)
            return f"({sides[0]} if {self.scalar()} > 0 else {sides[1]})"
        if kind < 0.5:
            sides = [self.array(shape), f"({self.scalar()} * {self.literal(shape)})"]
            return f"({sides[0]} if {self.array(shape)} > 0 else {sides[1]})"
        if kind < 0.6:
            return f"{r.choice(['max', 'min'])}({self.array(shape)}, {self.array(shape)})"
        return self.array(shape)

    def array(self, shape: Shape) -> str:
        """An array of elements that each may move."""
        r = self.random
        if len(shape) == 1 and r.random() < 0.4:
            (n,) = shape
            start = r.randint(0, SIZE - n)
            return f"k[{start}:{start + n}]"
        if len(shape) == 2 and r.random() < 0.3:
            return f"outer({self.array(shape[:1])}, {self.array(shape[1:])})"
        return f"[{', '.join(self.array(shape[1:]) if shape[1:] else self.scalar() for _ in range(shape[0]))}]"

    def scalar(self) -> str:
        r = self.random
        a, b = (f"k[{r.randrange(SIZE)}]" for _ in range(2))
        return r.choice(
            [
                a,
                a,
                f"{a}*{b}",
                f"sin({a})",
                f"({a} if {b} > 0 else {r.choice(_NUMBERS)})",
                f"({a} if {b} > 0 else {b})",
                f"max({a}, {b})",
                f"relu({a})",
                r.choice(_NUMBERS),
            ]
        )

    def literal(self, shape: Shape) -> str:
        if not shape:
            return self.random.choice(_NUMBERS)
        return f"[{', '.join(self.literal(shape[1:]) for _ in range(shape[0]))}]"

    def form(self, name: str) -> str:
        """A program whose result is a form."""
        shapes, text = self.random.choice(FORMS[name])
        *before, last = text.format(*map(self.operand, shapes)).split("; ")
        return "; ".join([*before, f"c = {last}"])

    def call(self, op: Op) -> str:
        """A call of an elementwise operation, its operands in its domain."""
        count = len(op.operand_names) + (self.random.randint(0, 2) if op.variadic else 0)
        domain = op.domain if len(op.domain) >= count else op.domain[:1] * count
        operands = []
        for i, (low, high) in enumerate(domain):
            middle, half = (low + high) / 2, min((high - low) / 2, 3.0) * 0.9
            text = f"({middle} + {half}*tanh({self.operand(self.random.choice([(), (3,)]))}))"
            whole = op.operand_names[min(i, len(op.operand_names) - 1)] == "n"
            operands.append(f"round({text})" if whole else text)
        return f"c = {op.name}({', '.join(operands)})"


class HardMaker:
    """Writes programs of two arrays x and y of three elements and two numbers s and t, in which slopes are infinite and
    values nan beside what is used."""

    VALUES = (0.0, 1.0, 4.0, -1.0, 0.25, float("inf"), float("nan"), 2.0, -3.0, 0.5)

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def values(self) -> dict[str, float | list[float]]:
        """A value of each input."""
        pick = self.random.choice
        return {name: [pick(self.VALUES) for _ in range(3)] for name in "xy"} | {
            name: pick(self.VALUES) for name in "st"
        }

    def array(self, depth: int) -> str:
        """An array of three elements, or a number that may stand for one."""
        r = self.random
        if depth <= 0 or r.random() < 0.15:
            return r.choice(["x", "y", "x", "y", "s", "2"])
        kind, less = r.random(), depth - 1
        if kind < 0.3:
            other = self.array(less) if r.random() < 0.8 else self.number(less)
            return f"({self.array(less)} {r.choice('+-**/')} {other})"
        if kind < 0.55:
            return f"{r.choice(['sqrt', 'log', 'abs', 'exp', 'relu', '1/', 'asin', 'cbrt'])}({self.array(less)})"
        if kind < 0.7:
            return f"{r.choice(['max', 'min'])}({self.array(less)}, {self.array(less)})"
        if kind < 0.75:
            return f"clip({self.array(less)}, {self.number(less)}, {self.array(less)})"
        if kind < 0.85:
            return f"({self.array(less)} if {r.choice('xy')} > {r.choice('01')} else {self.array(less)})"
        if kind < 0.92:
            return f"concat({self.whole(less)}[1:], [{self.number(less)}])"
        return f"{self.whole(less)}[{r.choice(['::-1', '[2,0,0]', '[1,1,2]'])}]"

    def whole(self, depth: int) -> str:
        """An array, never a number."""
        return f"whole({self.array(depth)})"

    def number(self, depth: int, names: str = "st") -> str:
        """A number."""
        r = self.random
        if depth <= 0 or r.random() < 0.15:
            return r.choice([*names, "2", "0.5"])
        kind, less = r.random(), depth - 1
        if names == "st" and kind < 0.55:
            whole = self.whole(less)
            return r.choice(
                [
                    f"{whole}[{r.choice('012')}]",
                    f"sum({whole}[{r.choice(['1:', ':2', '::2'])}])",
                    f"{r.choice(['max', 'min', 'sum', 'prod'])}({whole})",
                    f"dot({whole}, {self.whole(less)})",
                ]
            )
        a, b = self.number(less, names), self.number(less, names)
        if kind < 0.7:
            return f"({a} {r.choice('+-*/')} {b})"
        if kind < 0.9:
            return f"{r.choice(['sqrt', 'log', 'exp', 'relu'])}({a})"
        return r.choice([f"{r.choice(['max', 'min'])}({a}, {b})", f"clip({a}, 0, {b})", f"heaviside({a}, {b})"])

    def program(self) -> str:
        """A program whose result is c."""
        last = self.array(4) if self.random.random() < 0.5 else self.number(4)
        return f"whole(u) = u - zeros(3); c = {last}"
