"""Make data/instructions: `python -m tasks.instructions`."""

import sys

from tasks.instructions.make import make
from tasks.instructions.settings import InstructionsParams
from tasks.stage import main

sys.exit(main("instructions", InstructionsParams, make))
