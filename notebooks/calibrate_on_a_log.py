# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown]
# # Calibrate on a log
#
# From a telephone system's log to a scenario that behaves like it: volumes, handle times, patience, agents on duty. To see
# whether the fit can be trusted, the log here comes from a centre whose truth we know: three weeks of simulated days. With a
# log of your own, start at `read_log`.

# %%
import tempfile
from pathlib import Path

import polars as pl

import simkpi
from simkpi.interactions.files import read_log
from simkpi.interactions.zones import as_wall_clock
from simkpi.planning.calibrate import check
from simkpi.planning.calibrate.fit import fit
from simkpi.planning.calibrate.scenario import scenario_text
from simkpi.planning.calibrate.tuning import tune
from simkpi.scenario.files import shipped

pl.Config(tbl_rows=30, tbl_hide_dataframe_shape=True, fmt_str_lengths=60)
folder = Path(tempfile.mkdtemp())

truth = simkpi.override(
    simkpi.load(shipped("starters/voice")), {"calendar.days": 15, "calendar.open": {"mon-fri": "08:00-20:00"}}
)
happened = simkpi.simulate(truth, replications=1, seed="last month")
own = ["contact_id", "channel", "contact_type", "team", "agent_id", "arrived_at", "queued_at", "answered_at", "ended_at"]
happened.interactions.select(*own, "wrapped_at", "outcome").write_csv(folder / "calls.csv")
print(happened.interactions.height, "calls")

# %% [markdown]
# ## Read and fit
#
# A telephone system's export is read with `source=` or `mapping=` (see `score_a_real_log`). Patience is fitted with the
# answered calls as censored: that somebody was answered after 20 s says only that he would have waited longer.

# %%
log = as_wall_clock(read_log(folder / "calls.csv")).collect()
fitted = tune(fit(log), seed=1)
voice = fitted.contacts[0]
print(f"talk {voice.talk.mean:.0f} s (true 270), wrap-up {voice.wrap.mean:.0f} s (true 40), {voice.volume.contacts} calls")
assert abs(voice.talk.mean / 270 - 1) < 0.05

# %% [markdown]
# ## A scenario that says where its figures come from

# %%
text = scenario_text(fitted, name="Fitted to three weeks", origin="simulated for this notebook")
(folder / "fitted.yaml").write_text(text, encoding="utf-8")
print("\n".join(line for line in text.splitlines() if "#" in line)[:1500])
scenario = simkpi.load(folder / "fitted.yaml")

# %% [markdown]
# ## Does it behave like the log?
#
# The log's own figures beside 20 simulations of the fit: one day of reality is one draw, so the intervals are those of a
# single horizon, not of the mean.

# %%
compared = check.compare(fitted, log, replications=20, seed=1)
for line in compared.lines:
    if line.recorded is not None and line.low is not None:
        where = "inside" if line.low <= line.recorded <= line.high else "outside"
        simulated = f"{line.value:8.3f} ({line.low:.3f} to {line.high:.3f})"
        print(f"{line.title:28} log {line.recorded:8.3f}   simulated {simulated}  {where}")
for reason in compared.reasons:
    print("-", reason)

inside = [line.low <= line.recorded <= line.high for line in compared.lines if line.recorded is not None and line.low is not None]
assert sum(inside) >= 0.8 * len(inside)

# %% [markdown]
# At the shell: `simkpi calibrate calls.csv -o centre.yaml --charts charts`, and `simkpi backtest calls.csv --train 10d`,
# which fits some days and predicts the others. What can not be seen in a log is told in `docs/calibration.md`.
