# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown]
# # Chat concurrency
#
# Five agents, three chats each: is that fifteen agents? Treating it so promises that 1.5 % of the customers give up. The truth
# for the agents below is 24 %, because each chat takes longer the more of them an agent holds.

# %%
import numpy as np

import simkpi
from simkpi import queueing

AGENTS, VOLUME, PATIENCE = 5, 150, 120  # chats an hour; seconds
ALONE = 240.0
CHAT_TIMES = [ALONE, 60 / 0.18, 60 / 0.13]  # a chat's mean duration with 1, 2, 3 open: 4m, 5m33s, 7m42s

# %% [markdown]
# ## As fifteen agents

# %%
naive = queueing.evaluate(arrival_rate=VOLUME / 3600, aht=ALONE, agents=3 * AGENTS, patience=PATIENCE, threshold=20)
print(f"as 15 agents:       {naive.p_abandon:.1%} give up, {naive.service_level:.1%} answered in 20 s")

# %% [markdown]
# ## As they are
#
# The exact Markov chain follows how many agents hold 0, 1, 2 and 3 chats.

# %%
exact = queueing.evaluate_chat(arrival_rate=VOLUME / 3600, chat_times=CHAT_TIMES, agents=AGENTS, patience=PATIENCE, threshold=20)
print(f"5 agents x 3 chats: {exact.queue.p_abandon:.1%} give up, {exact.queue.service_level:.1%} answered in 20 s")
print(f"a busy agent holds {exact.chats_per_busy_agent:.2f} chats; a chat lasts {exact.mean_chat_time / 60:.1f} minutes, not 4")
assert round(naive.p_abandon, 3) == 0.015
assert round(exact.queue.p_abandon, 3) == 0.243

# %% [markdown]
# ## Simulated
#
# The same world, played: 4 minutes of undivided attention per chat, and with two or three chats open each goes on at a slower
# pace. The engine re-times the remaining work of every open chat whenever one begins or ends.

# %%
slower = [f"{time / ALONE - 1:.2%}" for time in CHAT_TIMES]  # 0 %, 39 %, 92 %
scenario = {
    "simkpi": 1,
    "calendar": {"from": "2026-01-05", "days": 2},
    "contacts": {
        "chat": {
            "volume": f"{VOLUME} per hour",
            "handle": {"talk": f"{ALONE:.0f}s", "slower_when_busy": slower},
            "patience": f"{PATIENCE}s",
        }
    },
    "teams": {"online": {"skills": {"chat": {"at_once": 3}}, "count": AGENTS}},
}
result = simkpi.simulate(scenario, replications=8, seed=1)

formula = {"abandon_rate": exact.queue.p_abandon, "service_level": exact.queue.service_level}
for row in result.kpis(list(formula), threshold=20).to_dicts():
    print(f"{row['kpi']}: simulated {row['value']:.1%} ± {row['half_width']:.1%}, exact {formula[row['kpi']]:.1%}")
    assert abs(row["value"] - formula[row["kpi"]]) < 2 * row["half_width"]

# %% [markdown]
# ## How many agents, then?


# %%
def chain(agents, at_once=3):
    """Return the exact figures for other numbers of agents, or of chats at once."""
    times = CHAT_TIMES[:at_once]
    return queueing.evaluate_chat(arrival_rate=VOLUME / 3600, chat_times=times, agents=agents, patience=PATIENCE, threshold=20)


for agents in range(5, 10):
    chat = chain(agents)
    level, lost = chat.queue.service_level, chat.queue.p_abandon
    print(f"{agents} agents: {level:.1%} in 20 s, {lost:.1%} give up, slots {chat.slot_occupancy:.0%} used")

# %% [markdown]
# ## How many at once?
#
# A third chat keeps customers out of the queue, and makes every chat longer. With the agents that meet the target, would two do?

# %%
limits = {at_once: chain(8, at_once) for at_once in (1, 2, 3)}
for at_once, chat in limits.items():
    print(f"8 agents, {at_once} at once: {chat.queue.p_abandon:.1%} give up, a chat lasts {chat.mean_chat_time / 60:.1f} minutes")
assert np.all(np.diff([chat.mean_chat_time for chat in limits.values()]) > 0)
