"""What params/corpus.yaml may say, a mapping a step; a limit of null switches its rule off."""

from typing import Annotated, Literal

from pydantic import Field

from tasks.params import settings

Length = Annotated[int, Field(ge=0)] | None
Part = Annotated[float, Field(ge=0, le=1)]
Share = Part | None


@settings
class Normalise:
    """What is taken from prose beside damage, which always is."""

    markup: bool
    """Whether remains of HTML, BBCode and wiki links go."""
    boilerplate: bool
    """Whether lines of menus, consent, sharing and rights go from the head and the tail."""


@settings
class Language:
    """Which languages stay."""

    wanted: tuple[Annotated[str, Field(pattern=r"^[a-z]{2,3}(-Han[st])?$")], ...]
    """Prose in another language is dropped; en, zh-Hans, or zh for both scripts; [] keeps every one."""
    mixed: Share
    """Prose with a larger share of its words in lines of a language that is not wanted is dropped."""
    chinese: Literal["zh-Hans", "zh-Hant"] | None
    """Chinese prose is rewritten in these characters (package opencc); null leaves it as it is."""


@settings
class Lines:
    """Limits for the lines of prose that hold a word; asked of four lines or more."""

    bullets: Share
    """Prose with a larger share of lines that begin with a bullet is dropped."""
    ellipses: Share
    """Prose with a larger share of lines that end with an ellipsis is dropped."""
    short: Share
    """Prose with a larger share of lines of 30 characters or fewer (10 in unsegmented scripts) is dropped."""
    ended: Share
    """Prose with a smaller share of lines that end as sentences do is dropped."""
    breaks: Annotated[float, Field(ge=0)] | None
    """Prose with more line breaks for each word than this is dropped."""


@settings
class Repetition:
    """Limits for what prose says again; in unsegmented scripts a character counts as a word."""

    lines: Share
    """Prose with a larger share of lines that came before in it is dropped."""
    line_characters: Share
    """Prose with a larger share of characters in such lines is dropped."""
    paragraphs: Share
    """Prose with a larger share of paragraphs that came before in it is dropped."""
    paragraph_characters: Share
    """Prose with a larger share of characters in such paragraphs is dropped."""
    top_ngrams: tuple[Part, Part, Part] | None
    """Prose of which one run of 2, 3 or 4 words makes a larger share is dropped."""
    duplicate_ngrams: tuple[Part, Part, Part, Part, Part, Part] | None
    """Prose of which runs of 5, 6, 7, 8, 9 or 10 words that came before make a larger share is dropped."""


@settings
class Boilerplate:
    """Limits for what web pages say instead of text."""

    lorem_ipsum: Length
    """Prose that says "lorem ipsum dolor" more often is dropped."""
    curly_brackets: Share
    """Prose with a larger share of curly brackets among its characters is dropped."""
    javascript: Share
    """Prose with a larger share of characters in lines that ask for JavaScript is dropped."""
    policies: Share
    """Prose with a larger share of characters in lines about cookies, privacy or terms of use is dropped."""


@settings
class Quality:
    """Limits for prose of one kind of script."""

    shortest: Length
    """Shorter prose is dropped, in characters."""
    longest: Length
    """Longer prose is dropped, in characters."""
    letters: Share
    """Prose with a smaller share of letters among all characters but white space is dropped."""
    own_letters: Share
    """Prose with a smaller share of characters of unsegmented scripts among its letters is dropped."""
    garbled: Share
    """Prose with a larger share of characters that were read in a wrong encoding is dropped."""
    symbols: Share
    """Prose with more hash signs and ellipses for each word than this is dropped."""
    shortest_word: Annotated[float, Field(ge=0)] | None
    """Prose whose words are shorter in the mean is dropped, in characters."""
    longest_word: Annotated[float, Field(ge=0)] | None
    """Prose whose words are longer in the mean is dropped, in characters."""
    words_with_letter: Share
    """Prose with a smaller share of words with a letter, the others being numbers, is dropped."""
    stop_words: Length
    """English or Chinese prose of 100 words or more with fewer different stop words is dropped."""
    sentences: Length
    """Prose of fewer sentences is dropped."""
    lines: Lines
    repetition: Repetition
    boilerplate: Boilerplate


@settings
class CodeQuality:
    """Limits for code, which has no sentences to judge."""

    shortest: Length
    """Shorter code is dropped, in characters."""
    longest: Length
    """Longer code is dropped, in characters."""


@settings
class PerplexityLimits:
    """Limits for prose of one kind of script, in the model's perplexity a token."""

    lowest: Annotated[float, Field(ge=1)] | None
    """Prose that the model foresees better is dropped."""
    highest: Annotated[float, Field(ge=1)] | None
    """Prose that the model foresees worse is dropped."""


@settings
class Perplexity:
    """What a base model thinks of prose of 50 words or more."""

    model: str
    """A published folder with the model, from the repository root, such as data/foundation; none made of this corpus."""
    digest: str
    """Which model that must be, in 16 hex digits; the stage says which it found."""
    characters: Annotated[int, Field(ge=1)]
    """Characters read of each text."""
    segmented: PerplexityLimits
    unsegmented: PerplexityLimits


@settings
class Qualities:
    """Limits by what a text is made of."""

    segmented: Quality
    """For prose whose words stand apart (English)."""
    unsegmented: Quality
    """For prose whose words do not stand apart (Chinese, Japanese, Thai)."""
    code: CodeQuality
    """For code."""
    perplexity: Perplexity | None
    """Limits for what the base model thinks of prose; null asks no model."""


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

    near: Annotated[float, Field(gt=0, le=1)] | None
    """Of two texts of one kind that share this much of their shingles (Jaccard), the shorter is dropped."""
    semantic: Semantic | None
    """How to find those that only mean the same; null does not look."""


@settings
class CorpusParams:
    """How Documents are cleaned, in the order of the steps."""

    workers: Annotated[int, Field(ge=1)]
    """Processes that clean shards; the result does not depend on it."""
    normalise: Normalise
    """First step: each text written one way."""
    language: Language
    """Second step: the language of each text."""
    quality: Qualities
    """Third step: texts worth reading."""
    privacy: Privacy
    """Fourth step: personal data and secrets."""
    duplicates: Duplicates
    """Last step: each text once."""
    words: bool
    """Whether words/ is written, too: the words of each Document, parts of speech, share of stop words (package rjieba)."""
