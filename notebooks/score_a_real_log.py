# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown]
# # Score a real log
#
# A telephone system's export has its own columns and habits. This notebook writes a small one (German headers, decimal commas,
# an impossible row) and goes all the way: what is in it, a mapping, KPIs by hour, what can not be known, and targets.

# %%
import tempfile
from pathlib import Path

import polars as pl

import simkpi
from simkpi.interactions.files import read_log

pl.Config(tbl_rows=20, tbl_hide_dataframe_shape=True, fmt_str_lengths=60)
folder = Path(tempfile.mkdtemp())

ROWS = """Nr;Eingang;Warten (s);Gespräch (min);Ergebnis;Agent
"""
day = [  # minute of arrival, wait, talk in minutes (0: gave up), agent
    *((minute, 5 + minute % 7 * 4, 2.5 + minute % 5, "Ada" if minute % 2 else "Ben") for minute in range(0, 60, 3)),
    *((minute, 20 + minute % 11 * 9, 0 if minute % 9 == 0 else 3.5 + minute % 4, "Ada") for minute in range(60, 120, 2)),
]
for number, (minute, wait, talk, agent) in enumerate(day):
    moment = f"13.01.2026 {8 + minute // 60:02d}:{minute % 60:02d}:00"
    ROWS += f"{number:04d};{moment};{wait};" + (f"{talk};ANG;{agent}\n".replace(".", ",") if talk else ";VERL;\n")
ROWS += "9999;13.01.2026 09:59:00;-5;3,0;ANG;Ben\n"  # a wait below zero: can not be true
(folder / "export.csv").write_text(ROWS, encoding="utf-8")
print("\n".join(ROWS.splitlines()[:4]))

# %% [markdown]
# ## The mapping
#
# Ours on the left, theirs on the right. `simkpi log inspect export.csv` writes a first one to correct.

# %%
(folder / "mapping.yaml").write_text(
    """
simkpi_mapping: 1
name: Telephone system
decimal: ","
date_order: dmy
columns:
  contact_id: Nr
  channel: {value: voice}
  arrived_at: Eingang
  queued_at: Eingang
  answered_at: {column: Eingang, plus: {column: Warten (s), unit: s}, where: {Ergebnis: [ANG]}}
  talk_time: {column: Gespräch (min), unit: min}
  agent_id: Agent
  outcome: {column: Ergebnis, values: {ANG: answered, VERL: abandoned}}
""",
    encoding="utf-8",
)
log = read_log(folder / "export.csv", mapping=folder / "mapping.yaml")
print(f"{len(log.interactions)} contacts; set aside: {len(log.rejects)}")
print(log.rejects.select("row", "contact_id", pl.col("reason").str.split(";").list.first()))

# %% [markdown]
# ## KPIs
#
# By the same definitions as a simulated day. A KPI whose columns are missing is unavailable, never zero.

# %%
scored = simkpi.score(log.interactions, kpis=["offered", "answer_rate", "service_level", "asa", "talk_time", "occupancy"])
print(scored.select("kpi", "value", "unit", "status"))
assert scored.filter(pl.col("kpi") == "occupancy")["status"].item() == "unavailable"

# %%
by_hour = simkpi.score(log.interactions, kpis=["offered", "service_level", "abandon_rate"], by="hour")
print(by_hour.select("hour", "kpi", "value").pivot("kpi", index="hour", values="value"))

# %% [markdown]
# ## The same log, four service levels
#
# The trade has several definitions; simkpi names each, and prints the one it used.

# %%
for variant in ("all_offered", "answered_only", "late_abandons", "abandons_ok"):
    value = simkpi.score(log.interactions, kpis=[f"service_level:{variant}"], threshold=20)["value"].item()
    print(f"{variant:14} {value:.1%}")
