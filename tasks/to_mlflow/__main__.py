"""`python -m tasks.to_mlflow`: send what waits, and have the registry agree with data/server; a line for each.

tracking: 412 lines of 8 runs sent to sqlite:////…/.cache/mlflow.db
tracking: registered zhiling version 3: challenger and champion
"""

import sys

from tasks.errors import EndpointError, exit_code_of
from tasks.to_mlflow.registry import reconcile
from tasks.to_mlflow.sender import FOLLOW, follow, send
from tasks.workspace import here


def deliver(arguments: list[str]) -> None:
    """Raises EndpointError when something still waits."""
    workspace = here()
    following = arguments[:1] == [FOLLOW]
    sent = follow(workspace, float(arguments[1])) if following else send(workspace)
    if sent.left:
        raise EndpointError(str(sent))
    if sent.lines or not following:
        sys.stdout.write(f"tracking: {sent}\n")
    if registered := reconcile(workspace):
        sys.stdout.write(f"tracking: {registered}\n")


if __name__ == "__main__":
    sys.exit(exit_code_of("tracking", lambda: deliver(sys.argv[1:])))
