"""a package, a hub id or a path → foundation: the base model as safetensors and tokenizer."""
