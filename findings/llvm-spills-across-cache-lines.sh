#!/usr/bin/env bash
# llvmlite 0.50.0 (LLVM 22): registers of 64 bytes that do not fit are kept in memory that is aligned to 16 alone.
#
# A spill slot of a 512-bit register has an alignment of 64 bytes. A function is given a frame that is aligned like that
# where it has an alloca that asks for it; but slots come up while registers are allocated, when it is too late to set
# a register aside that points to such a frame, and nothing was known of them before. So the frame begins at any
# multiple of 16, spills are unaligned moves (vmovups), and by where the stack happens to stand all of them or none cross
# a cache line, which costs twice the loads and stores: code that keeps 100 such values took 15 or 20 ns a row on
# an AMD EPYC from one call to the next. The attribute alignstack=64 has the frame aligned from the start.
#
# Seen:
#   as it comes: 39 unaligned spills, 0 aligned, frame aligned: no
#   alignstack=64: 0 unaligned spills, 39 aligned, frame aligned: yes
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q llvmlite==0.50.0
cd "$folder"
cat > run.py <<'P'
import re

import llvmlite.binding as llvm

llvm.initialize_all_targets()
llvm.initialize_all_asmprinters()
kind, count = "<8 x double>", 72
lines = [f"  %x0 = load {kind}, ptr %x, align 8"]
for k in range(1, count):
    lines.append(f"  %x{k} = fmul {kind} %x{k - 1}, splat (double {k}.5)")
lines.append(f"  %s0 = fadd {kind} %x{count - 1}, %x{count - 2}")
for k in range(1, count - 2):  # the last first, so that all wait
    lines.append(f"  %s{k} = fmul {kind} %s{k - 1}, %x{count - 2 - k}")
lines.append(f"  store {kind} %s{count - 3}, ptr %x, align 8\n  ret void")
body = "define void @f(ptr %x) #0 {\n" + "\n".join(lines) + "\n}\n"
target = llvm.Target.from_triple("x86_64-unknown-linux-gnu").create_target_machine(cpu="znver4", opt=2)
for what, attribute in (("as it comes", ""), ("alignstack=64", "alignstack=64 ")):
    text = body + f'attributes #0 = {{ {attribute}"prefer-vector-width"="512" "min-legal-vector-width"="512" }}'
    module = llvm.parse_assembly(text)
    module.triple = "x86_64-unknown-linux-gnu"
    assembly = target.emit_assembly(module)
    moves = re.findall(r"^\s+vmov(a|u)p[sd]\s+%zmm\d+, .*\(%rsp\)", assembly, re.M)
    aligned = "yes" if "andq\t$-64, %rsp" in assembly else "no"
    print(f"{what}: {moves.count('u')} unaligned spills, {moves.count('a')} aligned, frame aligned: {aligned}")
P
"$folder/venv/bin/python" run.py | tee seen.txt
diff seen.txt - <<'S'
as it comes: 39 unaligned spills, 0 aligned, frame aligned: no
alignstack=64: 0 unaligned spills, 39 aligned, frame aligned: yes
S
echo "as described"
