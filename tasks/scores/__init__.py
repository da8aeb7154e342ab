"""model, foundation, instructions → scores: what got better and worse, with uncertainty, and the verdict of the gate."""
