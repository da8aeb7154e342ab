"""Fine-tune the foundation on the instructions: `python -m tasks.model`."""

import sys

from tasks.model.make import make
from tasks.model.settings import ModelParams
from tasks.stage import main

sys.exit(main("model", ModelParams, make))
