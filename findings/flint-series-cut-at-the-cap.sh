#!/usr/bin/env bash
# python-flint 0.9.0: what is computed of a power series forgets how many terms it has, and what is cut reads as an exact 0.
#
# A series that is made with 20 terms has 20, but its powers, quotients, exp(), gamma() and other functions have the 10 of
# flint.ctx.cap. No error and no ball around 0: coefficient 12 of exp(x) is the exact 0, so that a derivative of order 12 taken
# from it is 0, proven as it seems.
#
# Seen:
#   power: 10 terms, coefficient 12 is an exact 0: True
#   exp: 10 terms, coefficient 12 is an exact 0: True
#   gamma: 10 terms, coefficient 12 is an exact 0: True
#   quotient: 10 terms, coefficient 12 is an exact 0: True
#   exp with a cap of 20: 20 terms, coefficient 12 is an exact 0: False
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q python-flint==0.9.0
cd "$folder"
cat > run.py <<'P'
import flint

x = flint.arb_series([flint.arb("0.3"), 1], 20)


def tell(name, y):
    print(f"{name}: {y.prec} terms, coefficient 12 is an exact 0: {y[12].is_zero()}")


tell("power", x**12)
tell("exp", x.exp())
tell("gamma", x.gamma())
tell("quotient", 1 / x)
flint.ctx.cap = 20
tell("exp with a cap of 20", x.exp())
P
"$folder/venv/bin/python" run.py | tee seen.txt
diff seen.txt - <<'S'
power: 10 terms, coefficient 12 is an exact 0: True
exp: 10 terms, coefficient 12 is an exact 0: True
gamma: 10 terms, coefficient 12 is an exact 0: True
quotient: 10 terms, coefficient 12 is an exact 0: True
exp with a cap of 20: 20 terms, coefficient 12 is an exact 0: False
S
echo "as described"
