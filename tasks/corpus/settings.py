"""What params/corpus.yaml may say, a mapping a step; a limit of null switches its rule off."""

from typing import Annotated, Literal

from pydantic import Field

from tasks.params import settings

Length = Annotated[int, Field(ge=0)] | None
Share = Annotated[float, Field(ge=0, le=1)] | None


@settings
class Language:
    """Which languages stay."""

    wanted: tuple[str, ...]
    """Prose in another language is dropped; ISO 639-1 codes, [] keeps every language."""


@settings
class Quality:
    """Limits for prose of one kind of script."""

    shortest: Length
    """Shorter prose is dropped, in characters."""
    longest: Length
    """Longer prose is dropped, in characters."""
    letters: Share
    """Prose with a smaller share of letters among all characters but white space is dropped."""
    symbols: Share
    """Prose with more hash signs and ellipses for each word than this is dropped."""
    shortest_word: Annotated[float, Field(ge=0)] | None
    """Prose whose words are shorter in the mean is dropped, in characters."""
    longest_word: Annotated[float, Field(ge=0)] | None
    """Prose whose words are longer in the mean is dropped, in characters."""
    bullet_lines: Share
    """Prose with a larger share of lines that begin with a bullet is dropped."""
    ellipsis_lines: Share
    """Prose with a larger share of lines that end with an ellipsis is dropped."""
    repeated_lines: Share
    """Prose with a larger share of lines that came before in it is dropped."""


@settings
class CodeQuality:
    """Limits for code, which has no sentences to judge."""

    shortest: Length
    """Shorter code is dropped, in characters."""
    longest: Length
    """Longer code is dropped, in characters."""


@settings
class Qualities:
    """Limits by what a text is made of."""

    segmented: Quality
    """For prose whose words stand apart (English)."""
    unsegmented: Quality
    """For prose whose words do not stand apart (Chinese, Japanese, Thai)."""
    code: CodeQuality
    """For code."""


@settings
class Privacy:
    """Personal data and secrets, which a model would learn by heart."""

    replace: tuple[Literal["email", "phone", "ip_address", "card", "iban", "id_number", "secret"], ...]
    """Types that become placeholders, such as <EMAIL>, in text and title, also of dropped rows; [] replaces nothing."""


@settings
class Semantic:
    """Documents that mean the same, by vectors made elsewhere."""

    embeddings: Annotated[str, Field(min_length=1)]
    """Parquet file with the columns id (of a Document of the archive) and vector (numbers); relative to the checkout."""
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    """SHA-256 of that file: other vectors make another corpus."""
    likeness: Annotated[float, Field(gt=0, le=1)]
    """Of two Documents of one kind whose vectors have this cosine, the shorter is dropped."""


@settings
class Duplicates:
    """When two texts say the same."""

    near: Annotated[float, Field(gt=0, le=1)]
    """Of two texts of one kind that share this much of their shingles (Jaccard), the shorter is dropped."""
    semantic: Semantic | None
    """How to find those that only mean the same; null does not look."""


@settings
class CorpusParams:
    """How Documents are cleaned, in the order of the steps."""

    workers: Annotated[int, Field(ge=1)]
    """Processes that clean shards; the result does not depend on it."""
    language: Language
    """Second step: the language of each text."""
    quality: Qualities
    """Third step: texts worth reading."""
    privacy: Privacy
    """Fourth step: personal data and secrets."""
    duplicates: Duplicates
    """Last step: each text once."""
