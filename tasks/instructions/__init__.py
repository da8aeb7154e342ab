"""corpus, foundation → instructions: Pairs by template, by model and ready-made, screened and split by source."""
