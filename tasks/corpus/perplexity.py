"""Texts that the base model foresees too well or not at all, after CCNet (Wenzek et al. 2020, arXiv 1911.00359).

    "tea tea tea tea …"            →  ("low_perplexity", "perplexity 1.2, under 3"): a loop, a form, a licence
    "cup the of seven runs blue …" →  ("high_perplexity", "perplexity 521.0, over 250"): word salad

Off unless params/corpus.yaml names a model. A text at a time and one thread, so that neither what else is in a batch nor the
number of workers or cores changes a digit.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tasks.corpus.clean import Refusal
from tasks.corpus.rules.words import FEWEST_WORDS
from tasks.corpus.settings import Perplexity, PerplexityLimits
from tasks.corpus.text import Text
from tasks.errors import InputError
from tasks.model_files import digest
from tasks.records import Document
from tasks.shards import verify

Verdict = tuple[Document, Refusal | None]

WINDOW = 512
"""Tokens the model sees at once."""


def check_model(params: Perplexity, root: Path) -> None:
    """Raises InputError where the folder holds another model than the one that params/corpus.yaml means."""
    folder = root / params.model
    verify(folder)
    if (found := digest(folder)) != params.digest:
        raise InputError(
            f"params/corpus.yaml: quality.perplexity.digest is {params.digest!r}, but the model in {folder} has {found!r}. "
            f"Write that there if it is the one you mean: DVC does not watch the folder for this stage."
        )


def with_perplexity(verdicts: Sequence[Verdict], params: Perplexity, root: Path) -> list[Verdict]:
    """The same, with prose refused besides of which the model's perplexity is out of limits."""
    from tasks.causal_lm import load_model, load_tokenizer, perplexity

    model, tokenizer = load_model(root / params.model), load_tokenizer(root / params.model)

    def refusal(document: Document) -> Refusal | None:
        text = Text(document.text[: params.characters])
        if document.kind == "code" or len(text.words) < FEWEST_WORDS:
            return None
        limits = params.unsegmented if text.unsegmented else params.segmented
        return out_of_limits(perplexity(model, tokenizer, text.raw, WINDOW), limits)

    with _one_thread():
        return [(document, refused or refusal(document)) for document, refused in verdicts]


def out_of_limits(value: float, limits: PerplexityLimits) -> Refusal | None:
    """Rule and reason for a perplexity out of limits."""
    if limits.lowest is not None and value < limits.lowest:
        return "low_perplexity", f"perplexity {value:.1f}, under {limits.lowest:g}"
    if limits.highest is not None and value > limits.highest:
        return "high_perplexity", f"perplexity {value:.1f}, over {limits.highest:g}"
    return None


@contextmanager
def _one_thread() -> Iterator[None]:
    """Sums of floats depend on how threads share them out."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
