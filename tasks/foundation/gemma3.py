"""A Gemma 3 text model in GGUF → safetensors, config.json, generation_config.json and tokenizer for transformers.

    blk.0.attn_q.weight    Q5_0 [1024, 640] → model.layers.0.self_attn.q_proj.weight    bfloat16 [1024, 640]
    blk.0.attn_norm.weight F32  [640]       → model.layers.0.input_layernorm.weight     bfloat16 [640], minus 1

llama.cpp stores a norm as the factor itself, transformers as the factor minus 1. tests/foundation holds every tensor and the
tokenizer against transformers' own GGUF loader, whose models cannot be saved.
"""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from gguf import GGUFReader, dequantize
from safetensors.torch import save_file
from tqdm import tqdm
from transformers import Gemma3TextConfig, GenerationConfig

from tasks.errors import InputError
from tasks.foundation.vocabulary import write_tokenizer

MOST_LAYERS = 26
"""Of Gemma 3 1B. From 4B (34 layers) positions are scaled (RoPE); 27B scales attention by 168, not by its heads' width."""

OUTER = {"token_embd": "model.embed_tokens", "output_norm": "model.norm"}
IN_LAYER = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "attn_q_norm": "self_attn.q_norm",
    "attn_k_norm": "self_attn.k_norm",
    "post_attention_norm": "post_attention_layernorm",
    "ffn_norm": "pre_feedforward_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
    "post_ffw_norm": "post_feedforward_layernorm",
}


def convert(gguf: Path, folder: Path) -> None:
    """Write the model of a GGUF file into a folder. Raises InputError where it is no Gemma 3 text model."""
    with tqdm(desc="foundation: dequantise", unit="tensor") as bar:
        try:
            reader = GGUFReader(gguf)
        except ValueError as error:
            raise InputError(f"{gguf.name} of the package is not a GGUF file ({error}).") from error
        facts = {name: field.contents() for name, field in reader.fields.items()}
        if facts.get("general.architecture") != "gemma3":
            raise InputError(
                f"The package holds a {facts.get('general.architecture')!r} model; only gemma3 can be converted from GGUF. "
                "Bring others as safetensors: hub: or path: in params/foundation.yaml."
            )
        _refuse_unproven(facts)
        bar.reset(total=len(reader.tensors))
        tensors = {}
        for tensor in reader.tensors:
            name = hub_name(tensor.name)
            tensors[name] = as_bfloat16(dequantize(tensor.data, tensor.tensor_type), is_norm=name.endswith("norm.weight"))
            bar.update()
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "model.safetensors").chmod(0o644)  # it is created for its owner alone
    config = _config(facts, vocabulary=len(tensors["model.embed_tokens.weight"]))
    config.save_pretrained(folder)
    special = {"bos_token_id": config.bos_token_id, "eos_token_id": config.eos_token_id, "pad_token_id": config.pad_token_id}
    GenerationConfig(**special).save_pretrained(folder)
    write_tokenizer(facts["tokenizer.ggml.tokens"], facts["tokenizer.ggml.token_type"], folder)


def _refuse_unproven(facts: dict[str, Any]) -> None:
    """Raises InputError for a Gemma 3 whose configuration has more to it than the file tells, or `_config` takes from it."""
    layers = facts["gemma3.block_count"]
    scaled = any(name.startswith("gemma3.rope.scaling.") for name in facts)
    if layers > MOST_LAYERS or scaled:
        raise InputError(
            f"The package holds a Gemma 3 of {layers} layers{', with scaled positions' if scaled else ''}; from GGUF "
            f"only the small ones, of 270M and 1B parameters or {MOST_LAYERS} layers at most, can be converted: larger ones "
            "scale positions and attention otherwise. Bring it as safetensors, by hub: or path: in params/foundation.yaml."
        )


def hub_name(gguf_name: str) -> str:
    """The name of a tensor in transformers. Raises InputError for one that a Gemma 3 text model does not have."""
    match gguf_name.split("."):
        case ["blk", layer, part, "weight"] if part in IN_LAYER:
            return f"model.layers.{layer}.{IN_LAYER[part]}.weight"
        case [part, "weight"] if part in OUTER:
            return f"{OUTER[part]}.weight"
    raise InputError(f"The GGUF file holds a tensor {gguf_name!r}, which a Gemma 3 text model does not have.")


def as_bfloat16(values: np.ndarray[Any, np.dtype[np.float32]], is_norm: bool) -> torch.Tensor:
    """fp32 values as stored by transformers; 1 is taken off before rounding, where there are more digits to round."""
    return torch.from_numpy(values - 1 if is_norm else np.array(values)).to(torch.bfloat16)


def _config(facts: dict[str, Any], vocabulary: int) -> Gemma3TextConfig:
    """Sizes from the file; what is the same in every Gemma 3 (which layers see the whole text, say) is the default."""

    def of(name: str) -> Any:
        return facts[f"gemma3.{name}"]

    return Gemma3TextConfig(
        architectures=["Gemma3ForCausalLM"],
        dtype="bfloat16",
        vocab_size=vocabulary,
        hidden_size=of("embedding_length"),
        intermediate_size=of("feed_forward_length"),
        num_hidden_layers=of("block_count"),
        num_attention_heads=of("attention.head_count"),
        num_key_value_heads=of("attention.head_count_kv"),
        head_dim=of("attention.key_length"),
        query_pre_attn_scalar=of("attention.key_length"),
        sliding_window=of("attention.sliding_window"),
        rms_norm_eps=of("attention.layer_norm_rms_epsilon"),
        max_position_embeddings=of("context_length"),
        bos_token_id=facts["tokenizer.ggml.bos_token_id"],
        eos_token_id=facts["tokenizer.ggml.eos_token_id"],
        pad_token_id=facts["tokenizer.ggml.padding_token_id"],
        tie_word_embeddings=True,
    )
