"""A base model brought from a folder is pinned by its hash: DVC looks at params/, not into other people's folders."""

import sys

import pytest

from tasks.params import write
from tasks.shards import sha256_of

pytestmark = pytest.mark.whole


def test_a_folder_without_its_hash_is_refused_with_the_hash_to_write(small_road):
    write(small_road.root / "params/foundation.yaml", {"sha256": ""})
    done = small_road.run(sys.executable, "-m", "tasks.foundation")
    assert done.returncode == 2, done.stderr
    assert f"sha256: {sha256_of(small_road.root / 'tiny/model.safetensors')}" in done.stderr
    assert not (small_road.root / "data/foundation").exists()
