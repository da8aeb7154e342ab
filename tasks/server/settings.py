"""What params/server.yaml holds."""

from typing import Annotated

from pydantic import Field

from tasks.params import settings


@settings
class ServerParams:
    """Under which name a model that passed is registered."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
    """Name in the MLflow registry: letters, digits, `_`, `.` and `-`. Its versions are the models that passed the gate."""
