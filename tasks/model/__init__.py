"""foundation, instructions → model: fine-tuned weights, adapter or full."""
