"""What an operation is, the registry of all of them, and `apply`, which runs one on whatever it is given.

An operation is one entry (see `elementwise`); everything else, from the grammar's calls to the printers and
the tests, reads the entry. There is no mode: the operands decide. A static `Node` adds a node to its graph,
a dynamic `Tensor` computes and records, a number computes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import count
from typing import Any, ClassVar, Final, ParamSpec, TypeVar

from exprgrad.diagnostics import EntryError, GraphError, Span, UsageError, incomplete, listed, suggest
from exprgrad.lazy import loaded
from exprgrad.numbers import arithmetic
from exprgrad.numbers.rounded import FLOAT64, MPFR, Rounded
from exprgrad.records import NamedTuple

# A value of the language: an mpfr, a Float32, an ndarray, a Python number, a static Node or a dynamic Tensor.
Value = Any
Kernel = Callable[..., Any]
# Gives the local partial derivative from the result and the operands, written in operations.
Rule = Callable[..., Value]

next_index: Callable[[], int] = count().__next__
"""Numbers nodes and tensors in order of creation, which is the order in which a sweep adds cotangents."""


class _Unit:
    """A partial that is 1 or -1 at every point: the sweep copies or negates instead of multiplying."""

    def __init__(self, sign: int) -> None:
        self.sign = sign

    def __repr__(self) -> str:
        return "ONE" if self.sign > 0 else "MINUS_ONE"


ONE: Final = _Unit(1)
MINUS_ONE: Final = _Unit(-1)


class Share:
    """A partial that does not change nearby: how much of the result an operand is. Where that is 0 the operand has no
    part in it, and is absent: what it is computed from may have an infinite slope there."""

    __slots__ = ("rule",)

    def __init__(self, rule: Rule) -> None:
        self.rule = rule

    def __call__(self, out: Value, *operands: Value) -> Value:
        return self.rule(out, *operands)


class Evaluated(NamedTuple):
    """A partial that has been computed with those of the other operands; whether it is a share."""

    value: Value
    share: bool = False


class Differentiated(NamedTuple):
    """How an operation that only derivatives use reads: as the partial of another one, by its operand at a position,
    times a whole number."""

    op: Callable[[], Op]
    position: int = 0
    factor: int = 1


# None: zero everywhere, so nothing is added and nothing is computed.
Partial = Rule | _Unit | Share | Evaluated | None


class HardPoint(NamedTuple):
    """Where a partial follows a convention: `where(out, *operands)` is true there, `note` says what was done. For
    operands that are numbers, and None in place of others, `never` says that it is true for none of these. Of the tip
    of a cone `square` says what its square is, which has all derivatives there."""

    where: Callable[..., Any]
    note: str
    never: Callable[..., bool] = lambda *known: False
    square: str | None = None


def both(a: Any, b: Callable[[], Any]) -> Any:
    """Where a holds and b does, which is only computed if a holds anywhere."""
    return a & b() if (a.any() if hasattr(a, "any") else a) else a


# A name and attributes: plain data that stands for an operation.
Reference = tuple[str, tuple[Any, ...]]


class Notation(NamedTuple):
    """How an operation is printed if not as a call. The grammar decides how it is parsed."""

    symbol: str
    precedence: int
    side: str  # "left" or "right" for infix operators, by association; "prefix"


class Traced:
    """What a static node, a dynamic tensor, and a series or a value beside a kink have in common: an operation, its
    operands, and a place in the text.

    Up to two operands lie in `left` and `right`, more in `rest`: a tuple for each tensor would double the
    objects that the garbage collector walks, which is a third of the time of a long trace. The parameter of a region
    has no operation and no operands; its `rest` holds the outer value that it stands for.
    """

    __slots__ = ("index", "left", "op", "rest", "right", "span")
    op: Op | None
    left: Any
    right: Any
    rest: tuple[Any, ...]
    index: int
    span: Span | None
    kind: ClassVar[str]

    @property
    def operands(self) -> tuple[Any, ...]:
        if self.left is None:
            return self.rest if self.op is not None else ()
        return (self.left,) if self.right is None else (self.left, self.right)

    def connect(self, operands: tuple[Any, ...]) -> None:
        """Makes these the operands."""
        count = len(operands)
        self.left = operands[0] if 0 < count < 3 else None
        self.right = operands[1] if count == 2 else None
        self.rest = operands if count > 2 else ()

    @classmethod
    def record(cls, op: Op, operands: Sequence[Value]) -> Any:
        """Adds `op(*operands)` to the graph or trace of those operands that have one."""
        raise NotImplementedError

    def __copy__(self) -> Any:
        raise _copied(self)

    def __deepcopy__(self, memo: Any) -> Any:
        raise _copied(self)

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise _copied(self)

    @classmethod
    def parameter(cls, outer: Any, scope: Any) -> Any:
        """What stands for an outer value inside a region."""
        raise NotImplementedError

    def absent(self, scope: Any) -> Any:
        """A structural zero in the shape of this value."""
        raise NotImplementedError


def _copied(x: Traced) -> GraphError:
    return GraphError(
        f"a {x.kind} cannot be copied or pickled: it is part of a graph",
        hint="pickle the program's text or its Function, or the value",
    )


_SINGLE: Final[dict[str, Op]] = {}
# What the name of an operation begins with that has the name of another one.
_SECOND: Final = "a second "
_FAMILIES: Final[dict[str, Callable[..., Op]]] = {}
_Member = TypeVar("_Member", bound="Op")
_Attributes = ParamSpec("_Attributes")


def family(make: Callable[_Attributes, _Member], name: str = "") -> Callable[_Attributes, _Member]:
    """Makes of a function from attributes to an operation a family: each of its members is made once, and is known by
    the function's name, or another one, and its attributes, which are plain data."""
    name = name or make.__name__
    if name in _FAMILIES:
        raise EntryError(f"there are two families called {name}", hint="rename one: programs refer to it by its name")

    @cache
    def member(*attributes: Any) -> _Member:
        op = make(*attributes)  # type: ignore[call-arg]
        op.reference = (name, attributes)
        return op

    _FAMILIES[name] = member
    return member  # type: ignore[return-value]


