"""`python -m tasks.to_mlflow`: send what waits, and say in one line what was sent, what was not, and why."""

import sys

from tasks.to_mlflow.sender import main

sys.exit(main(sys.argv[1:]))
