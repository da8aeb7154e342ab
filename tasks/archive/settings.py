"""What params/archive.yaml may say: a list of sources, each of one `kind`."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from tasks.params import settings

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Text = Annotated[str, Field(min_length=1)]
Kind = Literal["prose", "code", "dialogue", "table"]
Host = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?$")]


def _no_url(name: str) -> str:
    if "://" in name or "\0" in name:
        raise ValueError("is no name; a URL belongs in the environment variable that `url_variable` names")
    return name


Named = Annotated[str, AfterValidator(_no_url)]


@settings
class Columns:
    """Which column of a table is what; an empty name means that there is none."""

    text: Text
    """Column with the text: a string, or a list of turns, which become lines."""
    title: str
    """Column with the title."""
    language: str
    """Column with the language code; without it the corpus stage looks for itself."""
    group: str
    """Column naming what must stay on one side of the split (a page and its translation): equal values, one `source`."""
    id: str
    """Column with an id, unique in its file; without it a row is known by its text."""
    license: str
    """Column with the SPDX name of each row's licence; where it is empty the source's holds."""
    html: bool
    """Whether the text is a page of HTML, of which the text that a reader sees is kept, as of an HTML file."""


@settings
class ReadyMade:
    """How instruction data that is ready-made is written down."""

    format: Literal["alpaca", "sharegpt", "messages"]
    """alpaca (instruction, input, output, history), sharegpt (conversations of from and value), messages (role, content)."""
    language: str
    """Column with the language code; without it the instructions stage looks for itself."""
    group: str
    """Column naming what must stay on one side of the split; without it each row, with all its turns, is a source."""
    id: str
    """Column with an id, unique in its file; without it a row is known by its text."""


@settings
class PythonDocs:
    """Docstrings, functions and language topics of the Python that runs, read as text and never imported."""

    kind: Literal["python_docs"]
    """python_docs."""
    name: Name
    """Name of the source; the `source` of its Documents begins with it."""
    license: Text
    """SPDX name of the licence."""
    packages: tuple[str, ...]
    """Top-level packages and modules to read, such as json; [] reads every public one."""
    shortest_docstring: Annotated[int, Field(ge=1)]
    """A docstring shorter than this is no text of its own, in characters (its function is still a code Document)."""


@settings
class LocalFiles:
    """Files here, by their names: texts, documents and tables, packed (.gz, .bz2, .xz, .zst) or not, or in a tar or zip."""

    kind: Literal["local_files"]
    """local_files."""
    name: Name
    """Name of the source; the `source` of its Documents begins with it."""
    license: Text
    """SPDX name of the licence."""
    path: Text
    """A file, a folder (read with all below it), or a pattern such as notes/*.md; relative to the checkout."""
    document_kind: Kind
    """What the texts are: prose, code, dialogue or table."""
    columns: Columns
    """How to read json, jsonl, csv, tsv and parquet; other files are one Document each."""
    longest_record: Annotated[int, Field(ge=1, le=2**30)]
    """A line, row, document or text of one longer than this, unpacked, is quarantined, in bytes; never held whole."""


@settings
class InstructionFiles:
    """Files of instruction data that is ready-made: tables of every kind that local_files reads. Their rows become Pairs."""

    kind: Literal["instruction_files"]
    """instruction_files."""
    name: Name
    """Name of the source; the `source` of its Pairs begins with it."""
    license: Text
    """SPDX name of the licence."""
    path: Text
    """A file, a folder (read with all below it), or a pattern such as chats/*.jsonl; relative to the checkout."""
    rows: ReadyMade
    """What is in a row."""
    longest_record: Annotated[int, Field(ge=1, le=2**30)]
    """A line or row longer than this is quarantined, in bytes; so is a json file, which is read whole."""


@settings
class HubDatasets:
    """A data set of the Hugging Face hub at one commit, read as it comes and never downloaded whole."""

    kind: Literal["hub_datasets"]
    """hub_datasets."""
    name: Name
    """Name of the source; the `source` of its Documents begins with it."""
    license: Text
    """SPDX name of the licence."""
    path: Text
    """Id on the hub, such as `org/name`."""
    revision: Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]
    """Commit to read, 40 hex digits: a branch moves, a commit does not."""
    subset: str
    """Configuration of the data set; "" for its only one."""
    split: Text
    """Split of the data set, such as train; whole, no slice of it."""
    document_kind: Kind
    """What the texts are: prose, code, dialogue or table."""
    columns: Columns
    """Which column is what."""


@settings
class HubInstructions:
    """Instruction data of the Hugging Face hub at one commit, ready-made. Its rows become Pairs."""

    kind: Literal["hub_instructions"]
    """hub_instructions."""
    name: Name
    """Name of the source; the `source` of its Pairs begins with it."""
    license: Text
    """SPDX name of the licence."""
    path: Text
    """Id on the hub, such as `org/name`."""
    revision: Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]
    """Commit to read, 40 hex digits: a branch moves, a commit does not."""
    subset: str
    """Configuration of the data set; "" for its only one."""
    split: Text
    """Split of the data set, such as train; whole, no slice of it."""
    rows: ReadyMade
    """What is in a row."""


@settings
class Databases:
    """A table or view of a database, read by a unique key and never written."""

    kind: Literal["databases"]
    """databases."""
    name: Name
    """Name of the source; the `source` of its Documents begins with it."""
    license: Text
    """SPDX name of the licence."""
    url_variable: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
    """Name of the environment variable with the SQLAlchemy URL, never the URL: it may hold a password."""
    schema: Named
    """Schema of the table; "" for the usual one."""
    table: Annotated[Named, Field(min_length=1)]
    """Table or view to read."""
    key: Annotated[Named, Field(min_length=1)]
    """Unique column without NULL (whole numbers, texts or UUIDs): rows come in its order, and it is their id."""
    rows_per_page: Annotated[int, Field(ge=1, le=100_000)]
    """Rows asked for at a time; so many are in memory. The result does not depend on it."""
    longest_record: Annotated[int, Field(ge=1, le=2**30)]
    """A row longer than this is quarantined, in bytes."""
    document_kind: Kind
    """What the texts are: prose, code, dialogue or table."""
    columns: Columns
    """Which column is what; without an `id` the key is it."""


@settings
class WebPages:
    """Pages of the web, of the hosts named here and of no others, and of WARC files."""

    kind: Literal["web_pages"]
    """web_pages."""
    name: Name
    """Name of the source; the `source` of its Documents begins with it."""
    license: Text
    """SPDX name of the licence."""
    hosts: tuple[Host, ...]
    """The only hosts that may be asked, also by a redirect: example.org (ports 80 and 443) or example.org:8080."""
    addresses: tuple[Text, ...]
    """Pages to fetch."""
    sitemaps: tuple[Text, ...]
    """Sitemaps whose pages to fetch; indices of sitemaps and .gz, too."""
    feeds: tuple[Text, ...]
    """RSS or Atom feeds whose entries' pages to fetch."""
    warc: tuple[Text, ...]
    """WARC files or patterns such as crawls/*.warc.gz, relative to the checkout; all their pages, and nobody is asked."""
    pages: Annotated[int, Field(ge=0)]
    """The most pages to fetch: first those of `addresses`, then those named by sitemaps and feeds; 0 asks nobody."""
    seconds_between: Annotated[float, Field(ge=0, le=60)]
    """Between two requests to one host; more where its robots.txt asks for more."""
    longest_page: Annotated[int, Field(ge=1, le=2**28)]
    """A page longer than this is quarantined, in bytes, as sent or unpacked."""
    seconds_per_page: Annotated[float, Field(gt=0, le=600)]
    """A page that takes longer, with its redirects, is quarantined."""
    loopback: bool
    """For tests: true lets this machine itself (127.0.0.0/8, ::1) be asked. Nothing else that is private, ever."""


OfPairs = InstructionFiles | HubInstructions
"""Sources of what is instruction data already."""
Source = PythonDocs | LocalFiles | HubDatasets | Databases | WebPages | OfPairs


@settings
class ArchiveParams:
    """Where text comes from."""

    sources: tuple[Annotated[Source, Field(discriminator="kind")], ...]
    """The sources, read in this order; any number of each kind, each with a name of its own."""
    allow_unknown_license: bool
    """Whether text may be used whose licence SPDX does not know; false refuses such a source, and quarantines such a row."""
