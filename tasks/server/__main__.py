"""foundation, model, scores → data/server: `python -m tasks.server`."""

import sys

from tasks.server.make import make
from tasks.server.settings import ServerParams
from tasks.stage import main

sys.exit(main("server", ServerParams, make))
