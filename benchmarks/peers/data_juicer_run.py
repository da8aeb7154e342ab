"""A list of data-juicer's operators over one folder of parquet files, by its own executor, on two processes."""

import json
from pathlib import Path

from data_juicer.config import init_configs
from data_juicer.core import DefaultExecutor


def run(operators, documents, out):
    """Write what is kept as out/kept.jsonl."""
    out.mkdir(parents=True, exist_ok=True)
    config = {
        "project_name": "bench",
        "dataset_path": str(documents),
        "export_path": str(out / "kept.jsonl"),
        "work_dir": str(out / "work"),
        "np": 2,
        "text_keys": "text",
        "open_tracer": False,
        "use_cache": False,
        "ds_cache_dir": str(out / "cache"),
        "op_fusion": len(operators) > 1,
        "fusion_strategy": "greedy",
        "process": operators,
    }
    file = out / "config.json"
    file.write_text(json.dumps(config))
    DefaultExecutor(init_configs(["--config", str(file)])).run(skip_return=True)
    assert Path(config["export_path"]).exists()
