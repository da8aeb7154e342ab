"""a package, a hub id or a path → foundation: the base model the rest starts from, as safetensors + tokenizer."""
