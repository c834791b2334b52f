"""Splits: each asset of a version belongs to one of train, val, test…, together with all of its group.

A group is what must not be torn apart: assets with the same value of an attribute or tag, and always assets with equal
checksums. Without stratification a group's split follows from the hash of seed and group key alone, so that it stays
when data grow. With it, groups are assigned greedily, those with the rarest label first, each to the split that lacks
most of that label (after Sechidis et al., "On the Stratification of Multi-Label Data", 2011); assets without labels are
a stratum of their own. Assignments of an earlier version can be kept: then its assets stay and new ones follow their
group.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

GROUP_TAG: Final = b"foveal split group 1\0"
_UNLABELLED: Final = "\0unlabelled"


@dataclass(frozen=True, slots=True)
class Rules:
    """Rules of a split: the share of each split (they add up to 1), the seed of the hash, whether to stratify."""

    shares: Mapping[str, float]
    seed: str
    is_stratified: bool = False

    def by_hash(self, group: str) -> str:
        """Return the split of a group by its hash: the shares as intervals of [0, 1), by name of the split."""
        digest = hashlib.sha256(GROUP_TAG + self.seed.encode() + b"\0" + group.encode()).digest()
        place, end = int.from_bytes(digest[:8], "big") / 2**64, 0.0
        names = sorted(name for name, share in self.shares.items() if share > 0)
        for name in names:
            end += self.shares[name]
            if place < end:
                return name
        return names[-1]


@dataclass(slots=True)
class Assignment:
    """Splits of assets. `conflicts` counts groups whose kept assets lie in several splits."""

    rules: Rules
    groups: "Groups"
    kept: Mapping[str, str]
    by_group: Mapping[str, str]
    conflicts: int = 0

    def split_of(self, asset_id: str, group: str | None, checksum: str) -> str:
        """Return the split of an asset; one that was not there when the splits were assigned follows its hash."""
        kept = self.kept.get(asset_id)
        if kept is not None:
            return kept
        key = self.groups.root(group_key(asset_id, group, checksum))
        return self.by_group.get(key) or self.rules.by_hash(key)


@dataclass(slots=True)
class Groups:
    """Groups that are joined where they share a checksum (union-find; the least key stands for all joined)."""

    parents: dict[str, str] = field(default_factory=dict)
    by_checksum: dict[str, str] = field(default_factory=dict)

    def add(self, key: str, checksum: str) -> None:
        """Join a group with the groups that have a member with the same checksum."""
        if not checksum:
            return
        other = self.by_checksum.setdefault(checksum, key)
        one, two = self.root(key), self.root(other)
        if one != two:
            self.parents[max(one, two)] = min(one, two)

    def root(self, key: str) -> str:
        """Return the key that stands for a group and all that are joined with it."""
        while (parent := self.parents.get(key)) is not None:
            key, above = parent, self.parents.get(parent)
            if above is not None:
                self.parents[key] = above
        return key


def group_key(asset_id: str, group: str | None, checksum: str) -> str:
    """Return the key of an asset's group: the group given, else its checksum, so that equal bytes are one group."""
    return f"group:{group}" if group is not None else f"bytes:{checksum}" if checksum else f"asset:{asset_id}"


@dataclass(frozen=True, slots=True)
class Candidate:
    """An asset to be assigned: its group (None: it stands alone), its checksum and its labels."""

    asset_id: str
    group: str | None
    checksum: str
    labels: Sequence[str] = ()


def assign(rules: Rules, candidates: Iterable[Candidate], kept: Mapping[str, str]) -> Assignment:
    """Return the splits of all candidates; `kept` has the splits of assets that stay as they are.

    Of each asset some 100 bytes are held until the end. The order of the candidates does not matter.
    """
    groups, sizes, members = Groups(), Counter[str](), dict[str, Counter[str]]()
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    for each in candidates:
        key = group_key(each.asset_id, each.group, each.checksum)
        groups.add(key, each.checksum)
        if each.asset_id in kept:
            votes[key][kept[each.asset_id]] += 1
        if rules.is_stratified:
            sizes[key] += 1
            members.setdefault(key, Counter()).update(set(each.labels) or {_UNLABELLED})
    joined: dict[str, Counter[str]] = defaultdict(Counter)
    for key, found in votes.items():
        joined[groups.root(key)].update(found)
    by_group = {key: min(found, key=lambda name: (-found[name], name)) for key, found in joined.items()}
    conflicts = sum(len(found) > 1 for found in joined.values())
    if rules.is_stratified:
        by_group = _stratified(rules, *_joined(groups, sizes, members), by_group)
    return Assignment(rules, groups, kept, by_group, conflicts)


def _joined(
    groups: Groups, sizes: Counter[str], members: Mapping[str, Counter[str]]
) -> tuple[Counter[str], dict[str, Counter[str]]]:
    of_group, labels = Counter[str](), defaultdict[str, Counter[str]](Counter)
    for key, size in sizes.items():
        root = groups.root(key)
        of_group[root] += size
        labels[root].update(members[key])
    return of_group, labels


def _stratified(
    rules: Rules, sizes: Counter[str], labels: Mapping[str, Counter[str]], fixed: Mapping[str, str]
) -> dict[str, str]:
    """Return the split of every group: the fixed ones as they are, the others greedily by their rarest label."""
    totals = Counter[str]()
    for found in labels.values():
        totals.update(found)
    names = sorted(name for name, share in rules.shares.items() if share > 0)
    wanted = {name: {label: totals[label] * rules.shares[name] for label in totals} for name in names}
    room = {name: sum(sizes.values()) * rules.shares[name] for name in names}
    assigned: dict[str, str] = {}

    def put(group: str, name: str) -> None:
        assigned[group] = name
        if name in room:  # a kept split that the rules do not name any more takes nothing from the others
            room[name] -= sizes[group]
            for label, count in labels[group].items():
                wanted[name][label] -= count

    for group, name in fixed.items():
        put(group, name)
    rarest = {group: min(found, key=lambda label: (totals[label], label)) for group, found in labels.items()}
    ordered = sorted(
        (group for group in labels if group not in assigned),
        key=lambda group: (totals[rarest[group]], rarest[group], -sizes[group], _order(rules.seed, group), group),
    )
    for group in ordered:
        label = rarest[group]
        put(group, max(names, key=lambda name: (wanted[name][label], room[name], name)))
    return assigned


def _order(seed: str, group: str) -> bytes:
    return hashlib.sha256(GROUP_TAG + seed.encode() + b"\0order\0" + group.encode()).digest()[:8]
