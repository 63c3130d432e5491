"""Gappa and Sollya: what they are asked, and what they say."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from tests.proofs.forms import Form, number
from tests.proofs.recorder import Recorder, U, Value

Range = tuple[Fraction, Fraction]
Goal = Form | Value | tuple[Value, ...]
Ranges = Mapping[Value, tuple[Any, Any]]


def missing() -> list[str]:
    """The tools that are not installed."""
    return [tool for tool in ("gappa", "sollya") if shutil.which(tool) is None]


class Unproven(Exception):
    """A tool did not say what was to be shown."""


class _Script:
    """A text for Gappa: definitions before their use."""

    def __init__(self, w: Recorder, free: frozenset[str]) -> None:
        self.w = w
        self.free = free
        self.lines = ["@rnd = float<ieee_64, ne>;"]
        self.facts: list[str] = []
        self._known: set[str] = set()

    def form(self, form: Form) -> str:
        for name in sorted({name for m in form.terms for name in m}):
            self.need(name)
        names = {name for m in form.terms for name in m}
        return form.text(frozenset(name for name in names if name[0] in "degs"))

    def operand(self, v: Value) -> str:
        if v.is_constant():
            return number(v.exact)
        self.need(v.name)
        return v.name

    def goal(self, goal: Goal) -> str:
        if isinstance(goal, tuple):  # what the size of the first is above that of the second
            return "|{}| - |{}|".format(*map(self.operand, goal))
        return self.form(goal) if isinstance(goal, Form) else self.operand(goal)

    def need(self, name: str) -> None:
        """Defines a name, once."""
        if name in self._known:
            return
        self._known.add(name)
        v = self.w.values["v" + name[1:]]
        text = getattr(self, "_" + name[0])(v)
        if text is not None:
            self.lines.append(f"{name} = {text};")

    def exact(self, v: Value) -> str:
        """The last operation of a number, without its rounding."""
        operands = [self.operand(o) for o in v.operands if isinstance(o, Value)]
        kind = v.operands[0] if v.kind == "lemma" else v.kind
        if kind == "fma":
            return "{} * {} + {}".format(*operands)
        return operands[0] if kind == "round" else f"{operands[0]} {'+' if kind == 'total' else kind} {operands[1]}"

    def _v(self, v: Value) -> str | None:
        if v.name in self.w.facts:
            self.facts.append(self.w.facts[v.name])
        if v.kind in ("variable", "nearest") or v.name in self.free:
            return None
        if v.kind == "times":
            return f"{number(v.operands[0])} * {self.operand(v.operands[1])}"
        if v.kind == "abs":
            return f"|{self.operand(v.operands[0])}|"
        if v.kind == "rest":
            return f"-({self.form(self.w.rounding(v.operands[0]))})"
        if v.kind == "total":
            return self.exact(v)
        if v.kind == "lemma":
            self._within(v.at("f"), self.w.shares[v.name])
            return f"({self.exact(v)}) * (1 + {v.at('f')})"
        return f"rnd({self.exact(v)})"

    def _d(self, v: Value) -> str | None:
        if v.form is not None:
            self._within(v.at("d"), self.w.within[v.at("d")])
            return None
        return f"{self.operand(v)} - ({self.exact(v)})"

    def _e(self, v: Value) -> None:
        self._within(v.at("e"), self.w.shares.get(v.name, U))

    def _g(self, v: Value) -> None:
        self._within(v.at("g"), U * (1 + 2 * U))

    def _s(self, v: Value) -> str:
        return self.form(self.w.error(v))

    def _i(self, v: Value) -> str:
        divisor = v.operands[-1]
        return f"1 / ({self.operand(divisor)} - ({self.form(self.w.error(divisor))}))"

    def _within(self, name: str, bound: Fraction) -> None:
        self.facts.append(f"{name} in {interval(-bound, bound)}")


def gappa(
    w: Recorder, goals: Mapping[str, Goal], ranges: Ranges, free: Sequence[Value] = (), fact: str = ""
) -> dict[str, Range]:
    """The ranges of forms, numbers and texts, given those of variables and of numbers on the way. What is `free` is
    known by its range alone. A `fact` is to be shown, too."""
    script = _Script(w, frozenset(v.name for v in free))
    for name, goal in goals.items():
        text = script.goal(goal)
        script.lines.append(f"{name} = {text};")
    for key in ranges:
        script.need(key.name)
    facts = [
        *dict.fromkeys(script.facts),
        *(f"{key.name} in {interval(Fraction(low), Fraction(high))}" for key, (low, high) in ranges.items()),
    ]
    wanted = " /\\ ".join(f"{name} in ?" for name in goals) + (f" /\\ {fact}" if fact else "")
    script.lines.append("{ " + " /\\\n  ".join(facts) + "\n  -> " + wanted + " }")
    text = "\n".join(script.lines)
    done = subprocess.run(["gappa", "-Wno-null-denominator"], input=text, capture_output=True, text=True)
    said = done.stdout + done.stderr
    approximately = r"(?: \{[^}]*\})?"
    found = {
        name: (_read(low), _read(high or low))
        for name, low, high in re.findall(
            rf"(\w+) in \[([^\s,\]]+){approximately}(?:, ([^\s\]]+){approximately})?\]", said
        )
    }
    if "pointless" in said or "not satisfied" in said or set(found) < set(goals):
        raise Unproven(f"{text}\n{said}")
    return found


def interval(low: Fraction, high: Fraction) -> str:
    """An interval in Gappa's notation, whose ends may lie further out."""
    if not low and not high:
        return "[0,0]"
    step = Fraction(2) ** (-80 - int(1 / max(abs(low), abs(high))).bit_length())
    return "[{},{}]".format(*(number(x).strip("()") for x in (low // step * step, -(-high // step) * step)))


def _read(text: str) -> Fraction:
    """A number as Gappa writes it."""
    whole, _, power = text.partition("b")
    return Fraction(whole) * Fraction(2) ** int(power or 0)


def size(found: Range) -> Fraction:
    return max(abs(found[0]), abs(found[1]))


def least(found: Range) -> Fraction:
    """The least size of a number in a range."""
    return Fraction() if found[0] <= 0 <= found[1] else min(abs(found[0]), abs(found[1]))


def sollya(text: str) -> str:
    """What Sollya says."""
    done = subprocess.run(["sollya", "--warnonstderr"], input=text, capture_output=True, text=True)
    if done.returncode or not done.stdout.strip() or "error" in done.stdout:
        raise Unproven(f"{text}\n{done.stdout}{done.stderr}")
    return done.stdout.strip()
