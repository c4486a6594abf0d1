# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown]
# # Extend the SimPy model
#
# What if agents took three minutes of rest after every long call? No field of the scenario says that. But the reference engine
# is plain SimPy, one process per contact, and a subclass can say it in four lines.

# %%
import simkpi
from simkpi.demand.draws import draw
from simkpi.engine.plan import plan
from simkpi.engine.reference.simulation import Simulation
from simkpi.engine.run import frames
from simkpi.experiment.confidence import mean_interval
from simkpi.scenario.files import shipped

MINUTE = 60_000  # the clock counts whole milliseconds


class WithRest(Simulation):
    """Agents rest for three minutes after a call of more than ten; it shows as after-contact work."""

    def handle(self, contact, agent):
        """Talk, hold, wrap up, and rest if the talk was long."""
        if self.talk[contact] > 10 * MINUTE:
            self.wrap[contact] += 3 * MINUTE
        return super().handle(contact, agent)


# %% [markdown]
# Both models meet the same customers, replication by replication, so the difference is the rest alone.

# %%
scenario = simkpi.load(shipped("starters/voice"))
numbers = plan(scenario)


def service_level(model, replication):
    """Share of calls answered within 20 s on one simulated day."""
    demand = draw(scenario, seed=42, replication=replication)
    log = frames(scenario, demand, model(numbers, demand).run())
    return simkpi.score(log.interactions, kpis=["service_level"])["value"][0]


plain, rested = ([service_level(model, day) for day in range(20)] for model in (Simulation, WithRest))
print(f"without rest {mean_interval(plain).value:.1%}, with rest {mean_interval(rested).value:.1%}")

cost = mean_interval([before - after for before, after in zip(plain, rested, strict=True)])
print(f"the rest costs {cost.value:.1%} ± {cost.half_width:.1%} of the calls their answer in 20 s")
assert cost.value > cost.half_width

# %% [markdown]
# Every process may be overridden like this: `contact` (a contact's life), `follow_schedule` (a team's head-count), `arrivals`.
# What happens when in the same millisecond is laid down in `docs/model.md`.
