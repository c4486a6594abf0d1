# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown]
# # Sweep and choose
#
# How many agents, and how good a bot? Simulate every combination on the same customers, keep those that meet the targets *for
# sure*, and take the cheapest. Then test the choice on customers that the search never met.

# %%
import tempfile
from pathlib import Path

import polars as pl

import simkpi
from simkpi.scenario.files import shipped

pl.Config(tbl_rows=30, tbl_cols=12, tbl_hide_dataframe_shape=True, fmt_str_lengths=60)
folder = Path(tempfile.mkdtemp()) / "sweep"
centre = simkpi.load(shipped("optimize_mix"))
print(centre.name, "|", {name: list(goals) for name, goals in centre.spec.targets.items()})

# %% [markdown]
# ## The sweep
#
# Finished cells are kept in the folder: the same call goes on where any run ended, and computes only what has changed.

# %%
vary = {"teams.billing.count": "4:7:1", "teams.flexible.count": "2:5:1"}
kpis = ["service_level", "abandon_rate", "occupancy"]
swept = simkpi.sweep(centre, vary, replications=12, seed=1, kpis=kpis, out=folder)
again = simkpi.sweep(centre, vary, replications=12, seed=1, kpis=kpis, out=folder)
print(f"{swept.computed} cells computed, the second time {again.computed}")
assert again.computed == 0

# %% [markdown]
# ## Which combinations meet the target for sure?
#
# Service level of at least 80 %: `low`, the lower end of the interval, has to be there, not the point estimate. The one-sided
# chance of being wrong is then 2.5 % for each combination by itself; choosing the best of many needs more care (below).

# %%
levels = swept.table.filter(pl.col("kpi") == "service_level").with_columns(
    sure=pl.col("low") >= 0.8, perhaps=(pl.col("low") < 0.8) & (pl.col("high") >= 0.8)
)
print(levels.select("scenario", *vary, "value", "low", "high", "sure").sort(list(vary)))

# %% [markdown]
# ## The cheapest of them

# %%
rows = (
    levels.filter(pl.col("sure")).with_columns(agents=pl.sum_horizontal(*vary)).sort("agents", "value", descending=[False, True])
)
best = rows.row(0, named=True)
print({path: best[path] for path in vary}, f"{best['value']:.1%} ({best['low']:.1%} to {best['high']:.1%})")

# %% [markdown]
# ## The winner's curse
#
# Of many noisy figures the best looks better than it is. So look at the chosen one again, in another world.

# %%
chosen = simkpi.override(centre, {path: best[path] for path in vary})
fresh = simkpi.simulate(chosen, replications=30, seed="never met before")
figure = fresh.kpis(["service_level"]).row(0, named=True)
print(f"chosen on {best['value']:.1%}, tested on new customers: {figure['value']:.1%} ± {figure['half_width']:.1%}")
assert figure["high"] >= 0.8

# %% [markdown]
# `simkpi optimize` does all this with a guarantee: it spends replications only where the verdict needs them, and bounds the
# chance of a wrong choice. `simkpi chart heatmap FOLDER` and `simkpi chart frontier FOLDER` draw the sweep; `simkpi report
# FOLDER` tells it.

# %%
simkpi.draw_chart("heatmap", folder, goals=("service_level>=80%",))
