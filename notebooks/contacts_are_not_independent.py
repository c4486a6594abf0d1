# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown]
# # Contacts are not independent
#
# 80 % of 57,000 calls were answered in time: is that 80.0 % ± 0.3, as the formula of a poll says? Calls of one busy quarter of
# an hour wait together, so the formula is far too sure. This notebook measures how far. Open it with Jupytext, in an editor that
# knows `# %%` cells, or run it: `python notebooks/contacts_are_not_independent.py`.

# %%
import math

import numpy as np

import simkpi

day = {
    "simkpi": 1,
    "calendar": {"open": "09:00-17:00"},
    "contacts": {
        "voice": {
            "channel": "voice",
            "volume": {"interval": "30m", "expected": [120] * 16, "day_spread": "10%"},
            "handle": {"talk": {"exponential": "5m"}},
            "patience": {"exponential": "3m"},
        }
    },
    "teams": {"phone": {"skills": ["voice"], "count": 22}},
}

# %% [markdown]
# ## Three hundred days
#
# Each day leaves two numbers: calls answered within 20 s, and calls offered.

# %%
result = simkpi.simulate(day, replications=300, seed=1)
days = result.kpis(["service_level"], by="replication")
within, offered = days["numerator"].to_numpy(), days["denominator"].to_numpy()
truth = within.sum() / offered.sum()
print(f"service level {truth:.1%} of {offered.sum():,.0f} calls")

# %% [markdown]
# ## Two intervals for the same study
#
# A study looks at 30 days. The poll's formula takes every call for an independent one; simkpi takes a day as one observation
# (jackknife of the ratio, Student t).

# %%
from simkpi.experiment.confidence import ratio_interval


def poll(within, offered):
    """Interval of somebody who takes every call for an independent one."""
    share, n = within.sum() / offered.sum(), offered.sum()
    half = 1.96 * math.sqrt(share * (1 - share) / n)
    return share - half, share + half


first = slice(0, 30)
ours = ratio_interval(within[first], offered[first])
print("taking calls as independent: {:.1%} to {:.1%}".format(*poll(within[first], offered[first])))
print(f"taking days as independent:  {ours.low:.1%} to {ours.high:.1%}")

# %% [markdown]
# ## Which one keeps its promise?
#
# A 95 % interval should hold the truth in 95 of 100 studies. Draw 1,000 studies of 30 days from the 300 and count.

# %%
chance = np.random.default_rng(1)
hits = {"calls": 0, "days": 0}
for _ in range(1000):
    study = chance.integers(0, 300, 30)
    low, high = poll(within[study], offered[study])
    estimate = ratio_interval(within[study], offered[study])
    hits["calls"] += low <= truth <= high
    hits["days"] += estimate.low <= truth <= estimate.high
print(f"intervals from calls hold the truth in {hits['calls'] / 1000:.0%} of the studies, from days in {hits['days'] / 1000:.0%}")
assert hits["calls"] < 200
assert hits["days"] > 900

# %% [markdown]
# The same from 8,000 stored days and 4,000 studies is on the page [How sure](../docs/certainty.md). Even without day-to-day
# variation the poll's interval holds the truth in no more than a third of the studies.
