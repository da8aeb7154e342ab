"""The weights that learn: low-rank additions beside a frozen foundation, or all of it; and how they are published.

model = start(Path("data/foundation"), method="lora", rank=16, seed=0, precision="bf16")
trained(model)   → {"…layers.0.mlp.down_proj.lora_A.default.weight": Parameter(16, 2048), …}
"""

import shutil
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch.nn import Parameter

from tasks.causal_lm import load_model
from tasks.errors import TrainingError
from tasks.shards import as_json

ALPHA_OF_RANK = 2
"""Additions are scaled by alpha / rank, as in QLoRA's and TRL's recipes of rank 16, alpha 32."""

BASE = "data/foundation"
"""What adapter_config.json calls its base: a place in the checkout, not on this machine."""

TOKENIZER_FILES = ("tokenizer*", "vocab*", "merges.txt", "special_tokens_map.json", "added_tokens.json", "*.jinja")


def start(foundation: Path, *, method: str, rank: int, seed: int, precision: str) -> Any:
    """A model ready to learn, in train mode. Trained weights are fp32: in bf16 an update mostly rounds to nothing."""
    frozen = torch.bfloat16 if method == "lora" and precision == "bf16" else torch.float32
    model = load_model(foundation, dtype=frozen)
    if method == "lora":
        from peft import LoraConfig, get_peft_model  # 4 s: not for full

        config = LoraConfig(
            task_type="CAUSAL_LM", target_modules="all-linear", r=rank, lora_alpha=ALPHA_OF_RANK * rank, lora_dropout=0.0
        )
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            model = get_peft_model(model, config)
    _expect_dtypes(model, frozen)
    return model.train()


def trained(model: Any) -> dict[str, Parameter]:
    """The parameters that learn, by name."""
    return {name: weight for name, weight in model.named_parameters() if weight.requires_grad}


def save(model: Any, folder: Path, *, foundation: Path, precision: str) -> None:
    """The adapter in peft's format, or the whole model with its tokenizer. Equal weights give equal bytes."""
    if hasattr(model, "peft_config"):
        from peft import get_peft_model_state_dict

        save_file(_contiguous(get_peft_model_state_dict(model)), folder / "adapter_model.safetensors")
        (folder / "adapter_config.json").write_text(as_json(_adapter_config(model)), encoding="utf-8")
        return
    model.to(torch.bfloat16 if precision == "bf16" else torch.float32).save_pretrained(folder)
    for pattern in TOKENIZER_FILES:
        for file in sorted(foundation.glob(pattern)):
            shutil.copyfile(file, folder / file.name)


def _adapter_config(model: Any) -> dict[str, Any]:
    """peft's own, without this machine's paths and with its sets in order."""
    config = {**model.peft_config["default"].to_dict(), "base_model_name_or_path": BASE, "inference_mode": True}
    return {name: sorted(value) if isinstance(value, set) else value for name, value in config.items()}


def _contiguous(state: dict[str, Any]) -> dict[str, Any]:
    return {name: state[name].detach().cpu().contiguous() for name in sorted(state)}


def _expect_dtypes(model: Any, frozen: torch.dtype) -> None:
    """Raises TrainingError where a library loaded other precisions than asked: a bf16 update is lost without a trace."""
    for name, weight in model.named_parameters():
        expected = torch.float32 if weight.requires_grad else frozen
        if weight.dtype != expected:
            raise TrainingError(f"{name} is {weight.dtype}, expected {expected}; look at transformers' and peft's versions.")
    if not trained(model):
        raise TrainingError("No weight of the model is set to learn; look at `method` in params/model.yaml.")
