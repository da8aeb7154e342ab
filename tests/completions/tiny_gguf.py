"""The tiny foundation of the tests as a GGUF file in fp32, by llama.cpp's own `gguf` package.

write_tiny_gguf(tiny_foundation, tmp_path / "tiny.gguf")   → the path

Names and the 1 added to norms as in llama.cpp's convert_hf_to_gguf.py. It is for the protocol, not for equal answers: in
llama.cpp every sixth layer of Gemma 3 sees all, in the tiny model every second.
"""

import json
from pathlib import Path

import gguf
from safetensors.torch import load_file

NAMES = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "self_attn.q_norm": "attn_q_norm",
    "self_attn.k_norm": "attn_k_norm",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "post_attention_norm",
    "pre_feedforward_layernorm": "ffn_norm",
    "post_feedforward_layernorm": "post_ffw_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
ALONE = {"model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight"}
TEMPLATE = "{% for message in messages %}{{ message['content'] }}\n{% endfor %}"


def write_tiny_gguf(folder: Path, file: Path) -> Path:
    config = json.loads((folder / "config.json").read_text())
    writer = gguf.GGUFWriter(file, "gemma3")
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_key_length(config["head_dim"])
    writer.add_value_length(config["head_dim"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_sliding_window(config["sliding_window"])
    writer.add_rope_freq_base(1e6)
    _add_tokens(writer, json.loads((folder / "tokenizer.json").read_text()))
    for name, tensor in _tensors(folder).items():
        writer.add_tensor(name, tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return file


def _add_tokens(writer: gguf.GGUFWriter, tokenizer: dict) -> None:
    vocabulary = sorted(tokenizer["model"]["vocab"], key=tokenizer["model"]["vocab"].__getitem__)
    special = {token["content"] for token in tokenizer["added_tokens"]}
    control, normal = gguf.TokenType.CONTROL, gguf.TokenType.NORMAL
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(vocabulary)
    writer.add_token_types([control if token in special else normal for token in vocabulary])
    writer.add_token_merges([" ".join(merge) for merge in tokenizer["model"]["merges"]])
    writer.add_bos_token_id(2)
    writer.add_eos_token_id(1)
    writer.add_add_bos_token(True)
    writer.add_chat_template(TEMPLATE)


def _tensors(folder: Path) -> dict:
    found = {}
    for name, half in load_file(folder / "model.safetensors").items():
        tensor = half.float().numpy()  # numpy knows no bf16
        layer, _, part = name.removeprefix("model.layers.").partition(".")
        new = ALONE.get(name) or f"blk.{layer}.{NAMES[part.removesuffix('.weight')]}.weight"
        found[new] = tensor + 1 if "norm" in new else tensor
    return found
