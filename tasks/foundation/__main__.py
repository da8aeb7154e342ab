"""Bring the base model: `python -m tasks.foundation`."""

import sys

from tasks.foundation.make import make
from tasks.foundation.settings import FoundationParams
from tasks.stage import main

sys.exit(main("foundation", FoundationParams, make))
