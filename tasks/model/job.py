"""What the stage hands to its ranks, through one file in the run's scratch folder.

.cache/model/<key>/  job.json  answers.safetensors  replay.safetensors  step-000040/ …  result/
                     failed-<rank>.txt  launch  meeting
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from tasks.model.settings import ModelParams
from tasks.params import check
from tasks.shards import as_json


@dataclass(frozen=True, slots=True)
class Job:
    """A run, as its ranks see it."""

    params: ModelParams
    scratch: Path
    """The run's own folder: rows in, checkpoints, result out."""
    foundation: Path
    numbers: Path
    """Outbox of tasks.tracking.Numbers, for rank 0."""
    padding: int
    """Token id that fills short rows up; never scored."""

    @property
    def answers(self) -> Path:
        """Rows of the pairs, packed."""
        return self.scratch / "answers.safetensors"

    @property
    def replay(self) -> Path:
        """Rows of plain text, packed."""
        return self.scratch / "replay.safetensors"

    @property
    def result(self) -> Path:
        """Folder of the trained weights and training.json, whole or absent."""
        return self.scratch / "result"

    @property
    def launch(self) -> Path:
        """File through which torchrun's launcher meets those of other machines: there are none."""
        return self.scratch / "launch"

    @property
    def meeting(self) -> Path:
        """File through which the ranks meet."""
        return self.scratch / "meeting"

    def failure(self, rank: int) -> Path:
        """File in which a rank leaves its last words."""
        return self.scratch / f"failed-{rank}.txt"

    def write(self) -> Path:
        """job.json, for `read`."""
        paths = {name: str(getattr(self, name)) for name in ("scratch", "foundation", "numbers")}
        file = self.scratch / "job.json"
        values = {"params": asdict(self.params), "padding": self.padding, **paths}
        file.write_text(as_json(values), encoding="utf-8")
        return file

    @classmethod
    def read(cls, file: Path) -> "Job":
        """The job of a job.json."""
        values = json.loads(file.read_text(encoding="utf-8"))
        paths = {name: Path(values[name]) for name in ("scratch", "foundation", "numbers")}
        return cls(params=check(ModelParams, values["params"], file), padding=values["padding"], **paths)
