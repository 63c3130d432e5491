#!/usr/bin/env bash
# gmpy2 2.3.2 (MPFR 4.2.2): to take the sign off a number, or to turn it around, rounds it.
#
# -x, abs(x), +x and copy_sign give a number with the precision of the current context, 53 bits unless that was changed,
# whatever x has: of 200 bits 147 are gone, and -x is not what x*-1 in a wider context is, nor is abs(x) + x 0. MPFR's own
# mpfr_neg and mpfr_abs are exact where the result is as wide.
#
# Seen:
#   -x: 53 bits, exact: False
#   abs: 53 bits, exact: False
#   +x: 53 bits, exact: False
#   copy_sign: 53 bits, exact: False
#   wider context, -x: 200 bits, exact: True
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q gmpy2==2.3.2
cd "$folder"
cat > run.py <<'P'
import gmpy2
from gmpy2 import mpq, mpfr

x = mpfr("-0.1", 200)


def tell(name, y):
    print(f"{name}: {y.precision} bits, exact: {abs(mpq(y)) == abs(mpq(x))}")


tell("-x", -x)
tell("abs", abs(x))
tell("+x", +x)
tell("copy_sign", gmpy2.copy_sign(x, mpfr(1)))
with gmpy2.context(precision=200):
    tell("wider context, -x", -x)
P
"$folder/venv/bin/python" run.py | tee seen.txt
diff seen.txt - <<'S'
-x: 53 bits, exact: False
abs: 53 bits, exact: False
+x: 53 bits, exact: False
copy_sign: 53 bits, exact: False
wider context, -x: 200 bits, exact: True
S
echo "as described"
