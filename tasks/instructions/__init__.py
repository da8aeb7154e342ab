"""corpus, foundation → instructions: Pairs by template and by model, screened and split by source."""
