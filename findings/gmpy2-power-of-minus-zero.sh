#!/usr/bin/env bash
# gmpy2 2.3.2 (MPFR 4.2.2): -0 to an odd whole number loses its sign, if the exponent is a positive Python int.
#
# mpfr('-0.0')**3 is 0.0, and so is context.pow; Python's own float and C99 give -0.0, as gmpy2 does where the same
# exponent is a float, or is negative. Who needs the sign of a zero has to hand over exponents as floats.
#
# Seen:
#   operator, int 3: 0.0
#   context, int 3: 0.0
#   context, float 3.0: -0.0
#   context, int -3: -inf
#   float: -0.0
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q gmpy2==2.3.2
cd "$folder"
cat > run.py <<'P'
import gmpy2

context, zero = gmpy2.context(), gmpy2.mpfr("-0.0")
print("operator, int 3:", zero**3)
print("context, int 3:", context.pow(zero, 3))
print("context, float 3.0:", context.pow(zero, 3.0))
print("context, int -3:", context.pow(zero, -3))
print("float:", (-0.0) ** 3)
P
"$folder/venv/bin/python" run.py | tee seen.txt
diff seen.txt - <<'S'
operator, int 3: 0.0
context, int 3: 0.0
context, float 3.0: -0.0
context, int -3: -inf
float: -0.0
S
echo "as described"
