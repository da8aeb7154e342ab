"""What a model has read, for many texts at once: a slot a text, each at a place of its own.

    slots = Slots(layers=18, count=48, length=256)
    slots.at(rows=slice(5, 6), start=torch.tensor([0]), tokens=16)   # slot 5 reads 16 tokens from place 0 on …
    slots.at(rows=slice(0, 48), start=places, tokens=1)              # … and then every slot one token at its own place
    model.base_model(ids, attention_mask=slots.masks(config), position_ids=slots.positions, past_key_values=slots)

The arrays keep their shape from the first token to the last. What lies behind a slot's place, of its padding or of the text
before it, is masked and weighs exactly 0. A slot may go on from a prefix that is held apart, once for many slots: its own
first token then lies at place 0, at the position behind the prefix.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor
from transformers.cache_utils import Cache

from tasks.completions.shared_prefix import TILE, Tile, tiled
from tasks.errors import InputError


class Slots(Cache):  # type: ignore[misc]  # transformers ships no types
    """Keys and values a layer, [count, heads, length, width], made when a layer first writes."""

    def __init__(self, layers: int, count: int, length: int) -> None:
        super().__init__(layers=[])
        self.count, self.length = count, length
        self.keys: list[Tensor | None] = [None] * layers
        self.values: list[Tensor | None] = [None] * layers
        self.rows = slice(0, count)
        self.places = torch.zeros(count, 1, dtype=torch.long)
        self.prefixes: list[Slots | None] = [None] * count
        self._tiles: list[Tile] = []
        self._local: list[bool] = []

    def at(self, rows: slice, start: Tensor, tokens: int) -> None:
        """What the next pass of the model reads: slots `rows`, from their place `start` [rows] on, `tokens` each."""
        self.rows = rows
        self.places = start[:, None] + torch.arange(tokens)

    @property
    def positions(self) -> Tensor:
        """Of what is read, in its text: places, behind the prefix where there is one, [rows, tokens]."""
        before = [0 if prefix is None else prefix.length for prefix in self.prefixes[self.rows]]
        return self.places + torch.tensor(before)[:, None]

    def share(self, config: Any) -> None:
        """Put together the slots of the next pass that go on from the same prefix."""
        window, kinds = getattr(config, "sliding_window", None), getattr(config, "layer_types", None)
        self._local = [kind == "sliding_attention" for kind in kinds] if kinds else [bool(window)] * len(self.keys)
        together: dict[int, tuple[Slots, list[int]]] = {}
        prefixes = self.prefixes[self.rows]
        for row, prefix in enumerate(prefixes):
            if prefix is not None:
                together.setdefault(id(prefix), (prefix, []))[1].append(row)
        self._tiles = [
            self._tile(prefix, some, count, window)
            for prefix, rows in together.values()
            for some, count in tiled(rows, min(TILE, len(prefixes)))
        ]

    def tiles(self, layer: int) -> Sequence[Tile]:
        """Rows of this pass that share a prefix, as a layer sees them. Called by the model's attention."""
        return self._tiles if self._local[layer] else [replace(tile, near=None) for tile in self._tiles]

    def _tile(self, prefix: "Slots", rows: tuple[int, ...], count: int, window: int | None) -> Tile:
        near = None
        if window and prefix.length + self.length > window:
            mine = prefix.length + self.places[list(rows)][..., None]
            near = torch.arange(prefix.length) > mine - window
        return Tile(rows, count, prefix.keys, prefix.values, near)

    def update(
        self, key_states: Tensor, value_states: Tensor, layer_idx: int, *args: Any, **kwargs: Any
    ) -> tuple[Tensor, Tensor]:
        """Write [rows, heads, tokens, width] at the rows' places; gives all that these rows hold. Called by the model."""
        return (
            self._write(self.keys, key_states, layer_idx),
            self._write(self.values, value_states, layer_idx),
        )

    def copy(self, prefix: "Slots", slot: int, places: int) -> None:
        """Put the first `places` of a cache of one slot into a slot of this one."""
        for mine, theirs in ((self.keys, prefix.keys), (self.values, prefix.values)):
            for layer, source in enumerate(theirs):
                if source is not None:
                    self._layer(mine, source, layer)[slot, :, :places] = source[0, :, :places]

    def masks(self, config: Any) -> Tensor | dict[str, Tensor]:
        """True where a token may look, [rows, 1, tokens, length]; by kind of layer where the model has several.

        An attention that adds its mask gets 0 there, and -inf elsewhere.
        """
        seen = torch.arange(self.length)
        mine = self.places[:, None, :, None]
        full = seen <= mine
        window = getattr(config, "sliding_window", None)
        near = full & (seen > mine - window) if window else full
        if config._attn_implementation == "eager":
            full, near = (torch.zeros(mask.shape).masked_fill_(~mask, -torch.inf) for mask in (full, near))
        kinds = getattr(config, "layer_types", None)
        if not kinds:
            return near
        known = {"full_attention": full, "sliding_attention": near}
        if unknown := set(kinds) - set(known):
            raise InputError(
                f"The model has layers of kind {sorted(unknown)}; known are {sorted(known)}. Choose another model."
            )
        return {kind: known[kind] for kind in kinds}

    def _write(self, store: list[Tensor | None], states: Tensor, layer: int) -> Tensor:
        held = self._layer(store, states, layer)[self.rows]
        texts = torch.arange(len(held))[:, None]
        held[texts, :, self.places] = states.transpose(1, 2)  # scatter_ would copy all that is held
        return held

    def _layer(self, store: list[Tensor | None], like: Tensor, layer: int) -> Tensor:
        held = store[layer]
        if held is None:
            held = like.new_zeros(self.count, like.shape[1], self.length, like.shape[3])
            store[layer] = held
        return held
