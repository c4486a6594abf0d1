# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown]
# # First steps
#
# Load a scenario, simulate it, look at its KPIs, change it. Open this file with Jupytext, in an editor that knows `# %%` cells,
# or run it: `python notebooks/first_steps.py`.

# %%
import polars as pl

import simkpi
from simkpi.scenario.files import override, shipped

pl.Config(tbl_rows=20, tbl_hide_dataframe_shape=True, fmt_str_lengths=40)

shop = simkpi.load(shipped("quickstart"))  # a web shop's Monday: calls, and chats that a bot answers first
print(shop.name, "|", ", ".join(shop.spec.contacts), "|", ", ".join(shop.spec.teams))

# %% [markdown]
# ## Simulate
#
# 20 independent Mondays. `seed` names the world: the same seed brings the same customers, always and on every machine.

# %%
result = simkpi.simulate(shop, replications=20, seed=42)
result

# %% [markdown]
# ## Figures with their intervals
#
# Seconds and fractions, one row per KPI. `low` and `high` bound the 95 % interval of the average Monday.

# %%
kpis = result.kpis(["offered", "service_level", "abandon_rate", "asa", "occupancy"])
print(kpis.select("kpi", "value", "low", "high", "unit"))

# %% [markdown]
# The same by channel, or by interval, hour, team, contact type ...

# %%
by_channel = result.kpis(["offered", "service_level", "frt"], by="channel")
print(by_channel.select("channel", "kpi", "value", "half_width"))

# %% [markdown]
# ## Every contact is there
#
# The interactions log has one row per contact, in the same columns as a real log. Ask it anything.

# %%
waits = result.interactions.filter(pl.col("outcome") == "answered").with_columns(
    wait=(pl.col("answered_at") - pl.col("queued_at")).dt.total_milliseconds() / 1000
)
print(waits.group_by("contact_type").agg(pl.len().alias("answered"), pl.col("wait").quantile(0.9).alias("90 % waited less")))

# %% [markdown]
# ## Change one thing
#
# `override` sets fields by their path in the file. Both worlds meet the same customers, so the difference is the plan's alone.

# %%
one_more = override(shop, {"teams.phone.staffing.count": [5, 7, 8, 8, 5, 5, 6, 7, 6, 5, 4, 3]})
after = simkpi.simulate(one_more, replications=20, seed=42)
for name, each in (("as it is", result), ("one more on the phone", after)):
    voice = each.kpis(["service_level"], by="contact_type").filter(pl.col("contact_type") == "voice").row(0, named=True)
    print(f"{name}: {voice['value']:.1%} ± {voice['half_width']:.1%} of calls answered in 20 s")

assert (after.interactions["arrived_at"] == result.interactions["arrived_at"]).all()  # the same customers indeed
