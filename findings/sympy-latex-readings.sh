#!/usr/bin/env bash
# SymPy 1.14.0: parse_latex reads without an error what is wrong, and its two backends read the same text differently.
#
# A bracket too many is dropped by the backend antlr, an unknown command is a symbol, e^{x} is a power of a symbol e and no
# exponential function (so its derivative has a log(e)), and a function of x before a bracket becomes x(y + 1). 2^3^2,
# which LaTeX itself refuses, is 64 by antlr and 512 by lark, x_12 a name by antlr and 2*x_1 by lark, whose derivative
# \frac{dy}{dx} is a tuple.
#
# Seen:
#   antlr x + y): x + y
#   antlr x \foo y: x*(foo*y)
#   antlr e^{x}, differentiated: e**x*log(e)
#   antlr \sin x (1+y): sin(x(y + 1))
#   antlr 1/2 x: 1/(2*x)
#   antlr 2^3^2: 64
#   lark 2^3^2: 512
#   antlr x_12: x_{12}
#   lark x_12: 2*x_{1}
#   lark \frac{dy}{dx}: tuple
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q sympy==1.14.0 antlr4-python3-runtime==4.11.1 lark==1.3.1
cd "$folder"
cat > run.py <<'P'
from sympy import Symbol
from sympy.parsing.latex import parse_latex


def read(text, backend="antlr"):
    return parse_latex(text, backend=backend)


print("antlr x + y):", read("x + y)"))
print(r"antlr x \foo y:", read(r"x \foo y"))
print("antlr e^{x}, differentiated:", read("e^{x}").diff(Symbol("x")))
print(r"antlr \sin x (1+y):", read(r"\sin x (1+y)"))
print("antlr 1/2 x:", read("1/2 x"))
print("antlr 2^3^2:", read("2^3^2").doit())
print("lark 2^3^2:", read("2^3^2", "lark").doit())
print("antlr x_12:", read("x_12"))
print("lark x_12:", read("x_12", "lark"))
print(r"lark \frac{dy}{dx}:", type(read(r"\frac{dy}{dx}", "lark")).__name__)
P
"$folder/venv/bin/python" -W ignore run.py | tee seen.txt
diff seen.txt - <<'S'
antlr x + y): x + y
antlr x \foo y: x*(foo*y)
antlr e^{x}, differentiated: e**x*log(e)
antlr \sin x (1+y): sin(x(y + 1))
antlr 1/2 x: 1/(2*x)
antlr 2^3^2: 64
lark 2^3^2: 512
antlr x_12: x_{12}
lark x_12: 2*x_{1}
lark \frac{dy}{dx}: tuple
S
echo "as described"