def known_as(name: str) -> Callable[[Callable[_Attributes, _Member]], Callable[_Attributes, _Member]]:
    """The same as `family`, with a name of its own for programs."""
    return lambda make: family(make, name)


def named(name: str, attributes: tuple[Any, ...] = ()) -> Op:
    """The operation that a reference stands for (see `Op.reference`). Raises a GraphError for one that there is not."""
    for files in ((), _CALLED, _OF_ARRAYS):
        _load(files)
        if name in _FAMILIES:
            return _FAMILIES[name](*attributes)
        if name in _SINGLE and not attributes:
            return _SINGLE[name]
    if name.startswith(_SECOND):
        made = name.removeprefix(_SECOND)
        raise incomplete(made, "is made more than once", "make it by a family, whose name programs know")
    raise GraphError(f"there is no operation {name}", hint="the program comes from another version of exprgrad")


class Op:
    """One operation. `name` is what the user writes, `aliases` second names; see `elementwise` for the rest."""

    __slots__ = (
        "_float32",
        "aliases",
        "arrays",
        "beside",
        "doc",
        "domain",
        "exact",
        "float64",
        "hard_points",
        "name",
        "notation",
        "operand_names",
        "partials",
        "public",
        "reading",
        "reference",
        "refuses",
        "remedies",
        "rounded",
        "textbook",
        "unless_nan",
        "variadic",
        "zero",
    )
    partials: tuple[Partial, ...] | Callable[..., Sequence[Value | None]] | None

    def __init__(
        self,
        name: str,
        operand_names: str = "x",
        *,
        doc: str = "",
        rounded: Callable[[Rounded], Kernel],
        arrays: Callable[[Any], Kernel] | None = None,
        beyond: Callable[..., Any] | None = None,
        partials: Sequence[Partial] | Callable[..., Sequence[Value | None]] | None = None,
        hard_points: Sequence[HardPoint | None] = (),
        aliases: Sequence[str] = (),
        notation: Notation | None = None,
        domain: Sequence[tuple[float, float]] = (),
        remedies: dict[str, str] | None = None,
        public: bool = True,
        zero: str | None = None,
        textbook: Sequence[str | None] = (),
        beside: Callable[..., Value] | None = None,
        unless_nan: float | None = None,
        reading: Rule | Differentiated | None = None,
        exact: bool = False,
        refuses: bool = False,
    ) -> None:
        self.name = name
        # By what a program names it: the name of its family, if it has one, and its attributes in there. A second one
        # of its name has none, unless it is a member of a family.
        self.reference: Reference = (name if _SINGLE.setdefault(name, self) is self else _SECOND + name, ())
        self.aliases = tuple(aliases)
        self.variadic = operand_names.endswith("...")
        self.operand_names = tuple(operand_names.replace(", ...", "").split(", "))
        self.doc = doc
        self.rounded = rounded
        self.float64: Kernel = rounded(FLOAT64)
        self._float32: Kernel | None = None
        self.arrays = arrays if arrays is None or beyond is None else _mended(arrays, beyond, self.float64)
        self.partials = partials if partials is None or callable(partials) else tuple(partials)
        self.hard_points = tuple(hard_points)
        self.notation = notation
        self.domain = tuple(domain) or ((-10.0, 10.0),) * len(self.operand_names)
        self.remedies = remedies or {}
        self.public = public
        self.zero = zero
        self.textbook = tuple(textbook)
        self.beside = beside
        self.unless_nan = unless_nan
        self.reading = reading
        self.exact = exact
        self.refuses = refuses

    def __repr__(self) -> str:
        return f"<op {self.name}>"

    def __call__(self, *operands: Value) -> Value:
        return apply(self, *operands)

    def __reduce__(self) -> str | tuple[Any, ...]:
        return named, self.reference

    @property
    def float32(self) -> Kernel:
        """The kernel with 24 bits."""
        if self._float32 is None:
            from exprgrad.numbers.rounded import FLOAT32

            self._float32 = self.rounded(FLOAT32)
        return self._float32

    @property
    def signs(self) -> Sequence[int]:
        """For each operand of a sum or a difference, 1 where it is added and -1 where it is taken off."""
        assert isinstance(self.partials, tuple), self.name
        return [partial.sign for partial in self.partials if isinstance(partial, _Unit)]

    def partials_at(self, out: Value, operands: Sequence[Value]) -> Sequence[Partial]:
        """The local partials of an elementwise operation, one for each operand."""
        partials = self.partials
        if isinstance(partials, tuple):
            return partials
        assert partials is not None
        return [p if p is None or type(p) is Evaluated else Evaluated(p) for p in partials(out, *operands)]

    def hard_points_for(self, operands: int) -> tuple[HardPoint | None, ...]:
        """One entry for each operand; a variadic operation's single entry serves them all."""
        points = self.hard_points
        return points * operands if self.variadic and len(points) == 1 else points

    def written(self, operands: Sequence[str]) -> str:
        """The operation on operands that are numbers: `0.0 * -inf`, `log(-1.0)`."""
        notation = self.notation
        if notation is None:
            return f"{self.name}({', '.join(operands)})"
        first = operands[0]
        if first.startswith("-") and notation.side != "left":
            first = f"({first})"
        if notation.side == "prefix":
            return f"{notation.symbol}{' ' if notation.symbol.isalpha() else ''}{first}"
        return f"{first} {notation.symbol} {operands[1]}"

    def compute(self, operands: Sequence[Any]) -> Any:
        """The value for operands that are all numbers."""
        return arithmetic.compute(self, operands)

    def of(self, *xs: Any) -> Any:
        """The value of numbers; of the rows of machine code, which have a writer, the code for it."""
        writer = next((found for x in xs if (found := getattr(x, "writer", None)) is not None), None)
        return self.compute(xs) if writer is None or self.arrays is None else self.arrays(writer)(*xs)

    def vjp(self, g: Value, out: Value, operands: Sequence[Value]) -> Sequence[Value | None]:
        """A structural operation's cotangents for its operands; elementwise ones have `partials` instead."""
        raise NotImplementedError(self.name)

    def jvp(self, tangents: Sequence[Value | None], out: Value, operands: Sequence[Value]) -> Value | None:
        """A structural operation's tangent."""
        raise NotImplementedError(self.name)


