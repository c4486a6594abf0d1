# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown]
# # Deflection lab
#
# The vendor says: "our bot contains 60 % of your chats." What is left of that saving once customers whose case was not solved
# come back, the easy chats are gone and only the hard ones reach the agents, and the sessions are paid for?

# %%
import polars as pl

import simkpi
from simkpi.planning.deflection import deflection
from simkpi.report.deflection_table import lab_frame, verdict

pl.Config(tbl_rows=20, tbl_cols=12, tbl_hide_dataframe_shape=True, fmt_str_lengths=60)

shop = simkpi.load(
    {
        "simkpi": 1,
        "name": "A bot in front of the chats",
        "calendar": {"from": "2026-01-05", "open": "09:00-17:00"},
        "contacts": {
            "chat": {
                "channel": "chat",
                "volume": {"interval": "2h", "expected": [110, 150, 130, 90]},
                "handle": {"talk": {"lognormal": {"mean": "6m", "cv": 0.8}}, "wrap": "30s"},
                "patience": {"lognormal": {"mean": "4m", "cv": 1}},
                "resolved": "85%",
                "recontact": {"chance": "70%", "within": "3h"},  # of customers whom neither bot nor agent helped
            }
        },
        "bots": {
            "assistant": {
                "serves": ["chat"],
                "understands": "80%",
                "contains": "45%",  # of what it understands
                "solves": "75%",  # of what it contains: the rest comes back
                "harder": "115%",  # handle time of what it leaves to the agents
                "time": {"contained": "1m40s", "handed_off": "50s"},
            }
        },
        "teams": {"online": {"skills": {"chat": {"at_once": 2}}, "staffing": {"interval": "2h", "count": [5, 7, 6, 5]}}},
        "targets": {"chat": {"service_level": "80% in 30s"}},
        "costs": {"currency": "EUR", "agent_hour": 26, "bot_session": 0.30},
        "definitions": {"fcr_window": "3h", "recontact_window": "3h"},
    }
)

# %% [markdown]
# ## Claimed against net
#
# Each setting is staffed anew until it meets the target, on the same customers, and so is the world without a bot. *Claimed*
# takes the containment off the volume and nothing else.

# %%
lab = deflection(shop, levels=[0.3, 0.6], replications=10, seed=7)
table = lab_frame(lab)
print(table.select("topic", "contains", "claimed_containment", "claimed_hours", "net_hours", "net_cost"))

# %%
for sentence in verdict(lab.topics[0]):
    print(sentence)

# %% [markdown]
# ## Where the rest went
#
# Three figures that are easily mixed up, at each setting: sessions that met no human (containment), those of them whose
# customer did not come back either (net deflection: what a log can show), and those that were truly solved (which only a
# simulation knows).

# %%
rates = {}
for contains in ("30%", "60%"):
    world = simkpi.simulate(simkpi.override(shop, {"bots.assistant.contains": contains}), replications=10, seed=7)
    figures = world.kpis(["containment_rate", "bot_resolution_rate", "deflection_rate", "aht"])
    rates[contains] = dict(figures.select("kpi", "value").iter_rows())
    print(contains, {kpi: round(value, 3) for kpi, value in rates[contains].items()})

for found in rates.values():
    assert found["containment_rate"] > found["deflection_rate"] > found["bot_resolution_rate"]
net = table.sort("contains")["net_hours"].to_list()
claimed = table.sort("contains")["claimed_hours"].to_list()
assert all(0 < really < promised for really, promised in zip(net, claimed, strict=True))

# %% [markdown]
# `simkpi deflection scenario.yaml` is the same at the shell, with doubts (what if the bot solves less?) and the adoption over
# the weeks (`--ramp 40%:100%:8w`); `simkpi goalseek` finds the containment that a fixed team needs. See `docs/planning.md`.
