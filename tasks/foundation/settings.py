"""What params/foundation.yaml may say."""

from typing import Annotated

from pydantic import Field

from tasks.params import settings


@settings
class FoundationParams:
    """The base model that the rest starts from."""

    source: str
    """`package:<distribution>` with a Gemma 3 GGUF, `hub:<org/name>@<40-hex revision>` of a commit, or `path:<folder>`."""
    sha256: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")]
    """SHA-256 of the GGUF file, or of the safetensors files joined in order of name; "" trusts a package or a revision."""