def _mended(arrays: Callable[[Any], Kernel], beyond: Callable[..., Any], scalar: Kernel) -> Callable[[Any], Kernel]:
    """A kernel for arrays whose results the scalar kernel gives where they are `beyond` its reach."""

    def made(np: Any) -> Kernel:
        kernel = arrays(np)

        def run(*operands: Any) -> Any:
            operands = tuple(map(np.double, operands))
            found = kernel(*operands)
            return np.mended(found, beyond(np, found, *operands), np.scalar(scalar), operands)

        return run

    return made


class Unary(Op):
    """An operation with one operand; the call is short for speed."""

    __slots__ = ()

    def __call__(self, x: Value, /) -> Value:
        return self.float64(x) if type(x) is MPFR else apply(self, x)


class Binary(Op):
    """An operation with two operands; the call is short for speed."""

    __slots__ = ()

    def __call__(self, x: Value, y: Value, /) -> Value:
        return self.float64(x, y) if type(x) is MPFR and type(y) is MPFR else apply(self, x, y)


def apply(op: Op, *operands: Value) -> Value:
    """Runs an operation on operands of any kind; the operands decide what running means."""
    owner: type[Traced] | None = None
    for x in operands:
        if isinstance(x, Traced):
            kind = type(x)
            if owner is None:
                owner = kind
            elif owner is not kind:
                raise GraphError(
                    f"{op.name} mixes a {owner.kind} with a {kind.kind}",
                    hint="a graph that is defined and then run and a trace that is defined by running do not mix",
                )
    return op.compute(operands) if owner is None else owner.record(op, operands)


