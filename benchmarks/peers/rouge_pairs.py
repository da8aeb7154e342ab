"""Seconds that Google's rouge_score needs for pairs of instructions: `rouge_pairs.py <texts.json> score|tokens`.

texts.json holds {"pool": [[token, …], …], "new": [[token, …], …]}. `score` is RougeScorer.score of the texts; `tokens` what
Alpaca's generate_instruction.py does: `_score_lcs` over tokens that are found once.
"""

import json
import sys
import time

from rouge_score.rouge_scorer import RougeScorer, _score_lcs

with open(sys.argv[1], encoding="utf-8") as stream:
    given = json.load(stream)
pool, new = given["pool"], given["new"]
scorer = RougeScorer(["rougeL"], use_stemmer=False)
if sys.argv[2] == "score":
    pool, new = ([" ".join(tokens) for tokens in texts] for texts in (pool, new))
start, cpu, best = time.perf_counter(), time.process_time(), []
for one in new:
    if sys.argv[2] == "score":
        best.append(max(scorer.score(one, other)["rougeL"].fmeasure for other in pool))
    else:
        best.append(max(_score_lcs(one, other).fmeasure for other in pool))
print(json.dumps({"seconds": time.perf_counter() - start, "cpu": time.process_time() - cpu, "best": best}))  # noqa: T201
