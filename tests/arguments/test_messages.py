"""What is said of a command line that does not fit, and what to write instead, word for word."""

from __future__ import annotations

import shlex

import pytest

from exprgrad.rows.formats import NAMES
from exprgrad.targets import TARGETS
from exprgrad.views import EQUATIONS, FORMATS
from tests.inside import command

FORMS = list(dict.fromkeys([*FORMATS, *EQUATIONS, *TARGETS, *NAMES]))

# Command lines, and what is said of them: the error and the hint below it.
MESSAGES = [
    ("a*b --a 1 --a 2", "a is given twice, by --a", "give it once"),
    ("a*b --var a=1 --a 2 --b 3", "a is given twice, by --var a and --a", "give it once"),
    ("a*b --a 1 --b", "--b needs a value", "write --b VALUE or --b=VALUE"),
    ("a --wrt", "--wrt needs a value", "write --wrt VALUE or --wrt=VALUE"),
    ("a --mode", "--mode needs a value", "it is one of static, dynamic"),
    (
        "a --from-notation",
        "--from-notation needs a value",
        "it is one of latex, spreadsheet, excel, python, c, javascript, matlab, mathematica",
    ),
    ("a*mode --a 1 mode=3", "found a second expression, 'mode=3'", "write --var mode=3"),
    ("a '-f= '", "found a second expression, '-f= '", "write -f VALUE"),
    ("a -o=", "found a second expression, '-o='", "write -o VALUE"),
    ("a -f= json", "found a second expression, '-f='", "write -f json"),
    ("a -f=json --a 1", "found a second expression, '-f=json'", "write -f json"),
    ("-- a -f", "found a second expression, '-f'", "write -f VALUE"),
    ("a*b c*d", "found a second expression, 'c*d'", "write the whole expression as one argument, in quotes"),
    ("a*b -x 1", "found a second expression, '-x'", "write --x 1"),
    (
        "--a*b --a 1",
        "'--a*b' is neither an option nor a variable",
        "an expression that begins with two dashes goes behind --, as in exprgrad --a 1 -- '--a'",
    ),
    (
        "a*b --no-such 1",
        "there is no option --no-such",
        "for a variable write --no_such, without hyphens; exprgrad --help lists the options",
    ),
    ("a*rtt_ms --rtt-ms 2", "there is no option --rtt-ms", "did you mean --rtt_ms?"),
    ("--rtt-ms 2 --wrt rtt_ms", "there is no option --rtt-ms", "did you mean --rtt_ms?"),
    ("max_ordr --max-ordr 2", "there is no option --max-ordr", "did you mean --max_ordr?"),
    ("a --reduce-rows median", "--reduce-rows is one of sum, mean, max, min, found 'median'", "write one of them"),
    (
        "a --from-notation exel",
        "--from-notation is one of latex, spreadsheet, excel, python, c, javascript, matlab, mathematica, found 'exel'",
        "did you mean excel?",
    ),
    ("a -f nonsense", "--output-format is none of its choices, found 'nonsense'", f"they are {', '.join(FORMS)}"),
    ("a*b --max-ordr 2", "there is no option --max-ordr", "did you mean --max-order?"),
    (
        "a --a 1 --rows_engine auto",
        "the program does not use rows_engine, which --rows_engine gives a value",
        "did you mean the option --row-engine?",
    ),
    (
        "a --a 1 --max_ordr",
        "--max_ordr needs a value",
        "write --max_ordr VALUE or --max_ordr=VALUE; did you mean --max-order?",
    ),
    ("a*b --max-order -1", "--max-order is a whole number from 0 on, found '-1'", "for example --max-order 2"),
    (
        "a --a 1 --step-limit 0",
        "--step-limit is a whole number from 1 on, found '0'",
        "for example --step-limit 5000000",
    ),
    (
        "a*b --mode eager",
        "--mode is one of static, dynamic, found 'eager'",
        "write one of them, or --var mode=... for a variable of that name",
    ),
    (
        "a*b --number-format zz",
        "'zz' is no number format",
        "write .6g, .2f or 12.4e: [sign][#][0][width][.precision] and one of e, f, g",
    ),
    (
        "a --a 1 --number-format .1000000f",
        "'.1000000f' is too large a number format",
        "width and precision have at most three digits",
    ),
    (
        "a*b --a 1 --b 2 --along-direction a",
        "--along-direction takes a tangent for each input, found 'a'",
        "write --along-direction a=1,b=-2",
    ),
    ("a --a 1 --along-direction a=1,a=2", "--along-direction names a twice", "write it once"),
    (
        "a*b --a 1 --b 2 --weight-by 1 --weight-by 2",
        "--weight-by is given twice",
        "write --weight-by NAME=VALUE for each result",
    ),
    ("c=a --a 1 --weight-by c=1 --weight-by c=2", "--weight-by names c twice", "write it once"),
    (
        "a*b --from-column a",
        "--from-column takes NAME=COLUMN, found 'a'",
        '--from-column x="Price USD"',
    ),
    ("a*b --from-column a=x --from-column a=y", "--from-column names a twice", "write it once"),
    ("a*b --var x", "--var takes NAME=VALUE, found 'x'", "write --var x=VALUE"),
    ("a*b --a 1 --b 2 --fetch-names d", "the program has no name d to fetch", "its names are c, a, b"),
]


@pytest.mark.parametrize(("line", "message", "hint"), MESSAGES, ids=[row[0] for row in MESSAGES])
def test_a_message(line: str, message: str, hint: str) -> None:
    assert command(shlex.split(line)) == (2, b"", f"exprgrad: error: {message}\n  {hint}\n".encode())
