"""One shard of the archive → a part: its Documents cleaned and laid out so that any bucket of them can be read alone.

    .cache/corpus/00000.arrow   Documents with `rule` and `reason` ("" where no rule refused), a record batch a bucket
    .cache/corpus/00000.u64     shingle hashes of those that no rule refused

A bucket is a range of ids: read one after another, the buckets of all parts are the corpus sorted by id, with one in memory.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import ipc

from tasks.corpus.clean import Refusal, clean_shard
from tasks.corpus.fingerprints import Fingerprints, fingerprints
from tasks.corpus.perplexity import with_perplexity
from tasks.corpus.settings import CorpusParams
from tasks.ledger import as_text
from tasks.records import SCHEMAS, Document, Dropped
from tasks.shingles import Array, Shingles

SCHEMA = pa.schema([*SCHEMAS[Document], ("rule", pa.string()), ("reason", pa.string())])


@dataclass(frozen=True, slots=True)
class Part:
    """What the stage keeps in memory of a shard."""

    file: Path
    rows: int
    prints: Fingerprints
    """Of the Documents that no rule refused, in the order of the file."""
    starts: Array
    """Where each one's shingles begin."""
    replaced: Counter[str]
    """Personal data and secrets replaced by placeholders, by type, in all rows."""

    def shingles(self) -> Shingles:
        """Their shingles, from the file."""
        return Shingles.read(self.file.with_suffix(".u64"), self.starts)


def prepare(shard: tuple[Path, Path], *, params: CorpusParams, buckets: int, root: Path) -> Part:
    """Clean a shard (from, to) and write its part; `root` is where the path of a model in params starts."""
    source, file = shard
    verdicts, replaced = clean_shard(source, params)
    verdicts.sort(key=lambda verdict: verdict[0].id)
    if params.quality.perplexity:
        verdicts = with_perplexity(verdicts, params.quality.perplexity, root)
    by_bucket = {bucket: list(some) for bucket, some in groupby(verdicts, lambda one: _bucket_of(one[0].id, buckets))}
    with pa.OSFile(str(file), "wb") as sink, ipc.new_file(sink, SCHEMA) as writer:
        for bucket in range(buckets):
            writer.write_batch(_batch(by_bucket.get(bucket, ())))
    prints, shingles = fingerprints([document for document, refusal in verdicts if refusal is None])
    shingles.write(file.with_suffix(".u64"))
    return Part(file, len(verdicts), prints, shingles.starts, replaced)


def kept(files: Sequence[Path], buckets: int, late: Mapping[str, Refusal]) -> Iterator[Document]:
    """Documents of all parts that neither a rule nor `late` (by id) refuses, sorted by id."""
    return (Document(**row) for row, _ in _rows(files, buckets, late, refused=False))


def dropped(files: Sequence[Path], buckets: int, late: Mapping[str, Refusal]) -> Iterator[Dropped]:
    """All others, sorted by id, with rule and reason."""
    for row, early in _rows(files, buckets, late, refused=True):
        refusal = early if early[0] else late[row["id"]]
        yield Dropped(row["id"], "corpus", *refusal, as_text(Document(**row)))


def _rows(
    files: Sequence[Path], buckets: int, late: Mapping[str, Refusal], *, refused: bool
) -> Iterator[tuple[dict[str, str], Refusal]]:
    """Columns of each Document that is, or is not, refused, sorted by id, with the rule and reason of its part."""
    late_by_bucket = {bucket: list(some) for bucket, some in groupby(sorted(late), lambda one: _bucket_of(one, buckets))}
    for bucket in range(buckets):
        too_late = pa.array(late_by_bucket.get(bucket, ()), pa.string())
        rows = [row for file in files for row in _read(file, bucket, too_late, refused)]
        for row in sorted(rows, key=lambda row: row["id"]):
            yield row, (row.pop("rule"), row.pop("reason"))


def _batch(verdicts: Sequence[tuple[Document, Refusal | None]]) -> pa.RecordBatch:
    columns = [[getattr(document, name) for document, _ in verdicts] for name in Document.__slots__]
    refusals = [refusal or ("", "") for _, refusal in verdicts]
    columns += [[rule for rule, _ in refusals], [reason for _, reason in refusals]]
    return pa.record_batch([pa.array(column, pa.string()) for column in columns], schema=SCHEMA)


def _read(file: Path, bucket: int, late: pa.Array, refused: bool) -> list[dict[str, str]]:
    with pa.memory_map(str(file)) as mapped:
        batch = ipc.open_file(mapped).get_batch(bucket)
        goes = pc.or_(pc.not_equal(batch["rule"], ""), pc.is_in(batch["id"], late))
        rows: list[dict[str, str]] = batch.filter(goes if refused else pc.invert(goes)).to_pylist()
        return rows


def _bucket_of(document_id: str, buckets: int) -> int:
    """Which of `buckets` equal ranges of ids it is in: ids are hashes, so all are about as full."""
    return int(document_id, 16) * buckets >> 64
