"""Training streams: a data set for PyTorch and shards for WebDataset, read over signed URLs as they are needed.

from foveal.training import FovealIterableDataset, Manifest

manifest = Manifest.list("zoo.jsonl", "zoo", filter={"field": "tags", "eq": "train"})
dataset = FovealIterableDataset(manifest, cache_dir="/var/cache/zoo", batch_size=64)
"""

from foveal.training.dataset import FovealIterableDataset
from foveal.training.manifest import Manifest, Sample
from foveal.training.reading import SampleError

__all__ = ["FovealIterableDataset", "Manifest", "Sample", "SampleError"]
