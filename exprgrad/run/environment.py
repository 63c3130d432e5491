"""The processor's control of arithmetic, MXCSR of x86-64, around code that is rounded.

Whoever calls may round otherwise, or have numbers below the normal doubles made 0, as libraries that were compiled with
-ffast-math do to the whole thread; what is correctly rounded does not depend on it. And the processor keeps which
exceptions there were, for many operations together.
"""

from __future__ import annotations

from typing import Final

# Flags of the exceptions that there were, as bytes for blocks of rows hold them.
ABOVE: Final = 1
BELOW: Final = 2

_PARAMETERS: Final = "i64 %start, i64 %end, ptr %columns, ptr %uniforms, ptr %outputs, ptr %callbacks, ptr %at"
# Rounds to nearest, with all numbers that there are, and without traps: as a process begins.
_DEFAULT: Final = 0x1F80
_DECLARED: Final = """\
declare void @llvm.x86.sse.stmxcsr(ptr)
declare void @llvm.x86.sse.ldmxcsr(ptr)
"""
_ENTERED: Final = f"""\
entry:
  %state = alloca i32
  call void @llvm.x86.sse.stmxcsr(ptr %state)
  %before = load i32, ptr %state
  store i32 {_DEFAULT}, ptr %state
  call void @llvm.x86.sse.ldmxcsr(ptr %state)
"""
_LEFT: Final = """\
  store i32 %before, ptr %state
  call void @llvm.x86.sse.ldmxcsr(ptr %state)
  ret i64 %found
}
"""
_PLAIN: Final = f"""\
  %found = call i64 @run({_PARAMETERS})
"""
_IN_BLOCKS: Final = f"""\
  %third = getelementptr i64, ptr %at, i64 2
  %flags = load ptr, ptr %third
  br label %block
block:
  %first = phi i64 [ %start, %entry ], [ %next, %block ]
  %number = phi i64 [ 0, %entry ], [ %following, %block ]
  %next = add i64 %first, BLOCK
  %is_last = icmp uge i64 %next, %end
  %last = select i1 %is_last, i64 %end, i64 %next
  store i32 {_DEFAULT}, ptr %state
  call void @llvm.x86.sse.ldmxcsr(ptr %state)
  %found = call i64 @run({_PARAMETERS.replace("%start", "%first").replace("%end", "%last")})
  call void @llvm.x86.sse.stmxcsr(ptr %state)
  %after = load i32, ptr %state
  %ends = and i32 %after, 24
  %lowest = lshr i32 %ends, 3
  %set = trunc i32 %lowest to i8
  %place = getelementptr i8, ptr %flags, i64 %number
  %known = load i8, ptr %place
  %both = or i8 %known, %set
  store i8 %both, ptr %place
  %following = add i64 %number, 1
  %problem = icmp ne i64 %found, 0
  %stops = or i1 %is_last, %problem
  br i1 %stops, label %done, label %block
done:
"""


def around(name: str, block: int) -> str:
    """The function `name` of the code of rows, which calls the one that begins after it, in the default state. After
    so many rows, if any, the flags that are then set are added to the bytes to which the third i64 in `at` points."""
    body = _IN_BLOCKS.replace("BLOCK", str(block)) if block else _PLAIN
    inner = _PARAMETERS.replace("ptr ", "ptr noalias ")
    return (
        f"{_DECLARED}define i64 @{name}({_PARAMETERS}) {{\n{_ENTERED}{body}{_LEFT}"
        f"define internal i64 @run({inner}) noinline #0 {{"
    )
