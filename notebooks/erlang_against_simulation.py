# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown]
# # Erlang against simulation
#
# Where the formula holds, the simulation must agree with it. Then its assumptions are dropped, one at a time, and the
# difference is what each assumption was worth.

# %%
import simkpi
from simkpi import queueing

VOLUME, AHT, PATIENCE, AGENTS = 180, 240, 120, 13  # calls an hour; seconds
formula = queueing.evaluate(arrival_rate=VOLUME / 3600, aht=AHT, agents=AGENTS, patience=PATIENCE, threshold=20)
print(f"Erlang A: service level {formula.service_level:.1%}, abandoned {formula.p_abandon:.1%}, ASA {formula.asa:.1f} s")

# %% [markdown]
# ## The formula's own world
#
# Calls at random at a steady rate, exponential handle times and patience, one team. Twelve days and nights of it.

# %%
BASE = {
    "simkpi": 1,
    "calendar": {"from": "2026-01-05", "days": 1},
    "contacts": {"voice": {"volume": f"{VOLUME} per hour", "handle": f"{AHT}s", "patience": f"{PATIENCE}s"}},
    "teams": {"phone": {"skills": ["voice"], "count": AGENTS}},
}


def simulated(scenario, name, replications=12):
    """Print a scenario's figures and return its service level."""
    table = simkpi.simulate(scenario, replications=replications, seed=1).kpis(["service_level", "abandon_rate", "asa"])
    level, abandoned, asa = table.to_dicts()
    print(
        f"{name:34} service level {level['value']:.1%} ± {level['half_width']:.1%}, "
        f"abandoned {abandoned['value']:.1%} ± {abandoned['half_width']:.1%}, ASA {asa['value']:.1f} s"
    )
    return level


same = simulated(BASE, "as the formula assumes")
assert abs(same["value"] - formula.service_level) < 3 * same["half_width"]

# %% [markdown]
# ## One assumption at a time
#
# The same volume, the same mean handle time, the same mean patience in each.


# %%
def changed(**fields):
    """Return the base with other fields of its contact type."""
    return {**BASE, "contacts": {"voice": {**BASE["contacts"]["voice"], **fields}}}


simulated(changed(handle={"talk": {"lognormal": {"mean": f"{AHT}s", "cv": 1.5}}}), "long and short calls (cv 1.5)")
simulated(changed(patience={"lognormal": {"mean": f"{PATIENCE}s", "cv": 0.5}}), "patience much alike (cv 0.5)")

# %% [markdown]
# The law of handle time hardly matters once callers abandon. The law of patience does: here nearly everybody stays for a minute
# or more, so fewer abandon and all wait longer.
#
# ## Busy days and quiet days
#
# The mean volume stays; the days differ from it by 30 % either way.

# %%
SHARES = (0.7, 1.0, 1.3)
levels = [simulated(changed(volume=f"{VOLUME * share:g} per hour"), f"{share:.0%} of the volume", 6)["value"] for share in SHARES]
average = sum(share * level for share, level in zip(SHARES, levels, strict=True)) / sum(SHARES)
print(f"over all calls of the three days: {average:.1%}; on three equal days: {levels[1]:.1%}")
assert average < levels[1] - 0.03

# %% [markdown]
# A busy day loses more than a quiet one gains, and more callers meet it. No formula with one mean rate can know.
#
# ## What the formula is good for
#
# Its inverse: the fewest agents for a target, with the proof that one fewer would not do.

# %%
need = queueing.agents_needed(
    arrival_rate=VOLUME / 3600,
    aht=AHT,
    patience=PATIENCE,
    targets=[queueing.Target("service_level", 0.80, threshold=20), queueing.Target("p_abandon", 0.05)],
    shrinkage=0.3,
)
for proof in need.certificates:
    print(f"{need.agents} agents: {proof.target.metric} {proof.value:.1%}; with one fewer {proof.beyond:.1%}")
print(f"to schedule at 30 % shrinkage: {need.gross_agents}")
