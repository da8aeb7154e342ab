"""What params/model.yaml may say."""

from typing import Annotated, Literal

from pydantic import Field

from tasks.params import settings


@settings
class ModelParams:
    """Supervised fine-tuning of the foundation on the instructions."""

    method: Literal["lora", "full"]
    """lora trains low-rank additions to every linear layer (Hu et al. 2021); full trains every weight."""
    rank: Annotated[int, Field(ge=1)]
    """Rank of the additions, for lora; they are scaled by 2 (alpha is twice the rank)."""
    steps: Annotated[int, Field(ge=1)]
    """Updates of the weights. A count, not seconds: the result must not depend on how fast the machine is."""
    rows_per_step: Annotated[int, Field(ge=1)]
    """Rows behind one update, over all ranks together."""
    rows_at_once: Annotated[int, Field(ge=1)]
    """Rows a rank puts through the model in one pass; fewer take less memory and change the result by rounding only."""
    learning_rate: Annotated[float, Field(gt=0)]
    """Learning rate at its peak; it falls linearly to 5 % of that."""
    warmup_steps: Annotated[int, Field(ge=0)]
    """Steps over which the learning rate rises to its peak."""
    max_tokens: Annotated[int, Field(ge=8)]
    """A row of more tokens, prompt and answer together, is dropped with a reason, never cut."""
    replay_share: Annotated[float, Field(ge=0, lt=1)]
    """Share of the rows of a step that are plain text of data/instructions/replay, against forgetting; 0 for none."""
    replay_tokens: Annotated[int, Field(ge=8)]
    """Tokens of a row of plain text."""
    replay_weight: Annotated[float, Field(ge=0)]
    """Weight of the mean loss of plain text beside the mean loss of answers."""
    precision: Literal["auto", "bf16", "fp32"]
    """bf16 multiplies in bfloat16; what is trained, and its gradients, stay fp32 either way. auto: bf16 where the device has
    instructions for it, else fp32; manifest.json says which it was."""
    ranks: Annotated[int, Field(ge=1)]
    """Processes that share each step; they share the processor's cores, or take a GPU each."""
    checkpoint_every: Annotated[int, Field(ge=1)]
    """Steps between checkpoints in .cache/model/: what a kill may cost at most."""
    seed: Annotated[int, Field(ge=0)]
    """Seed of the order of rows and of the first weights of the additions."""
