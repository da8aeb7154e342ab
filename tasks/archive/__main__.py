"""Make data/archive/ of the sources in params/archive.yaml: `python -m tasks.archive`."""

import sys

from tasks.archive.make import make
from tasks.archive.settings import ArchiveParams
from tasks.stage import main

sys.exit(main("archive", ArchiveParams, make))
