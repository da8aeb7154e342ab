"""A package with a GGUF file becomes a foundation; a toy of 15 tensors in two packages stands for Gemma's 236 in five."""

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from gguf import GGUFWriter

from tasks.errors import InputError, IntegrityError
from tasks.foundation.gemma3 import as_bfloat16, convert, hub_name
from tasks.shards import verify
from tasks.workspace import Workspace

Bring = Callable[..., Path]


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two installed distributions that share one GGUF file, as the parts of a real one do."""
    site = tmp_path / "site-packages"
    whole = _tiny_gguf(tmp_path / "tiny.gguf")
    for name, requires, file, data in (
        ("tiny-gguf", "Requires-Dist: tiny-gguf-part2==1.0\nRequires-Dist: absent; extra == 'x'\n", "part00", whole[:4000]),
        ("tiny-gguf-part2", "", "part01", whole[4000:]),
    ):
        info, module = site / f"{name.replace('-', '_')}-1.0.dist-info", name.replace("-", "_")
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{requires}")
        (site / module / "data").mkdir(parents=True)
        (site / module / "__init__.py").write_text("raise RuntimeError('it was imported')")
        (site / module / "data" / f"tiny.gguf.{file}").write_bytes(data)
        (site / module / "data" / "NOTICE.md").write_text("terms apply")
        packed = [f"{module}/__init__.py", f"{module}/data/tiny.gguf.{file}"]
        packed += [f"{module}/data/NOTICE.md"] if file == "part00" else []
        (info / "RECORD").write_text("".join(f"{path},,\n" for path in packed))
    monkeypatch.setattr(sys, "path", [*sys.path, str(site)])
    return site


def _tiny_gguf(file: Path, *, layers: int = 1, scaling: float = 0.0) -> bytes:
    tokens = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>", "[x]", "h", "e", "y", "he", "hey", "\u2581", "  "]
    writer = GGUFWriter(file, "gemma3")
    for name, value in {
        "context_length": 64,
        "embedding_length": 32,
        "block_count": layers,
        "feed_forward_length": 32,
    }.items():
        writer.add_uint32(f"gemma3.{name}", value)
    for name, value in {"head_count": 1, "head_count_kv": 1, "key_length": 32, "sliding_window": 16}.items():
        writer.add_uint32(f"gemma3.attention.{name}", value)
    if scaling:
        writer.add_float32("gemma3.rope.scaling.factor", scaling)
    writer.add_float32("gemma3.attention.layer_norm_rms_epsilon", 1e-6)
    writer.add_token_list(tokens)
    writer.add_token_types([3, 3, 3, 3, 3, 4] + [1] * 7)
    for name, value in {"bos": 2, "eos": 1, "padding": 0}.items():
        writer.add_uint32(f"tokenizer.ggml.{name}_token_id", value)
    random = np.random.default_rng(0)
    norms = {
        "attn_norm": 32,
        "attn_q_norm": 32,
        "attn_k_norm": 32,
        "post_attention_norm": 32,
        "ffn_norm": 32,
        "post_ffw_norm": 32,
    }
    for name, size in norms.items():
        writer.add_tensor(f"blk.0.{name}.weight", np.full(size, 1.5, np.float32))
    for name in ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"):
        writer.add_tensor(f"blk.0.{name}.weight", random.standard_normal((32, 32), np.float32))
    writer.add_tensor("token_embd.weight", random.standard_normal((len(tokens), 32), np.float32))
    writer.add_tensor("output_norm.weight", np.full(32, 2.0, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return file.read_bytes()


def test_the_parts_of_a_package_become_one_model_and_none_of_its_code_runs(installed: Path, bring: Bring) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    published = bring("package:tiny-gguf")
    tokenizer, model = AutoTokenizer.from_pretrained(published), AutoModelForCausalLM.from_pretrained(published)
    assert tokenizer("hey  h[x]<eos>").input_ids == [2, 10, 12, 6, 5, 1]
    assert model.generation_config.eos_token_id == tokenizer.eos_token_id == 1
    assert model.model.norm.weight.tolist() == [1.0] * 32
    assert model(tokenizer("hey", return_tensors="pt").input_ids).logits.shape == (1, 2, 13)
    assert (published / "NOTICE.md").read_text() == "terms apply"
    assert "Gemma Terms of Use" in (published / "LICENSE-NOTICE.md").read_text()


def test_a_package_is_converted_once_and_a_damaged_cache_is_noticed(
    workspace: Workspace, installed: Path, bring: Bring
) -> None:
    manifest = (bring("package:tiny-gguf") / "manifest.json").read_bytes()
    [cached] = workspace.cache.glob("foundation/*/model.safetensors")
    made = cached.stat().st_mtime_ns
    assert (bring("package:tiny-gguf") / "manifest.json").read_bytes() == manifest
    assert cached.stat().st_mtime_ns == made
    cached.unlink()
    cached.write_bytes(b"damaged")
    published = bring("package:tiny-gguf")
    assert (published / "manifest.json").read_bytes() == manifest
    verify(published)


def test_a_missing_or_changed_part_is_noticed(installed: Path, bring: Bring) -> None:
    right = json.loads((bring("package:tiny-gguf") / "manifest.json").read_text())["source_sha256"]
    part = installed / "tiny_gguf_part2" / "data" / "tiny.gguf.part01"
    part.write_bytes(part.read_bytes()[:-1] + b"!")
    with pytest.raises(IntegrityError, match="fetch or install it again"):
        bring("package:tiny-gguf", right)
    part.unlink()
    import importlib_metadata  # noqa: F401  # MLflow brings it; once loaded it stands in for the standard library's

    with pytest.raises(InputError, match="--force-reinstall tiny-gguf"):
        bring("package:tiny-gguf", right)
    shutil.rmtree(installed / "tiny_gguf_part2-1.0.dist-info")
    with pytest.raises(InputError, match="tiny-gguf-part2 is not installed"):
        bring("package:tiny-gguf", right)


@pytest.mark.parametrize(("layers", "scaling"), [(1, 8.0), (34, 0.0), (62, 8.0)])
def test_a_larger_gemma_is_refused_rather_than_converted_wrongly(tmp_path: Path, layers: int, scaling: float) -> None:
    _tiny_gguf(tmp_path / "large.gguf", layers=layers, scaling=scaling)
    with pytest.raises(InputError, match=f"a Gemma 3 of {layers} layers.* hub: or path:"):
        convert(tmp_path / "large.gguf", tmp_path)
    assert not (tmp_path / "model.safetensors").exists()


def test_norms_lose_their_one_before_they_are_rounded() -> None:
    assert as_bfloat16(np.array([1.001], np.float32), is_norm=True).item() == pytest.approx(0.001, rel=0.01)
    assert as_bfloat16(np.array([1.001], np.float32), is_norm=False).item() == 1.0


def test_a_tensor_is_renamed_or_named_in_the_refusal() -> None:
    assert hub_name("blk.3.attn_q.weight") == "model.layers.3.self_attn.q_proj.weight"
    with pytest.raises(InputError, match=r"v\.blk\.0\.attn_q"):
        hub_name("v.blk.0.attn_q.weight")
