"""Plain C99, which C++ takes too, that needs the standard library alone."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import ClassVar, Final

from exprgrad.targets.braces import AND, Braces, Prelude
from exprgrad.targets.naming import free
from exprgrad.targets.target import ATOM, COUNT, INVERSES, LIST, MAYBE, NUMBER, SIGN, TRUTH, Text, Variable, Whole

_KEYWORDS: Final = (
    *("auto", "break", "case", "char", "const", "continue", "default", "do", "double", "else", "enum", "extern"),
    *("float", "for", "goto", "if", "inline", "int", "long", "register", "restrict", "return", "short", "signed"),
    *("sizeof", "static", "struct", "switch", "typedef", "union", "unsigned", "void", "volatile", "while", "asm"),
    *("typeof", "fortran", "constexpr", "nullptr", "thread_local", "alignas", "alignof", "static_assert"),
    # Of C++.
    *("and", "and_eq", "bitand", "bitor", "catch", "char16_t", "char32_t", "char8_t", "class", "co_await"),
    *("co_return", "co_yield", "compl", "concept", "const_cast", "consteval", "constinit", "decltype", "delete"),
    *("dynamic_cast", "explicit", "export", "friend", "mutable", "namespace", "new", "noexcept", "not", "not_eq"),
    *("operator", "or", "or_eq", "private", "protected", "public", "reinterpret_cast", "requires", "static_cast"),
    *("template", "this", "throw", "try", "typeid", "typename", "using", "virtual", "wchar_t", "xor", "xor_eq"),
)
# Of the headers that are included, and of compilers that define words.
_MACROS: Final = (
    *("bool", "true", "false", "NULL", "NAN", "INFINITY", "HUGE_VAL", "HUGE_VALF", "HUGE_VALL", "size_t"),
    *("FP_NAN", "FP_INFINITE", "FP_ZERO", "FP_SUBNORMAL", "FP_NORMAL", "FP_ILOGB0", "FP_ILOGBNAN"),
    *("FP_FAST_FMA", "FP_FAST_FMAF", "FP_FAST_FMAL", "MATH_ERRNO", "MATH_ERREXCEPT", "math_errhandling"),
    *("EXIT_SUCCESS", "EXIT_FAILURE", "RAND_MAX", "MB_CUR_MAX", "linux", "unix", "i386", "signgam"),
    *("M_E", "M_LOG2E", "M_LOG10E", "M_LN2", "M_LN10", "M_PI", "M_PI_2", "M_PI_4", "M_1_PI", "M_2_PI"),
    *("M_2_SQRTPI", "M_SQRT2", "M_SQRT1_2", "MAXFLOAT", "DOMAIN", "SING", "OVERFLOW", "UNDERFLOW", "HUGE"),
    *("BIG_ENDIAN", "LITTLE_ENDIAN", "PDP_ENDIAN", "BYTE_ORDER", "FD_SETSIZE", "NFDBITS", "FD_SET", "FD_CLR"),
    *("FD_ISSET", "FD_ZERO", "WNOHANG", "WUNTRACED", "WSTOPPED", "WEXITED", "WCONTINUED", "WNOWAIT", "WEXITSTATUS"),
    *("WTERMSIG", "WSTOPSIG", "WIFEXITED", "WIFSIGNALED", "WIFSTOPPED", "WIFCONTINUED"),
)
# Those that are called, which no variable may hide.
_CALLED: Final = (
    *("exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "cbrt", "pow", "hypot", "erf", "erfc"),
    *("sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh"),
    *("tgamma", "lgamma", "floor", "ceil", "trunc", "rint", "copysign", "fmod", "fabs", "isnan"),
)
# What else is a function of the standard library, or known to compilers.
_LIBRARY: Final = (
    *("fdim", "fma", "fmax", "fmin", "frexp", "ilogb", "ldexp", "llrint", "llround", "logb", "lrint", "lround"),
    *("modf", "nan", "nearbyint", "nextafter", "nexttoward", "remainder", "remquo", "round", "scalbln", "scalbn"),
    *("fpclassify", "isfinite", "isgreater", "isgreaterequal", "isinf", "isless", "islessequal", "islessgreater"),
    *("isnormal", "isunordered", "signbit", "j0", "j1", "jn", "y0", "y1", "yn", "gamma", "drem", "exp10", "pow10"),
    *("significand", "scalb", "sincos", "finite", "main", "abort", "abs", "atexit", "atof", "atoi", "atol", "bsearch"),
    *("calloc", "div", "exit", "free", "getenv", "labs", "ldiv", "malloc", "mblen", "qsort", "rand", "realloc"),
    *("srand", "strtod", "strtol", "strtoul", "system", "index", "rindex", "printf", "puts", "putchar", "conj"),
    *("aligned_alloc", "at_quick_exit", "quick_exit", "llabs", "lldiv", "mbstowcs", "mbtowc", "wcstombs", "wctomb"),
    *("strtof", "strtold", "strtoq", "strtouq", "posix_memalign", "reallocarray", "valloc", "alloca", "putenv"),
    *("setenv", "unsetenv", "clearenv", "random", "srandom", "initstate", "setstate", "drand48", "erand48", "lrand48"),
    *("nrand48", "mrand48", "jrand48", "srand48", "seed48", "lcong48", "rand_r", "random_r", "srandom_r"),
    *("initstate_r", "setstate_r", "drand48_r", "erand48_r", "lrand48_r", "nrand48_r", "mrand48_r", "jrand48_r"),
    *("srand48_r", "seed48_r", "lcong48_r", "lgamma_r", "lgammaf_r", "lgammal_r", "ecvt", "fcvt", "gcvt", "qecvt"),
    *("qfcvt", "qgcvt", "ecvt_r", "fcvt_r", "qecvt_r", "qfcvt_r", "mktemp", "mkstemp", "mkstemps", "mkdtemp"),
    *("a64l", "l64a", "getloadavg", "getsubopt", "on_exit", "realpath", "rpmatch", "select", "pselect"),
    *("arc4random", "arc4random_buf", "arc4random_uniform", "uint", "ulong", "ushort", "u_char", "u_int", "u_long"),
    *("u_short", "fd_set", "fd_mask"),
    *(f"{way}{bits}" for way in ("htobe", "htole") for bits in (16, 32, 64)),
    *(f"{end}{bits}toh" for end in ("be", "le") for bits in (16, 32, 64)),
)
_TYPES: Final = {NUMBER: "double ", TRUTH: "bool ", COUNT: "size_t "}
# The members of an item of a stack.
_MEMBERS: Final = {NUMBER: "number", MAYBE: "term", TRUTH: "truth", COUNT: "count", LIST: "list"}
_NOTHING: Final = {NUMBER: "0.0", TRUTH: "false", COUNT: "0", LIST: "NULL"}
# The compiler names its own words so.
_COMPILERS: Final = re.compile(r"__|_[A-Z]")
# Types of the library end so, and others may be added.
_TYPE: Final = re.compile(r"\w+_t")
_HEADERS: Final = {
    "stdbool": re.compile(r"\b(bool|true|false)\b"),
    "stdlib": re.compile(r"\b(size_t|NULL|calloc)\b"),
}
_WORD: Final = re.compile(r"(?<![.\w])\w+")
# Where a loop asks whether something has been refused, which is known at the end.
_GUARD: Final = "\0"


class C(Braces):
    """Writes a function that fills a struct with the value and the derivatives, and says whether it could: a source to
    compile, which defines it, or a header, which any files of a program may include."""

    # A compiler need not take more than 127.
    deepest = 120
    prefix: ClassVar = {**Braces.prefix, "number": ("(double)", SIGN)}
    words: ClassVar = {**Braces.words, "nan": "NAN", "inf": "INFINITY"}
    calls: ClassVar = {
        **INVERSES,
        "power": "pow",
        "abs": "fabs",
        "gamma": "tgamma",
        "round": "rint",
    }

    def __init__(self, form: str = "source") -> None:
        self._is_header = form == "header"
        self._prelude = Prelude("prelude.c")
        self.functions = frozenset(self._prelude.pieces)
        self._needed: set[str] = set()
        self._name = ""
        self._status = self._stacks = self._result = ""
        self._own: frozenset[str] = frozenset()

    def is_reserved(self, name: str) -> bool:
        return _is_word(name) or name in _CALLED or name in self._own

    def is_no_function(self, name: str) -> bool:
        every = {*_LIBRARY, *_CALLED}
        is_type = _TYPE.fullmatch(name) is not None
        return self.is_reserved(name) or is_type or name in every or (name[-1] in "fl" and name[:-1] in every)

    def begin(self, name: str, names: Collection[str]) -> None:
        self._name = name
        self._own = frozenset(map(self.helper, [*self.functions, "result", "H"]))
        self._status, self._stacks, self._result = (free(own, names) for own in ("status", "stacks", "result"))

    def helper(self, name: str) -> str:
        return f"{self._name}_{name}"

    def _used(self, name: str) -> str:
        """The name of a piece of the prelude, which is written then."""
        self._needed.add(name)
        return self.helper(name)

    def _type(self, holds: str) -> str:
        """A type with what stands between it and a name."""
        if holds == LIST:
            return f"{self._used('stack')} *"
        return f"{self._used('maybe')} " if holds == MAYBE else _TYPES[holds]

    # -- expressions -----------------------------------------------------------------------------------------

    def spelled(self, name: str, operands: Sequence[Text]) -> Text:
        if name == "absent":
            return Text(f"{self._used('nowhere')}()", there=Text("0.0", number=0.0))
        if name in ("where", "is_absent"):
            return super().spelled(name, operands)
        operands = [x.there or x for x in operands]
        if name in ("holds", "refuse_nan"):
            return self.call(self._used(name), [*operands, Text(f"&{self._status}")])
        if name in self.functions:
            return self.call(self._used(name), operands)
        return super().spelled(name, operands)

    def where(self, condition: Text, then: Text, otherwise: Text) -> Text:
        if then.there is None and otherwise.there is None:
            return super().where(condition, then, otherwise)
        # Where a side is absent nothing reads the number.
        there = next(
            (other.there or other for side, other in ((then, otherwise), (otherwise, then)) if _is_nowhere(side)),
            super().where(condition, then.there or then, otherwise.there or otherwise),
        )
        return super().where(condition, self._maybe(then), self._maybe(otherwise))._replace(there=there)

    def call(self, name: str, operands: Sequence[Text]) -> Text:
        return super().call(name, [x.there or x for x in operands])

    def is_absent(self, x: Text) -> Text:
        return Text(f"{x.inside(ATOM)}.gone")

    def _maybe(self, x: Text) -> Text:
        return x if x.there else self.call(self._used("there"), [x])

    def read(self, variable: Variable) -> Text:
        return _with_number(Text(variable.name), variable.holds)

    def element(self, stack: Text, index: str, turned: bool, holds: str) -> Text:
        name = stack.inside(ATOM)
        return _with_number(
            Text(f"{name}->at[{f'{name}->size - 1 - {index}' if turned else index}].{_MEMBERS[holds]}"), holds
        )

    # -- statements ------------------------------------------------------------------------------------------

    def declare(self, variables: Sequence[Variable], always: bool) -> Sequence[str]:
        if not always:  # what a compiler cannot follow it warns of
            return [self.nothing(variable, True) for variable in variables]
        found: dict[str, list[str]] = {}
        for variable in variables:
            found.setdefault(self._type(variable.holds).rstrip(" *"), []).append(
                f"*{variable.name}" if variable.holds == LIST else variable.name
            )
        return [f"{kind} {', '.join(names)};" for kind, names in found.items()]

    def assign(self, variable: Variable, value: Text, begins: bool) -> str:
        given = self._maybe(value) if variable.holds == MAYBE else value.there or value
        return f"{self._type(variable.holds) if begins else ''}{variable.name} = {given.text};"

    def nothing(self, variable: Variable, begins: bool) -> str:
        if variable.holds == MAYBE:
            return self.assign(variable, self.spelled("absent", ()), begins)
        return self.assign(variable, Text(_NOTHING[variable.holds]), begins)

    def open_while(self, condition: Text | None) -> str:
        return f"while ({_GUARD}{'' if condition is None else condition.inside(AND)}) {{"

    def open_count(self, index: str, total: Text, backwards: bool) -> str:
        if backwards:
            return f"for (size_t {index} = {total.text}; {index}-- > 0;) {{"
        return f"for (size_t {index} = 0; {index} < {total.text}; {index}++) {{"

    def zero(self, name: str, begins: bool) -> str:
        return f"{'size_t ' if begins else ''}{name} = 0;"

    def open_stack(self, name: str, begins: bool) -> str:
        value = self.call(self._used("new_stack"), [Text(f"&{self._stacks}")])
        return self.assign(Variable(name, LIST), value, begins)

    def push(self, name: str, value: Text, holds: str) -> str:
        given = self._maybe(value) if holds == MAYBE else value.there or value
        made = super().call(self._used(f"{_MEMBERS[holds]}_item"), [given])  # with what says whether it is there
        return f"if (!{self.call(self._used('push'), [Text(name), made, Text(f'&{self._status}')]).text}) goto end;"

    # -- all -------------------------------------------------------------------------------------------------

    def whole(self, written: Whole) -> str:
        parameters = [f"double {name}" for name in written.inputs.values()]
        parameters.append(f"{self.helper('result')} *{self._result}")
        fields: dict[str, str] = {}
        for name, variable in written.outputs.items():
            fields[free(f"{name}_" if _is_word(name) else name, fields)] = variable
        body = self._body(written.lines, fields)
        prototype = f"int {written.name}({', '.join(parameters)})"
        functions = [
            self.commented("", called.comment)
            + "\n"
            + _defined(
                f"static inline double {called.name}({', '.join([f'double {x}' for x in called.parameters])})",
                [*_unread(called.parameters, called.lines), *called.lines],
            )
            for called in written.called
        ]
        pieces = [
            *self._prelude.used(self._needed, {name: self.helper(name) for name in self.functions}),
            *functions,
            "\n".join(["typedef struct {", *[f"    double {x};" for x in fields], f"}} {self.helper('result')};"]),
            "\n".join([self.commented("", line) for line in self._contract()])
            + "\n"
            # Compilers are asked to inline a source too, into what calls it in this file; it can be linked.
            + _defined(
                f"{'static' if self._is_header else 'extern'} inline {prototype}",
                [*_unread(written.inputs.values(), body), *body],
            ),
        ]
        code = "\n\n".join(pieces)
        headers = ["math", *(header for header, words in _HEADERS.items() if words.search(code))]
        said = [self.commented("", line) for line in (*written.head, *self._usage(written, prototype))]
        pieces = ["\n".join(said), "\n".join([f"#include <{x}.h>" for x in headers]), code]
        if self._is_header:
            guard = self.helper("H")
            pieces = [pieces[0], f"#ifndef {guard}\n#define {guard}", *pieces[1:], "#endif"]
        return "\n\n".join(pieces) + "\n"

    def _usage(self, written: Whole, prototype: str) -> list[str]:
        """How it is called."""
        kind, arguments = self.helper("result"), ", ".join([*written.inputs.values(), f"&{self._result}"])
        call = f"    {kind} {self._result}; int status = {written.name}({arguments});"
        if self._is_header:
            return ["A header for files of C99 or C++, with -lm. To call it:", call]
        return [
            "C99, with -lm. A header, for several files to include, is written by -o f.h. To call it:",
            call,
            f"From another file, copy {kind} there, and this:",
            f"    {prototype};",
        ]

    @property
    def _refuses(self) -> bool:
        return not self._needed.isdisjoint(("holds", "refuse_nan"))

    @property
    def _keeps(self) -> bool:
        return "push" in self._needed

    def _contract(self) -> list[str]:
        """What the function promises."""
        reasons = ["1 where a condition or a bound is nan"] if self._refuses else []
        reasons += ["2 where memory for what loops keep runs out"] if self._keeps else []
        failing = [f"Returns {', '.join(reasons)}; all of *{self._result} is nan then."] if reasons else []
        return [f"Fills *{self._result} and returns 0.", *failing]

    def _body(self, lines: Sequence[str], fields: Mapping[str, str]) -> list[str]:
        """The lines of the function, with what begins and ends them if it may fail."""
        found = [self._guarded(line) for line in lines] + self._filled(fields)
        if self._keeps:
            # C++ allows no jump over where a variable begins, but out of its block.
            block = ["{", *[self.indent + line for line in found], "}"]
            stacks = f"{self._used('stack')} *{self._stacks} = NULL;"
            found = [stacks, *block, "end:", f"{self._used('free_all')}({self._stacks});"]
        if not (self._refuses or self._keeps):
            return [*found, "return 0;"]
        nans = [self.indent + line for line in self._filled(dict.fromkeys(fields, "NAN"))]
        failed = [f"if ({self._status} != 0) {{", *nans, "}", f"return {self._status};"]
        return [f"int {self._status} = 0;", *found, *failed]

    def _filled(self, fields: Mapping[str, str]) -> list[str]:
        """The statements that fill the struct."""
        return [f"{self._result}->{field} = {value};" for field, value in fields.items()]

    def _guarded(self, line: str) -> str:
        """A line in which a loop ends where something has been refused."""
        if self._refuses:
            return line.replace(f"{_GUARD})", f"{self._status} == 0)").replace(_GUARD, f"{self._status} == 0 && ")
        return line.replace(f"while ({_GUARD})", "for (;;)").replace(_GUARD, "")


def _defined(signature: str, lines: Sequence[str]) -> str:
    return "\n".join([signature, "{", *[f"    {line}" for line in lines], "}"])


def _unread(parameters: Iterable[str], lines: Sequence[str]) -> list[str]:
    """Statements that say of parameters that nothing reads them."""
    read = set(_WORD.findall("\n".join([line.partition("//")[0] for line in lines])))
    return [f"(void){parameter};" for parameter in parameters if parameter not in read]


def _is_word(name: str) -> bool:
    """Whether a name means something wherever it stands."""
    return name in _KEYWORDS or name in _MACROS or _COMPILERS.match(name) is not None


def _with_number(x: Text, holds: str) -> Text:
    return x._replace(there=Text(f"{x.text}.number")) if holds == MAYBE else x


def _is_nowhere(x: Text) -> bool:
    return x.there is not None and x.there.number == 0.0
