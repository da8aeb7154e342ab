"""What params/foundation.yaml may say."""

from typing import Annotated

from pydantic import Field

from tasks.params import settings


@settings
class FoundationParams:
    """The base model that the rest starts from."""

    source: str
    """`package:<distribution>` (a Gemma 3 GGUF in an installed package), `hub:<org/name>@<40-hex revision>` or `path:<folder>`."""
    sha256: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")]
    """SHA-256 the source's weights must have: the GGUF file, or the safetensors files in order of name; "" trusts what is there."""
