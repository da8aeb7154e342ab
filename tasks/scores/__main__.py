"""foundation, instructions, model → data/scores: `python -m tasks.scores`."""

import sys

from tasks.scores.make import make
from tasks.scores.settings import ScoresParams
from tasks.stage import main

sys.exit(main("scores", ScoresParams, make))
