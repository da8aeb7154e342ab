"""What params/scores.yaml holds."""

from typing import Annotated, Literal

from pydantic import Field

from tasks.params import settings


@settings
class ScoresParams:
    """Which rows are asked, how, and what the gate wants to see."""

    rows_per_task: Annotated[int, Field(ge=1)]
    """Held-out rows asked of each task, at most."""
    shots: Annotated[int, Field(ge=1, le=20)]
    """Solved examples of the same task before each question to the base model, in its few-shot run."""
    draws: Annotated[int, Field(ge=1)]
    """Different sets of such examples for a task and language; rows are spread over them."""
    max_new_tokens: Annotated[int, Field(ge=1)]
    """Longest answer, in tokens; the same for every system."""
    dtype: Literal["auto", "bfloat16", "float32"]
    """Number format of the weights while answering; the same for every system. auto: the faster one on this processor, which
    summary.json names."""
    prose_files: Annotated[tuple[str, ...], Field(min_length=1)]
    """Texts no training row is made of, for the forgetting check; paths from the repository root."""
    prose_characters: Annotated[int, Field(ge=1)]
    """Characters read of each of these texts, and of the held-out prose."""
    window: Annotated[int, Field(ge=2)]
    """Tokens a model sees at once when it reads prose."""
    resamples: Annotated[int, Field(ge=2000)]
    """Bootstrap resamples behind each interval."""
    seed: Annotated[int, Field(ge=0)]
    """Seed of the examples drawn and of the bootstrap."""
    min_gain: Annotated[float, Field(ge=0, le=1)]
    """Gate: least gain in exact match over the base zero-shot, as a share of rows; its interval must also lie above 0."""
    max_forgetting: Annotated[float, Field(gt=0)]
    """Gate: perplexity on prose after tuning, at most this many times that of the base."""
