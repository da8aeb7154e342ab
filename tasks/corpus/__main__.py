"""Make data/corpus/ of data/archive/: `python -m tasks.corpus`."""

import sys

from tasks.corpus.make import make
from tasks.corpus.settings import CorpusParams
from tasks.stage import main

sys.exit(main("corpus", CorpusParams, make))
