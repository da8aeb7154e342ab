"""archive → corpus: clean, language-tagged, de-duplicated Documents; what was dropped lies beside, with reasons.

make.py             the stage; parts.py has each shard done by a process of its own
clean.py            what happens to one Document:
  normalise.py        written one way; the longer steps are in normalisers/
  chinese.py          simplified or traditional, beside tasks/language.py
  quality.py          worth reading: a limit, a rule in rules/; they count in a Text (text.py, ngrams.py)
  privacy.py          personal data and secrets replaced; finders/ find them
perplexity.py       optional: what a base model thinks of it
fingerprints.py     what comparing Documents needs, of their shingles.py
duplicates.py       each text once; semantic.py, optional: each meaning once
segmentation.py     optional: words beside the text
"""