def _operands(count: int) -> str:
    return "one operand" if count == 1 else f"{count} operands"


class Registry:
    """All operations. A name that a user can write may have several, told apart by operand count."""

    def __init__(self) -> None:
        self._by_name: dict[str, list[Op]] = {}
        self._complete = False
        self.internal: list[Op] = []
        self.infix: dict[str, Op] = {}
        self.prefix: dict[str, Op] = {}

    @property
    def by_name(self) -> Mapping[str, Sequence[Op]]:
        """The operations that are called like functions, by each of their names. They load when one is looked up."""
        if not self._complete:
            self._complete = True
            _load(_CALLED)
            # Whichever file was loaded first, as by another one that it needs.
            self._by_name = dict(sorted(self._by_name.items(), key=lambda named: _place(named[1][0])))
        return self._by_name

    def add(self, op: Op) -> None:
        if not op.public:
            self.internal.append(op)
            return
        names, notation, count = (op.name, *op.aliases), op.notation, len(op.operand_names)
        for name in names:
            if _taking(self._by_name.get(name, ()), count) is not None:
                what = f"takes the name {name}, which there is already with {_operands(count)}"
                raise incomplete(op.name, what, "rename one")
        if notation is not None:
            symbols = self.prefix if notation.side == "prefix" else self.infix
            if symbols.setdefault(notation.symbol, op) is not op:
                what = f"takes the symbol {notation.symbol} of {symbols[notation.symbol].name}"
                raise incomplete(op.name, what, "leave out notation=")
        for name in names:
            self._by_name.setdefault(name, []).append(op)

    def find(self, name: str, operands: int) -> Op | None:
        """The operation called `name` that takes so many operands."""
        return _taking(self.by_name.get(name, ()), operands)

    def choose(self, name: str, operands: int) -> Op:
        """The same for a call from Python: UsageError if there is none."""
        op = self.find(name, operands)
        if op is None:
            counts = " or ".join(
                f"{len(op.operand_names)}{' or more' if op.variadic else ''}" for op in self.by_name[name]
            )
            raise UsageError(f"{name} takes {counts} operands, not {operands}")
        return op

    def functions(self) -> Iterator[Op]:
        """The public operations, each once, in order of registration."""
        seen: set[str] = set()
        for ops in self.by_name.values():
            for op in ops:
                signature = f"{op.name}/{len(op.operand_names)}"
                if signature not in seen:
                    seen.add(signature)
                    yield op

    def all(self) -> Iterable[Op]:
        """Every registered operation, public or not, with all families made known."""
        _load(_OF_ARRAYS)
        return [*self.functions(), *self.internal]


def _taking(ops: Sequence[Op], operands: int) -> Op | None:
    for op in ops:
        least = len(op.operand_names)
        if operands == least or (op.variadic and operands > least):
            return op
    return None


REGISTRY: Final = Registry()
# The files whose operations have no operators, in the order in which their names are listed.
_CALLED: Final = ("elementary", "piecewise", "special")
# Those on arrays.
_OF_ARRAYS: Final = ("arrangement", "functions", "lanes", "library", "linear_algebra", "reductions", "shapes")


def _place(op: Op) -> int:
    """Where the file of an operation stands among those whose operations are called; 0 before them."""
    file = op.rounded.__module__.rpartition(".")[2]
    return 1 + _CALLED.index(file) if file in _CALLED else 0


