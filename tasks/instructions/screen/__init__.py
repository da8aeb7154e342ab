"""The last look at a Pair, whoever made it: the rule that stops it and why, or nothing. Each file holds rules of one theme.

shape       for all rows: fields, lengths, headings, the language of the instruction, whole copies, constraints
said        by a model: leaked prompts, the model about itself, refusals, what was asked said again
form        by a model: repetition, what breaks off, damaged characters
language    by a model: the answer is in another language than all that was asked
privacy     by a model: personal data and secrets
near        by a model: nearly the same was asked before

What gives test items away is refused by ../decontaminate.py, which the screen calls between these.
"""

from tasks.instructions.screen.refusal import Refusal
from tasks.instructions.screen.screening import Screen, admitted

__all__ = ["Refusal", "Screen", "admitted"]
