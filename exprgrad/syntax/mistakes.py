"""What is wrong with a text that does not parse, where, and what to write instead."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import takewhile
from typing import Any, Final

from exprgrad.diagnostics import ExprError, ParseError, Span
from exprgrad.syntax.tree import Binary, Comparison, Diff, Expression, Index, Name, Unary
from exprgrad.text_tests import is_test

# lark's token: a str with a type, start_pos and end_pos. Only the parser imports lark.
Token = Any

_INFIX: Final = ("COMPARE", "SIGN", "POWER", "TIMES", "OR", "AND")
_VALUES: Final = ("NUMBER", "NAME")
_SUPERSCRIPTS: Final = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-", strict=True))
# The words that begin a statement with a block, and how it is written.
_HEADS: Final = {
    "IF": "if condition { ... }",
    "WHILE": "while condition { ... }",
    "FOR": "for i in 0..n { ... }",
}
# What begins a line.
_BEGINNINGS: Final = (*_VALUES, *_HEADS, "OPEN", "LEFT", "ASSIGN", "NOT")
# Before these a reserved word was meant as a name.
_AFTER_A_NAME: Final = ("ASSIGN", "SEP", "$END", "TIMES", "POWER", "COMPARE", "CLOSE", "COMMA", "END")
# After these a value is expected.
_OPEN_ENDED: Final = (
    *(*_INFIX, *_HEADS, "ELSE", "IN", "RANGE", "NOT", "ASSIGN", "COMMA"),
    *("OPEN", "LEFT", "COLON", "DOT", "SEP", "BEGIN"),
)
_ELSE_IFS: Final = ("elif", "elseif", "elsif")
# Words of other languages that begin a statement there; here they are names like all others.
_WORDS: Final = {
    **dict.fromkeys(_ELSE_IFS, "write else if condition { ... }"),
    **dict.fromkeys(("do", "until"), "write while condition { ... }"),
    **dict.fromkeys(("foreach", "parfor", "repeat", "loop"), "write for i in 0..n { ... }"),
    **dict.fromkeys(("switch", "match", "unless"), "write if condition { ... } else { ... }"),
    **dict.fromkeys(("let", "var", "const", "local", "float", "double", "int"), "write name = expression"),
    **dict.fromkeys(("def", "function", "func", "fn"), "write f(x) = expression"),
    "return": "write name = expression for a result",
    "print": "a name on a line of its own is printed",
}
_ENDS: Final = ("end", "endif", "endwhile", "endfor", "fi", "done")
# The same for what stands alone in a block.
_ALONE: Final = {
    "break": "let the condition of a while end the loop",
    "continue": "put what follows into the block of an if",
    "return": "write name = expression for a result",
    "pass": "leave the block empty: { }",
    **dict.fromkeys(_ENDS, "a block ends with '}'"),
}

_CHOICE: Final = 'kind in ["put", "call"]'
# What people write for comparisons.
_COMPARISONS: Final = {"<>": "!=", "=>": ">=", "=<": "<="}
# Characters that are no part of the language, with what to write instead.
_STRANGE: Final = {
    "√": "write sqrt(x)",
    "∛": "write cbrt(x)",
    "~": "write not x",
    **dict.fromkeys("'\"", "a text ends on its line, with the quote that it begins with"),
    "?": "write x if condition else y",
    "$": "write the name without $",
    "\\": "a line goes on inside parentheses; there are no commands",
    **dict.fromkeys("“”‘’", 'leave the quotes out; around a text they are straight: kind == "put"'),
    "∞": "write inf",
    "∧": "write and",
    "∨": "write or",
    "¬": "write not",
    "∗": "write *",
    "∕": "write /",
    **dict.fromkeys("–—", "write - (this is a dash)"),
}


class _Stop:
    """Where the parser stopped: at the token `found`, between those before and after it."""

    def __init__(self, before: Sequence[Token], found: Token, after: Sequence[Token], text: str) -> None:
        self.before = before
        self.found = found
        self.after = after
        self.text = text
        self.kind: str = found.type
        self.last: Token = before[-1] if before else None
        self.last_kind: str = before[-1].type if before else ""
        self.next_kind: str = after[0].type if after else ""
        # Each bracket and each '{' that is open.
        self.opened = _unclosed(before, ("OPEN", "LEFT"), ("CLOSE", "RIGHT"))
        self.blocks = _unclosed(before, ("BEGIN",), ("END",))
        # The innermost statement that goes on, and the word that begins it if it has a block.
        self.statement = _statement(before)
        self.kinds: list[str] = [token.type for token in self.statement]
        self.head: Token = self.statement[0] if self.kinds and self.kinds[0] in _HEADS else None
        self.wants_value = not before or self.last_kind in _OPEN_ENDED
        # Whether a statement, or the head of one, could end here.
        self.is_whole = not (self.wants_value or self.opened)
        self.joined = bool(before) and before[-1].end_pos == found.start_pos

    def error(self, message: str, hint: str | None = None, first: Token = None, last: Token = None) -> ParseError:
        """An error about the token that was found, or about these; the end of the text is behind the last one."""
        if first is not None:
            span = _span(first, last)
        elif self.kind == "$END":
            span = Span(self.last.end_pos, self.last.end_pos + 1)
        else:
            span = _span(self.found)
        return ParseError(message, span, hint=hint)

    @property
    def shown(self) -> str:
        """What was found, in quotes."""
        return _shown(self.found)

    @property
    def in_call(self) -> bool:
        """Whether the innermost bracket belongs to a function."""
        opening = self.opened[-1] if self.opened else None
        return any(opening and t.type == "NAME" and t.end_pos == opening.start_pos for t in self.before)

    def since(self, first: Token) -> str | None:
        """What stands there from a token on, if a hint can hold it."""
        words = self.text[first.start_pos : self.last.end_pos]
        return words if len(words) <= 40 and words.isprintable() else None

    def rest(self) -> tuple[str, bool]:
        """What stands from here to the end of the line or a '{', and whether it is the '{' that ends it."""
        start = len(self.text) if self.kind == "$END" else self.found.start_pos
        rest, brace, _ = self.text[start:].partition("{")
        line, newline, _ = rest.partition("\n")
        return line, bool(brace and not newline)


def explain(before: Sequence[Token], found: Token, after: Sequence[Token], text: str) -> ExprError:
    """The error for the token that the parser stopped at, with the tokens before and after it.

    `found` has the type $END at the end of the text, and OTHER for a character that begins no token.
    """
    if found.type == "$END" and not before:
        return ParseError("the program is empty", hint="write an expression such as a*b")
    stop = _Stop(before, found, after, text)
    for rule in _RULES:
        if (error := rule(stop)) is not None:
            return error
    return _operator_expected(stop)


def _text(stop: _Stop) -> ParseError | None:
    """Texts that stand where they cannot, and what stands behind one that cannot."""
    before = stop.before[-2].type if len(stop.before) > 1 else ""
    counts = stop.head is not None and stop.head.type == "FOR"
    choice = None if counts else next((token for token in stop.statement if token.type == "IN"), None)
    if choice is not None and stop.last_kind in ("IN", "LEFT", "COMMA"):
        hint = f"write a <= x and x < b for a range of numbers, {_CHOICE} for texts"
        return stop.error("'in' stands only in a 'for', and before texts", hint, choice)
    text = stop.found if stop.kind == "TEXT" else stop.last if stop.last_kind == "TEXT" else None
    if text is None or (text is stop.last and choice is not None):
        return None
    if text is stop.found and stop.last_kind == "COMPARE" and before == "TEXT":
        return stop.error("two texts are compared", "write the name of a variable on one side")
    if (stop.last_kind if text is stop.found else stop.kind) == "COMPARE":
        return stop.error("a comparison with a text has two sides", "write and between two comparisons")
    if text is stop.last and before == "COMPARE":
        return None
    instead = "== to compare: kind ==" if before == "ASSIGN" else "kind =="
    hint = f"write {instead} {text}, where kind is a variable"
    return stop.error("a text stands only beside == or !=", hint, text)


def _bracket(stop: _Stop) -> ParseError | None:
    """Mistakes with brackets, points and colons."""
    last, kind, opened = stop.last, stop.kind, stop.opened
    inner = opened[-1].type if opened else ""
    closing = sum((t.type in ("CLOSE", "RIGHT")) - (t.type in ("OPEN", "LEFT")) for t in (stop.found, *stop.after))
    begins = kind in _BEGINNINGS and not stop.wants_value and "\n" in stop.text[last.end_pos : stop.found.start_pos]
    if begins and len(opened) > closing:
        # Inside parentheses a newline is nothing, so a ')' forgotten in one line shows in the next.
        return _never_closed(stop)
    if kind == "DOT" and (stop.wants_value or stop.last_kind == "NUMBER"):
        return stop.error("this '.' belongs to no number", "write a number such as 0.5")
    if kind == "OPEN" and len(stop.before) > 1 and stop.before[-2].type == "DOT":
        return stop.error("functions stand alone", f"write {last}(x)", stop.before[-2], last)
    if kind == "COLON" and stop.next_kind == "ASSIGN":
        return stop.error("':=' is no operator", "write = to name a result", stop.found, stop.after[0])
    if kind == "COLON" and not (inner == "LEFT" or stop.head or stop.last_kind == "ELSE"):
        return stop.error("a ':' stands only in an index", "write x[1:3] for a slice")
    if kind == "RIGHT" and inner != "LEFT":
        what = f"does not fit '{opened[-1]}'" if opened else "has no '['"
        return stop.error(f"this ']' {what}", "write the '[' that belongs to it, or leave it out")
    if kind == "RIGHT" and stop.last_kind == "LEFT":
        return stop.error("this index names no position", "write x[0], or x[:] for all", last, stop.found)
    if kind == "CLOSE" and inner == "LEFT":
        return _never_closed(stop)
    return None


def _never_closed(stop: _Stop) -> ParseError:
    opening = stop.opened[-1]
    closing = ")" if opening.type == "OPEN" else "]"
    return stop.error(f"this '{opening}' is never closed", f"write the '{closing}' that belongs to it", opening)


def _block(stop: _Stop) -> ParseError | None:
    """Mistakes in the statements that have blocks."""
    kind, statement = stop.kind, stop.statement
    if kind == "END" and not (stop.opened or stop.blocks) and (stop.wants_value or stop.head is None):
        return stop.error("this '}' closes nothing", "remove it, or write the '{' that belongs to it")
    if kind == "ELSE" and not statement:
        return _lone_else(stop)
    if stop.last_kind == "ELSE" and not statement:
        hint = "write else { ... } or else if condition { ... }"
        return stop.error(f"expected '{{' after 'else', found {stop.shown}", hint)
    if stop.head is not None and not stop.opened and (error := _in_head(stop)):
        return error
    if statement and (error := _by_first_word(stop)):
        return error
    if kind == "RANGE" and not stop.wants_value:
        return stop.error("a range stands only in a 'for'", "write for i in 0..n { ... }, or one '.' in a number")
    whole = stop.is_whole and "IF" not in stop.kinds[1:]
    if kind == "BEGIN" and stop.head is None and (stop.wants_value or whole):
        if not stop.wants_value and stop.kinds[:2] == ["NAME", "OPEN"]:
            called = stop.since(statement[0]) or f"{statement[0]}(...)"
            return stop.error("a function has no block", f"write {called} = expression")
        hint = f"{'' if statement else 'leave them out, or '}write parentheses around an expression"
        return stop.error("braces hold only the blocks of if, else, while and for", hint)
    if kind == "$END" and stop.blocks and (whole or stop.last_kind == "BEGIN"):
        return stop.error("this '{' is never closed", "write the '}' that belongs to it", stop.blocks[-1])
    return None


def _lone_else(stop: _Stop) -> ParseError:
    if stop.next_kind == "ASSIGN":
        return reserved_word(stop.found, stop.found)
    hint = "write if condition { ... } else { ... }"
    if stop.last_kind == "END":
        hint = "an else follows the block of an if, and is the last"
    elif len(stop.before) > 1 and stop.before[-2].type == "END":
        hint = "leave out the ';' before it"
    return stop.error("'else' without 'if'", hint)


def _by_first_word(stop: _Stop) -> ParseError | None:
    """Mistakes that the beginning of a statement without a block gives away."""
    first, *others = stop.statement
    juxtaposed = not others and stop.kind in (*_VALUES, *_HEADS, "NOT", "BEGIN")
    called = stop.kinds[1:2] == ["OPEN"] and stop.last_kind == "CLOSE" and stop.kind == "BEGIN"
    if (juxtaposed or called) and stop.kinds[0] == "NAME" and first in _WORDS:
        return stop.error(f"'{first}' begins no statement here", _WORDS[first], first)
    if stop.kinds == ["NAME", "SIGN", "SIGN"] and stop.kind in ("SEP", "END", "$END"):
        one, two = others
        if one == two and one.end_pos == two.start_pos:
            return _step(first, one, _span(one, two))
    return None


def _in_head(stop: _Stop) -> ParseError | None:
    """Mistakes between `if`, `while` or `for` and the '{' of the block."""
    head, found, kind = stop.head, stop.found, stop.kind
    form = _HEADS[head.type]
    counts = head.type == "FOR"
    alone = len(stop.statement) == 1
    if alone and (kind in _AFTER_A_NAME or (counts and kind == "SIGN")):
        return reserved_word(head, head)
    if counts and (error := _in_range(stop)):
        return error
    if alone and kind == "BEGIN":
        return stop.error(f"this '{head}' has no condition", f"write {form}", head)
    if stop.wants_value or kind in ("ASSIGN", "BEGIN", "CLOSE", "IN", "RANGE", "OTHER", *_INFIX):
        return None
    what = "range" if counts else "condition"
    if kind == "COMMA":
        return stop.error(f"a ',' cannot stand in a {what}", "write and, or or, between conditions")
    rest, block = stop.rest()
    if block and kind != "SEP" and found not in ("then", "do") and not rest.startswith("\n"):
        return None  # the mistake is in what stands before the block
    hint = f"write {stop.since(head) or form.removesuffix(' { ... }')} {{ ... }}"
    if kind == "ELSE":
        hint += " else { ... }, or x if condition else y"
    return stop.error(f"expected '{{' after the {what}, found {stop.shown}", hint)


def _in_range(stop: _Stop) -> ParseError | None:
    """Mistakes between `for` and the end of its range."""
    found, kind, last = stop.found, stop.kind, stop.last
    hint = f"write {_HEADS['FOR']}"
    if stop.last_kind == "FOR":
        if kind == "OPEN":
            return stop.error("a 'for' has no parentheses", hint)
        if found.isidentifier():
            return reserved_word(found, found)
        return stop.error(f"expected a name after 'for', found {stop.shown}", hint)
    counter, start = stop.statement[1], stop.statement[3:]
    hint = f"write for {counter} in 0..n {{ ... }}"
    if last is counter:
        return stop.error(f"expected 'in' after '{counter}', found {stop.shown}", hint)
    if stop.last_kind == "IN" and kind in ("BEGIN", "RANGE"):
        return stop.error(f"expected a value after 'in', found {stop.shown}", hint)
    if "RANGE" in stop.kinds:
        if kind == "RANGE":
            hint = f"compute it from {counter}: x = start + {counter}*step"
            return stop.error("a range has two ends and no step", hint)
        if stop.last_kind == "RANGE" and kind == "ASSIGN":
            hint = f"write for {counter} in 1..n + 1 {{ ... }} to end with n"
            return stop.error("the end of a range is not part of it, and there is no '..='", hint)
        return None
    rest, block = stop.rest()
    if stop.wants_value or ".." in rest or (kind == "BEGIN" and "IF" in stop.kinds):
        return None
    if start[0].type == "LEFT":
        vector = "x" if counter != "x" else "v"
        hint = f"count its positions: for {counter} in 0..n {{ ... {vector}[{counter}] ... }}"
        return stop.error(f"a 'for' runs over a range, found {_shown(start[0])}", hint, start[0])
    # `for i in n {`, `for i in range(a, b):` and `for i in a:b {` say what the ends are.
    written = stop.since(start[0])
    ends: list[str] = []
    if written and kind == "COLON" and block and (end := rest[1:].strip().rstrip(":")):
        ends = [written, end]
    elif written and kind in ("BEGIN", "COLON"):
        called = start[0] == "range" and written.endswith(")")
        given = written.removeprefix("range").strip()[1:-1].split(",") if called else [written]
        ends = ["0", *given][-2:] if len(given) < 3 else []
    if ends:
        hint = f"write for {counter} in {'..'.join(end.strip() for end in ends)} {{ ... }}"
    return stop.error(f"expected '..' after {_shown(last)}, found {stop.shown}", hint)


def _word(stop: _Stop) -> ParseError | None:
    """Words that stand where they cannot."""
    found, kind, last = stop.found, stop.kind, stop.last
    if kind in ("FOR", "WHILE", "IN", "IF") and stop.wants_value:
        if kind != "IF" or not stop.after or stop.next_kind in _AFTER_A_NAME:
            return reserved_word(found, found)
        return stop.error(f"expected a value after {_shown(last)}, found 'if'", "write x if condition else y")
    if kind in ("FOR", "WHILE"):
        return stop.error(f"'{found}' begins a statement", "write ';' or a new line before it")
    if kind == "IN":
        return stop.error("'in' stands only in a 'for'", "write a <= x and x < b for a range of numbers")
    if kind == "ELSE" and not stop.wants_value:
        before = "'}' before it, or " if stop.blocks else ""
        return stop.error("'else' without 'if'", f"write {before}x if condition else y")
    if kind == "NAME" and found in _ENDS and stop.blocks and stop.is_whole:
        return stop.error(f"'{found}' ends nothing here", "a block ends with '}'")
    if kind == "NAME" and stop.next_kind == "ASSIGN" and stop.is_whole and not stop.joined:
        if stop.kinds == ["NAME"]:
            return stop.error("a name has no spaces", f"write {last}_{found} = ...", last, found)
        return stop.error(f"expected ';' before {stop.shown}", "separate statements with ';' or a new line")
    return None


def _sign(stop: _Stop) -> ParseError | None:
    """Signs that stand where they cannot, and characters that are no part of the language."""
    found, kind, last = stop.found, stop.kind, stop.last
    if kind == "CLOSE" and not stop.opened:
        return stop.error("this ')' closes nothing", "remove it, or open it further left")
    if kind == "CLOSE" and stop.last_kind == "OPEN":
        return stop.error("the parentheses are empty", "write a value between them", last, found)
    if kind == "ASSIGN":
        return _assignment(stop)
    if kind != "OTHER":
        return None
    if found == "!":
        value = last if stop.last_kind in _VALUES else "..."
        hint = "write not x" if stop.wants_value else f"write factorial({value}), or != to compare"
        return stop.error("'!' is no operator", hint)
    if found in ("&", "|"):
        two = stop.after[:1] == [found]
        hint = "write and" if found == "&" else "write abs(x)" if stop.wants_value else "write or, or abs(x)"
        return stop.error(f"'{found * (1 + two)}' is no operator", hint, found, stop.after[0] if two else None)
    digits = "numbers are written with the digits 0 to 9"
    hint = _STRANGE.get(found, digits if found.isnumeric() else "it is no part of the language")
    return stop.error(f"unexpected {stop.shown}", hint)


def _assignment(stop: _Stop) -> ParseError | None:
    last, last_kind = stop.last, stop.last_kind
    compare = "write == to compare"
    if stop.is_whole and "ASSIGN" not in stop.kinds:
        return stop.error("'=' names a result", compare)
    if last_kind in ("ASSIGN", "COMPARE"):
        if not stop.joined and last in ("=", "<", ">"):
            return stop.error(f"expected a value after '{last}', found '='", f"write {last}= without a space")
        return stop.error(f"'{last}=' is no operator", compare, last, stop.found)
    if last_kind in ("SIGN", "TIMES", "POWER") and stop.joined:
        name = stop.before[-2] if len(stop.before) > 1 and stop.before[-2].type == "NAME" else "x"
        return stop.error(f"'{last}=' is no operator", f"write {name} = {name} {last} ...", last, stop.found)
    if stop.wants_value:
        return None
    if stop.opened:
        return stop.error("a '=' cannot stand in parentheses", compare)
    return stop.error("a statement has only one '='", f"write one statement for each name, or {compare[6:]}")


def _unfinished(stop: _Stop) -> ParseError | None:
    """What ends where a bracket is open, or a conditional has no else."""
    if stop.wants_value:
        return None
    if stop.opened and stop.kind == "SEP" and any(token.type == "CLOSE" for token in stop.after):
        hint = "write ',' between operands" if stop.in_call else "write the ')' before it"
        return stop.error("a ';' cannot stand in parentheses", hint)
    if stop.opened and stop.kind in ("SEP", "BEGIN", "END", "$END"):
        return _never_closed(stop)
    if stop.kind in ("SEP", "CLOSE", "BEGIN", "END", "$END"):
        # The only form that goes on after a value is a conditional without its else.
        hint = "write x if condition else y"
        if stop.kind == "BEGIN" and stop.head is None:
            hint += ", or ';' before an 'if' that begins a statement"
        return stop.error(f"expected 'else', found {stop.shown}", hint)
    return None


def _value_expected(stop: _Stop) -> ParseError | None:
    if not stop.wants_value:
        return None
    found, last = stop.found, stop.last
    if last is not None and stop.joined and (meant := _COMPARISONS.get(last + found)):
        return stop.error(f"'{last}{found}' is no operator", f"write {meant} to compare", last, found)
    hint = "write a number, a name or an expression there"
    if last == "%" and stop.kind in ("CLOSE", "SEP", "$END") and stop.before[-2].type == "NUMBER":
        hint = f"write {stop.before[-2]}/100"
    if last is not None and stop.kind == "NOT":
        hint = "write parentheses around it: (not ...)"
    around = [token.type for token in (*stop.before[-2:-1], *stop.after[:1])]
    if {stop.last_kind, stop.kind} <= {*_INFIX} and len(around) == 2 and {*around} <= {*_VALUES}:
        left, right = stop.before[-2], stop.after[0]
        one, two = (f"{left}{f' {sign} ' if sign.isalpha() else sign}{right}" for sign in (found, last))
        closed = [token.type for token in (*stop.before[-3:-2], *stop.after[1:2])] == ["OPEN", "CLOSE"]
        hint = f"write {one}" if one == two else f"write ({one}) or ({two})" if closed else f"write {one} or {two}"
    where = "at the start" if last is None else f"after {_shown(last)}"
    return stop.error(f"expected a value {where}, found {stop.shown}", hint)


def _comma(stop: _Stop) -> ParseError | None:
    last = stop.last
    if stop.kind != "COMMA":
        return None
    if stop.in_call:
        return stop.error("expected 'else', found ','", "write x if condition else y")
    hint = "write one value in parentheses" if stop.opened else "separate statements with ';'"
    if stop.next_kind == "NUMBER" and last.isdigit() and (digits := stop.after[0]).isdigit():
        vector = f"[{last}, {digits}] for a vector"
        hint = f"write {last}.{digits} for a decimal number, " + (
            f"{last}{digits} without the comma" if len(digits) == 3 else vector
        )
    return stop.error("a ',' stands only between the operands of a function", hint)


def _number(stop: _Stop) -> ParseError | None:
    """What hangs on a number."""
    number, found = stop.last, stop.found
    if stop.last_kind != "NUMBER" or not stop.joined:
        return None
    if stop.kind == "NUMBER" and "e" in number.lower():
        return stop.error("an exponent is a whole number", "write 1e5", number, found)
    if stop.kind == "NUMBER":
        return stop.error("a number has only one '.'", "write 1.5", number, found)
    if stop.kind != "NAME":
        return None
    if number == "0" and found[0] in "xXbBoO" and found[1:].isalnum():
        kind = {"x": "hexadecimal", "b": "binary", "o": "octal"}[found[0].lower()]
        return stop.error(f"{kind} numbers are not part of the language", _decimal(number + found), number, found)
    if found.startswith("_"):
        plain = (number + found).replace("_", "")
        hint = f"write {plain}" if plain.isdigit() else "write the digits without _"
        return stop.error("numbers are written without '_'", hint, number, found)
    if found in ("e", "E"):
        return stop.error("the exponent has no digits", f"write {number}e5, or {number}*{found}", number, found)
    return stop.error("a product needs its '*'", f"write {number}*{_powered(found)}", number, found)


def _superscript(stop: _Stop) -> ParseError | None:
    if stop.found[:1] not in _SUPERSCRIPTS:
        return None
    is_base = stop.last_kind in _VALUES and [token.type for token in stop.before[-2:-1]] != ["POWER"]
    base = stop.last if is_base else "(...)"
    return stop.error(f"'{stop.found[0]}' is no exponent", f"write {base}{_powered(stop.found)}")


def _operator_expected(stop: _Stop) -> ParseError:
    last, found = stop.last, stop.found
    if stop.kind == "NOT":
        return stop.error("expected an operator before 'not'", "write and not, or or not")
    if stop.kind not in (*_VALUES, "OPEN") or stop.last_kind == "TEXT":
        return stop.error(f"expected an operator after {_shown(last)}, found {stop.shown}")
    if found in _ELSE_IFS:
        return stop.error(f"'{found}' stands in no expression", "write x if a else y if b else z")
    left = last if stop.last_kind in _VALUES else ")"
    factor = "(...)" if left == ")" else left
    operand = "(...)" if stop.kind == "OPEN" else found
    hint = f"write {factor}*{operand} for a product"
    if stop.last_kind == "NAME" and stop.kind != "OPEN":
        hint += f", {left}({operand}) for a function"
    if stop.kind == "OPEN" and [token.type for token in stop.before[-3:-1]] == ["NAME", "POWER"]:
        hint = f"write {stop.before[-3]}(...){stop.before[-2]}{last}"
        left = last
    problem = stop.error(f"expected an operator between '{left}' and '{found}'", hint)
    if stop.last_kind == stop.kind == "NAME":
        problem.words = str(last), str(found)
    return problem


# The first that has something to say does; where none has, an operator is expected.
_RULES: Final = (_text, _bracket, _block, _word, _sign, _unfinished, _value_expected, _superscript, _number, _comma)


# -- mistakes that the builder finds ----------------------------------------------------------------------------------


def reserved_word(token: Token, word: str) -> ParseError:
    """The error for a word of the language where a name would stand."""
    return ParseError(f"'{word}' is a reserved word, not a name", _span(token), hint="use another name")


def bad_name(token: Token) -> ParseError:
    """The error for what begins like a name and is none, such as `x²`."""
    i = next(i for i in range(len(token)) if not token[: i + 1].isidentifier())
    bad, start = token[i], token.start_pos + i
    powers = f"write {_powered(token)}"
    hint = powers if bad in _SUPERSCRIPTS else _STRANGE.get(bad, "a name is letters, digits and _")
    return ParseError(f"{_shown(bad)} cannot stand in a name", Span(start, start + 1), hint=hint)


def bare_value(value: Expression) -> ParseError:
    """The error for a statement in a block that gives nothing a value."""
    if isinstance(value, Name) and value.name in _ALONE:
        return ParseError(f"there is no {value.name}", value.span, hint=_ALONE[value.name])
    hint = "write name = expression"
    if isinstance(value, Name) and not is_test(value.name):
        hint = f"write {value.name} = expression, or {value.name} after the block to print it"
    elif isinstance(value, Comparison) and value.symbols == ("==",) and isinstance(value.operands[0], Name):
        hint = f"write {value.operands[0].name} = expression, with one '='"
    elif isinstance(value, Unary) and isinstance(inner := value.operand, Unary) and isinstance(inner.operand, Name):
        # `++i` or `--i`
        hint = _stepped(inner.operand.name, value.symbol) if value.symbol == inner.symbol != "not" else hint
    return ParseError("a value in a block goes nowhere", value.span, hint=hint)


def not_assignable(left: Expression) -> ParseError:
    """The error for what stands left of '=' and is no name."""
    if isinstance(left, Diff):
        message = "diff is a form of the language, and cannot be defined"
        return ParseError(message, left.span, hint="give the function another name")
    if (
        isinstance(left, Binary)
        and isinstance(name := left.left, Name)
        and isinstance(right := left.right, Unary)
        and right.symbol == left.symbol
        and right.span.start == name.span.end + 1
    ):
        # A statement goes on after an operator, so the line after `i++` is seen as its operand.
        return _step(name.name, left.symbol, Span(name.span.end, right.span.start + 1))
    if isinstance(left, Index) and isinstance(array := left.operand, Name) and len(left.items) == 1:
        at = left.items[0].name if isinstance(left.items[0], Name) else "i"
        return ParseError(
            "an array is not changed in place",
            left.span,
            hint=f"write {array.name} = value if arange(size({array.name})) == {at} else {array.name}",
        )
    return ParseError(
        "only a name can stand left of '='", left.span, hint="write name = expression, or == for an equation or a test"
    )


def _step(name: str, sign: str, span: Span) -> ParseError:
    return ParseError(f"'{sign}{sign}' is no operator", span, hint=_stepped(name, sign))


def _stepped(name: str, sign: str) -> str:
    return f"write {name} = {name} {sign} 1"


# -- tokens -----------------------------------------------------------------------------------------------------------


def _unclosed(tokens: Sequence[Token], begins: Collection[str], ends: Collection[str]) -> list[Token]:
    """The tokens that begin something which does not end."""
    found: list[Token] = []
    for token in tokens:
        if token.type in begins:
            found.append(token)
        elif token.type in ends and found:
            found.pop()
    return found


def _statement(tokens: Sequence[Token]) -> Sequence[Token]:
    """The tokens of the innermost statement that goes on; what follows the else of an if is one of its own."""
    for i in range(len(tokens) - 1, -1, -1):
        kind = tokens[i].type
        if kind in ("SEP", "BEGIN", "END") or (kind == "ELSE" and i and tokens[i - 1].type == "END"):
            return tokens[i + 1 :]
    return tokens


def _span(first: Token, last: Token = None) -> Span:
    return Span(first.start_pos, (first if last is None else last).end_pos)


def _shown(token: Token) -> str:
    """A token in quotes; what cannot be printed by its code point."""
    kind = getattr(token, "type", "")
    if kind == "$END":
        return "the end"
    if kind == "SEP":
        # An empty one is put between a block and what follows it.
        return f"'{token or '}'}'" if token in ("", ";") else "the end of the line"
    text = "".join(c if c.isprintable() else f"U+{ord(c):04X}" for c in token)
    return f"'{text}'" if len(text) <= 30 else f"'{text[:27]}...'"


def _powered(text: str) -> str:
    """A text up to its superscripts, which are written as a power: `x**2` for `x²`."""
    begin = next((i for i, c in enumerate(text) if c in _SUPERSCRIPTS), len(text))
    power = [_SUPERSCRIPTS[c] for c in takewhile(_SUPERSCRIPTS.__contains__, text[begin:])]
    return f"{text[:begin]}**{''.join(power)}" if power else text


def _decimal(text: str) -> str:
    try:
        return f"write {int(text, 0)}"
    except ValueError:
        return "write it as a decimal number"
