"""archive → corpus: clean, language-tagged, de-duplicated Documents; what was dropped lies beside, with reasons."""