def _load(files: Sequence[str]) -> None:
    for file in files:
        loaded(f"exprgrad.ops.{file}")


# What each entry has, and what is written there.
_NEEDED: Final = {
    "doc": "doc= is one line that says what it is",
    "rounded": "rounded=lambda r: r.name picks its kernel on scalars",
    "partials": "partials= has for each operand a rule, ONE, MINUS_ONE, or None where it is zero everywhere",
}
_PARTS: Final = frozenset({"rounded", *(Op.__init__.__kwdefaults__ or ())})


def _check(name: str, operand_names: Sequence[str], variadic: bool, entry: Mapping[str, Any]) -> None:
    """Raises an EntryError that says what an entry lacks."""
    for part, instead in _NEEDED.items():
        if not entry.get(part):
            raise incomplete(name, f"has no {part}", instead)
    for part in sorted(entry.keys() - _PARTS):
        near = suggest(part, _PARTS)
        raise incomplete(name, f"has {part}, which is no part of one", f"write {near}=" if near else "leave it out")
    if variadic:
        if not callable(entry["partials"]):
            raise incomplete(
                name, "has a list of partials for any number of operands", "give one function that makes it"
            )
    else:
        for part in ("partials", "hard_points", "domain", "textbook"):
            found = entry.get(part)
            if found and len(found) != len(operand_names):
                raise incomplete(
                    name,
                    f"has {len(found)} in {part}= for {_operands(len(operand_names))}",
                    f"give one for {listed(operand_names)}",
                )
    if entry.get("zero") not in (None, "product", "sum", "share"):
        raise incomplete(name, f"has zero={entry['zero']!r}", 'zero= is "product", "sum" or "share", or absent')


def elementwise(name: str, operand_names: str = "x", **entry: Any) -> Op:
    """Registers an operation that works on each element by itself. Raises an EntryError that names what an entry lacks.

    name, operand_names   how it is called; `"x, y, ..."` takes two or more
    doc                   one line
    rounded               from an arithmetic (`Rounded`) to its correctly rounded kernel on scalars
    arrays                from numpy to a kernel on ndarrays; absent: the scalar kernel, element by element
    beyond                of (numpy, out, *operands): a mask, true where doubles on the way of `arrays` leave their
                          range or cancel; there the scalar kernel runs, so it is to be true for few elements
    partials              for each operand its local partial: a rule of (out, *operands) written in
                          operations, the Share of such a rule, ONE, MINUS_ONE, or None where it is zero
                          everywhere; for a variadic operation one function of (out, *operands) that gives the
                          list of their values, Evaluated(value, True) for a share
    hard_points           for each operand a HardPoint where the partial is a convention, or None
    beside                of what has a kink or a jump at its hard points: what it is beside them, written in operations
                          that are smooth there, from (side, *operands); `side` tells which operand is above which
                          (see `kinks.neighbour.Side`)
    aliases, notation     second names; how it is printed if not as a call
    domain                for each operand the open interval in which tests and tables sample it
    remedies              where the result is nan although no operand is: by the name of an operand's
                          operation (or "" for any), what the user can write instead
    public                False for what only derivatives use
    textbook              for each operand how its partial is written in the language, where the rule's own text
                          would name what only derivatives use; it holds where nothing is hard, and is only shown
    zero                  what the operation does to a structural zero: one makes a "product" zero, and is left out of a
                          "sum" or a difference; a "share" is a product that is also zero where its last operand
                          is 0; absent where none arrives
    reading               of what only derivatives use: how it reads in a formula, as a rule of the operands written in
                          operations that the language has, or as the partial of another one (`Differentiated`)
    exact                 whether the kernel for arrays rounds nothing, so that it gives what the scalar kernel gives
    refuses               whether there is an error where an operand is nan
    unless_nan            of what only passes on that a result is nan: the number that it is where none is
    """
    variadic = operand_names.endswith("...")
    _check(name, operand_names.removesuffix(", ...").split(", "), variadic, entry)
    kind = Op if variadic else {1: Unary, 2: Binary}.get(operand_names.count(",") + 1, Op)
    try:
        op = kind(name, operand_names, **entry)
    except AttributeError as absent:  # as of `lambda r: r.name`
        raise incomplete(name, f"has a kernel that there is not: {absent}", _NEEDED["rounded"]) from absent
    REGISTRY.add(op)
    return op
