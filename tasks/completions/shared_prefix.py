"""Attention over a prefix that many requests share and that is held once, and over what each request holds alone.

    queries of 8 slots · prefix, keys [1, heads, 320, width]  → a part of the answer, and how much it weighs ┐
    query of each slot · its own, keys [48, heads, 256, width] → the other part, and how much it weighs      ┴→ their mean

No approximation: a softmax over two stretches is the mean of the softmax over each, weighed by their sums of exponentials
(Hydragen, Juravsky et al. 2024, section 3.1); the queries of several slots meet the prefix in one product (3.2). Slots stand
in tiles of a fixed size, filled up by repetition: a product of another shape would round otherwise.
"""

import inspect
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

import torch
from torch import Tensor
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.masking_utils import sdpa_mask

from tasks.errors import InputError

TILE = 8
"""Slots whose queries meet a prefix together, at most."""
NAME = "zhiling_shared_prefix"
"""Of `_attend` among transformers' attention functions."""
UNDERSTOOD = {"dropout", "sliding_window", "position_ids", "use_cache", "past_key_values", "cache_position"}
"""What a model may tell its attention beyond mask and scale: nothing drops out here, and the window is in the masks."""


@dataclass(frozen=True, slots=True)
class Tile:
    """Rows of a pass that share a prefix."""

    rows: tuple[int, ...]
    count: int
    """How many of `rows` are there once; the others repeat the last one."""
    keys: Sequence[Tensor | None]
    """Of each layer that has read the prefix, [1, heads, prefix, width]."""
    values: Sequence[Tensor | None]
    near: Tensor | None
    """True where a token may look within the window of a local layer, [rows, tokens, prefix]; None where it sees all."""


class Shared(Protocol):
    """What `_attend` is told of a pass."""

    def tiles(self, layer: int) -> Sequence[Tile]:
        """Those of a layer; `near` is None in a layer that sees all."""
        ...


class _NotUnderstood(InputError):
    """What a model wants of its attention."""


@dataclass(slots=True)
class _Probe:
    """No prefix, but the layers that ask for one."""

    heard: set[int] = field(default_factory=set)

    def tiles(self, layer: int) -> Sequence[Tile]:
        self.heard.add(layer)
        return ()


def tiled(rows: Sequence[int], size: int) -> Iterator[tuple[tuple[int, ...], int]]:
    """Rows by `size`, the last ones filled up, and how many are real: [3, 5, 6], 2 → ((3, 5), 2), ((6, 6), 1)."""
    for start in range(0, len(rows), size):
        some = tuple(rows[start : start + size])
        yield some + some[-1:] * (size - len(some)), len(some)


@contextmanager
def attending(model: Any) -> Iterator[None]:
    """Within, the model's layers call `_attend`; pass shared=… to its forward."""
    before = model.config._attn_implementation
    model.set_attn_implementation(NAME)
    try:
        yield
    finally:
        model.set_attn_implementation(before)


@torch.inference_mode()
def can_share(model: Any) -> bool:
    """Whether every layer of the model comes to `_attend`, is told of the prefix, and adds nothing that it does not know."""
    takes = inspect.signature(model.base_model.forward).parameters.values()
    if model.config._attn_implementation != "sdpa" or not any(one.kind is one.VAR_KEYWORD for one in takes):
        return False
    probe = _Probe()
    with attending(model), suppress(_NotUnderstood):
        model.base_model(input_ids=torch.zeros(1, 1, dtype=torch.long), use_cache=False, shared=probe)
    return probe.heard == set(range(model.config.num_hidden_layers))


def _attend(
    module: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    shared: Shared | None = None,
    **more: Any,
) -> tuple[Tensor, None]:
    """As transformers wants it: query [rows, heads, tokens, width] → [rows, tokens, heads, width].

    Raises InputError where the model wants what this attention does not do; `can_share` has asked for it beforehand.
    """
    if shared is None:
        plain: tuple[Tensor, None] = AttentionInterface()["sdpa"](
            module, query, key, value, attention_mask, scaling=scaling, **more
        )
        return plain
    if unknown := {name for name, told in more.items() if told is not None} - UNDERSTOOD:
        raise _NotUnderstood(f"Attention is told {sorted(unknown)}, and knows {sorted(UNDERSTOOD)}. Choose another model.")
    if key.shape[-1] != value.shape[-1]:
        raise _NotUnderstood(f"Keys are {key.shape[-1]} wide, and values {value.shape[-1]}. Choose another model.")
    out, weight = _part(query, key, value, attention_mask, scaling)
    tiles = shared.tiles(module.layer_idx)
    if tiles:
        before, lighter = torch.zeros_like(out), torch.full_like(weight, -torch.inf)
        for tile in tiles:
            real = list(tile.rows[: tile.count])
            some, heavy = _prefix_part(query[list(tile.rows)], tile, module.layer_idx, scaling)
            before[real], lighter[real] = some[: tile.count], heavy[: tile.count]
        share = torch.sigmoid(lighter - weight)[..., None]  # exp(a) / (exp(a) + exp(b))
        out = (out * (1 - share) + before * share).to(query.dtype)
    return out.transpose(1, 2).contiguous(), None


def _prefix_part(query: Tensor, tile: Tile, layer: int, scale: float | None) -> tuple[Tensor, Tensor]:
    """Queries of all rows side by side, as if one row had so many tokens."""
    key, value = tile.keys[layer], tile.values[layer]
    assert key is not None and value is not None  # a prefix is read before slots go on from it
    rows, heads, tokens, width = query.shape
    groups = key.shape[1]
    flat = query.reshape(rows, groups, -1, width).transpose(0, 1).reshape(1, groups, -1, width)
    near = tile.near
    mask = None if near is None else near[:, None].expand(-1, heads // groups, -1, -1).reshape(1, 1, -1, near.shape[-1])
    out, weight = _part(flat, key, value, mask, scale)
    apart = out.reshape(groups, rows, -1, width).transpose(0, 1).reshape(query.shape)
    return apart, weight.reshape(groups, rows, -1).transpose(0, 1).reshape(rows, heads, tokens)


def _part(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, scale: float | None) -> tuple[Tensor, Tensor]:
    """Attention over one stretch, and the logarithm of its sum of exponentials [rows, heads, tokens]: -inf over nothing.

    Queries that look at the same keys (grouped-query attention) stand in one row, so that keys need no copies.
    """
    rows, heads, tokens, width = query.shape
    groups = key.shape[1]
    added = None
    if mask is not None:
        added = torch.zeros_like(mask, dtype=query.dtype).masked_fill_(~mask, -torch.inf)
        added = added.repeat(1, 1, heads // groups, 1)
    # The function that torch's scaled_dot_product_attention calls on a CPU, which drops the second result
    out, weight = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(
        query.reshape(rows, groups, -1, width), key, value, attn_mask=added, scale=scale
    )
    weight = weight.reshape(rows, groups, -1)
    if added is not None:  # its weight is 0 where all is masked
        weight = weight.masked_fill((added == -torch.inf).all(dim=-1), -torch.inf)
    return out.reshape(query.shape), weight.reshape(rows, heads, tokens)


AttentionInterface.register(NAME, _attend)
AttentionMaskInterface.register(NAME, sdpa_mask)
