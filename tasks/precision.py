"""The number format that this processor multiplies fastest: what `auto` stands for in params.

    multiplies_bf16()   → True with AVX-512 BF16 or AMX, else False
    fastest()           → "bfloat16" or "float32", as torch spells them

Without such instructions torch makes each bf16 product number by number: on two cores with AVX2 16 GFLOP/s, and 115 in fp32.
With them bf16 is twice as fast as fp32.
"""

from functools import cache
from pathlib import Path
from typing import Literal

PROCESSOR = Path("/proc/cpuinfo")
_INSTRUCTIONS = {"avx512_bf16", "amx_bf16", "bf16"}
"""As Linux spells them, on x86 and on ARM."""


@cache
def multiplies_bf16(processor: Path = PROCESSOR) -> bool:
    """Whether Linux says so of the processor; False where there is no such file. Torch would say it, too, after 2 s."""
    if not processor.exists():
        return False
    told = processor.read_text(encoding="utf-8", errors="replace").lower().splitlines()
    flags = (line.partition(":")[2].split() for line in told if line.startswith(("flags", "features")))
    return any(_INSTRUCTIONS & set(some) for some in flags)


def fastest() -> Literal["bfloat16", "float32"]:
    """The format in which a model answers fastest here."""
    return "bfloat16" if multiplies_bf16() else "float32"
