"""What params/corpus.yaml may say."""

from typing import Annotated

from pydantic import Field

from tasks.params import settings

Length = Annotated[int, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]


@settings
class CorpusParams:
    """How Documents are cleaned. Chinese, Japanese or Thai says in one character what English says in three or four."""

    workers: Annotated[int, Field(ge=1)]
    """Processes that clean shards; the result does not depend on it."""
    languages: tuple[str, ...]
    """Prose in another language is dropped; ISO 639-1 codes, [] keeps every language."""
    shortest: Length
    """Shorter prose is dropped, in characters, where words stand apart (English)."""
    longest: Length
    """Longer prose is dropped, in characters, where words stand apart."""
    shortest_unsegmented: Length
    """Shorter prose is dropped, in characters, where words do not stand apart (Chinese)."""
    longest_unsegmented: Length
    """Longer prose is dropped, in characters, where words do not stand apart."""
    shortest_code: Length
    """Shorter code is dropped, in characters."""
    longest_code: Length
    """Longer code is dropped, in characters."""
    letters: Share
    """Prose with a smaller share of letters among all characters but white space is dropped."""
    symbols: Share
    """Prose with more hash signs and ellipses for each word than this is dropped."""
    bullet_lines: Share
    """Prose with a larger share of lines that begin with a bullet is dropped."""
    ellipsis_lines: Share
    """Prose with a larger share of lines that end with an ellipsis is dropped."""
    repeated_lines: Share
    """Prose with a larger share of lines that came before in it is dropped."""
    near_duplicate: Annotated[float, Field(gt=0, le=1)]
    """Of two texts of one kind that share this much of their shingles (Jaccard), the shorter is dropped."""
