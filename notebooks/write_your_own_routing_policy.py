# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown]
# # Write your own routing policy
#
# Strict priority serves the urgent calls first, however long the others have waited. Here is a gentler rule: an urgent call
# counts as if it had waited a minute longer.
#
# A policy is two rankings over whole numbers (milliseconds, priorities, parts per million of used capacity) that are asked for
# by name; the lowest rank wins, ties go to the lowest number. Either may be left out.

# %%
import polars as pl

import simkpi
from simkpi.scenario.files import override, shipped

MINUTE = 60_000


def rank_contact(queued_at: int, priority: int, now: int) -> int:
    """Rank by the moment of queueing, a minute earlier for each step of priority."""
    return queued_at - priority * MINUTE


simkpi.policy("minute_ahead", rank_contact=rank_contact, source="this notebook")

# %% [markdown]
# The scenario names the policy; the reference engine runs it. The shipped scenario `features/priority` has 12 urgent and 60
# normal calls an hour.

# %%
base = simkpi.load(shipped("features/priority"))
rules = {}
for rule in ("longest_waiting", "minute_ahead", "priority"):
    scenario = override(base, {"routing.contact": rule})
    result = simkpi.simulate(scenario, replications=20, engine="reference")
    rules[rule] = result.kpis(["asa"], by="contact_type")

print(
    pl.concat([table.select(pl.lit(rule).alias("rule"), "contact_type", "value", "half_width") for rule, table in rules.items()])
    .pivot("contact_type", index="rule", values="value")
    .rename({"urgent": "ASA of urgent calls, s", "normal": "ASA of normal calls, s"})
)

# %% [markdown]
# The new rule lies between the two, for both kinds of call.


# %%
def asa(rule: str, contact_type: str) -> float:
    """Average speed of answer, seconds."""
    return rules[rule].filter(pl.col("contact_type") == contact_type)["value"][0]


assert asa("priority", "urgent") < asa("minute_ahead", "urgent") < asa("longest_waiting", "urgent")
assert asa("longest_waiting", "normal") < asa("minute_ahead", "normal") < asa("priority", "normal")

# %% [markdown]
# The other ranking, `rank_agent`, says which free agent takes an arriving contact (`routing: {agent: NAME}`). A ranking's
# parameters are named after the numbers that it needs: `idle_since`, `load`, `free_slots` ... (docs/model/routing.md).
# A policy that should be there for everybody is one file in `simkpi/engine/routing/`.
