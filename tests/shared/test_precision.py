"""`auto` is the number format that this processor multiplies fastest."""

from pathlib import Path

import pytest
import torch

from tasks.precision import PROCESSOR, fastest, multiplies_bf16

X86 = "processor\t: 0\nmodel name\t: AMD EPYC\nflags\t\t: fpu avx2 avx512f{} rdpid\nbugs\t\t: avx512_bf16_is_no_bug\n"
ARM = "processor\t: 0\nFeatures\t: fp asimd sve{} i8mm\n"


@pytest.mark.parametrize(
    ("told", "able"),
    [
        (X86.format(""), False),
        (X86.format(" avx512_bf16"), True),
        (X86.format(" amx_bf16"), True),
        (ARM.format(""), False),
        (ARM.format(" bf16"), True),
        ("", False),
    ],
)
def test_linux_tells_whether_a_processor_multiplies_bf16(tmp_path: Path, told: str, able: bool) -> None:
    (tmp_path / "cpuinfo").write_text(told)
    assert multiplies_bf16(tmp_path / "cpuinfo") is able


def test_without_that_file_a_model_multiplies_in_fp32(tmp_path: Path) -> None:
    assert not multiplies_bf16(tmp_path / "cpuinfo")


@pytest.mark.skipif(not PROCESSOR.exists(), reason="only Linux tells")
def test_torch_says_the_same_of_this_processor() -> None:
    capabilities = torch.cpu.get_capabilities()
    able = any(capabilities.get(name, False) for name in ("avx512_bf16", "amx_bf16", "bf16"))
    assert multiplies_bf16() is able
    assert fastest() == ("bfloat16" if able else "float32")
