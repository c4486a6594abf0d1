import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simkpi.errors import InputError
from simkpi.queueing import evaluate
from simkpi.queueing.any_handle_time import allen_cunneen, pollaczek_khinchine
from simkpi.queueing.erlang_b import blocking_probability
from simkpi.queueing.erlang_c import wait_probability
from simkpi.queueing.least_agents import least_agents
from simkpi.queueing.priority import evaluate_priority
from simkpi.queueing.redial import evaluate_redials
from simkpi.queueing.square_root import delay_probability, spare_factor, square_root_agents
from simkpi.queueing.targets import Target


def recurrence(agents, load):
    """Erlang B by the classical recurrence: one line, exact, slow."""
    inverse = 1.0
    for n in range(1, agents + 1):
        inverse = 1 + inverse * n / load
    return 1 / inverse


class TestErlangB:
    @pytest.mark.parametrize(
        ("agents", "load"), [(1, 0.5), (2, 1), (10, 8), (100, 120), (999, 950), (5000, 5000), (20_000, 19_000)]
    )
    def test_equals_the_recurrence(self, agents, load):
        assert blocking_probability(agents, load) == pytest.approx(recurrence(agents, load), rel=2e-13)

    def test_agents_need_not_be_whole(self):
        assert blocking_probability(10.5, 8) == pytest.approx(0.10010609311, abs=1e-11)

    @settings(derandomize=True, deadline=None)
    @given(agents=st.floats(0.01, 1e6), rho=st.floats(0.5, 50))
    def test_follows_the_recurrence_between_whole_numbers(self, agents, rho):
        load = agents * rho
        before = blocking_probability(agents, load)
        after = blocking_probability(agents + 1, load)
        expected = load * before / (agents + 1 + load * before)
        assert after == pytest.approx(expected, rel=3e-10 if agents > 1e4 else 1e-12, abs=1e-250)

    def test_a_million_lines_are_answered_at_once(self):
        assert blocking_probability(1_000_000, 1_000_000) == pytest.approx(math.sqrt(2 / (math.pi * 1e6)), rel=1e-3)

    def test_underflow_is_zero_and_not_an_error(self):
        assert blocking_probability(3000, 1) == 0.0

    def test_edges(self):
        assert blocking_probability(0, 5) == 1.0
        assert blocking_probability(5, 0) == 0.0
        assert blocking_probability(np.array([1, 2]), 1.0).tolist() == pytest.approx([0.5, 0.2])

    def test_bad_arguments_are_named(self):
        with pytest.raises(InputError, match="agents: must be finite and at least 0, got -1"):
            blocking_probability(-1, 5)
        with pytest.raises(InputError, match="offered_load: must be finite and at least 0, got nan"):
            blocking_probability(1, math.nan)


class TestErlangC:
    @pytest.mark.parametrize(
        ("agents", "load", "exact"), [(10, 8, 0.40918015080), (10.5, 8, 0.31843748650), (210, 200, 0.37561482398)]
    )
    def test_known_values(self, agents, load, exact):
        assert wait_probability(agents, load) == pytest.approx(exact, abs=1e-11)

    def test_is_one_at_and_above_the_capacity(self):
        assert wait_probability(10, [9.999999, 10, 11])[1:].tolist() == [1.0, 1.0]

    def test_equals_the_textbook_formula_from_erlang_b(self):
        for agents, load in [(1, 0.3), (14, 10), (57, 50), (1000, 970)]:
            lost = recurrence(agents, load)
            assert wait_probability(agents, load) == pytest.approx(lost / (1 - load / agents * (1 - lost)), rel=1e-12)


class TestSquareRoot:
    @pytest.mark.parametrize("patience", [None, 90.0, 300.0, 1200.0])
    @pytest.mark.parametrize("delay", [0.1, 0.2, 0.5, 0.8])
    @pytest.mark.parametrize("load", [10, 30, 100, 300, 1000])
    def test_is_within_one_agent_of_the_exact_answer(self, load, delay, patience):
        exact = least_agents(arrival_rate=load / 300, aht=300, patience=patience, targets=[Target("p_wait", delay)])
        assert abs(square_root_agents(load, delay, aht=300, patience=patience) - int(exact)) <= (1 if delay <= 0.5 else 2)

    def test_inverse_and_limits(self):
        for ratio in (0.0, 0.5, 3.0):
            assert delay_probability(spare_factor(0.3, aht_per_patience=ratio), aht_per_patience=ratio) == pytest.approx(
                0.3, rel=1e-12
            )
        assert delay_probability(-1.0) == 1.0
        assert delay_probability(2.0, aht_per_patience=1e-12) == pytest.approx(delay_probability(2.0), rel=1e-9)
        assert delay_probability(50.0, aht_per_patience=1.0) == 0.0

    def test_a_certain_answer_is_refused(self):
        with pytest.raises(InputError, match="strictly between 0 and 1, got 0"):
            spare_factor(0)


class TestAnyHandleTime:
    def test_one_agent_with_exponential_times_is_erlang_c(self):
        erlang = evaluate(arrival_rate=0.8 / 200, aht=200, agents=1).asa
        assert pollaczek_khinchine(arrival_rate=0.8 / 200, aht=200, cv=1) == pytest.approx(erlang, rel=1e-12)

    def test_constant_times_halve_the_wait(self):
        assert (
            pollaczek_khinchine(arrival_rate=0.004, aht=200, cv=0) == pollaczek_khinchine(arrival_rate=0.004, aht=200, cv=1) / 2
        )

    def test_the_approximation_contains_both_exact_cases(self):
        queue = {"arrival_rate": 0.004, "aht": 200}
        assert allen_cunneen(agents=1, cv_handle=1.7, **queue) == pytest.approx(pollaczek_khinchine(cv=1.7, **queue), rel=1e-12)
        assert allen_cunneen(agents=3, **queue) == pytest.approx(evaluate(agents=3, **queue).asa, rel=1e-12)

    def test_overload_is_infinite(self):
        assert pollaczek_khinchine(arrival_rate=0.005, aht=200, cv=1) == math.inf
        assert allen_cunneen(arrival_rate=0.005, aht=200, agents=1) == math.inf
        assert allen_cunneen(arrival_rate=0, aht=200, agents=0) == 0.0


class TestPriority:
    def test_equals_the_exact_chains(self, chains):
        for chain in chains["priority"]:
            asked, exact = chain["params"], chain["expected"]
            got = evaluate_priority(
                arrival_rates=asked["arrival_rates_per_s_high_to_low"], aht=asked["aht_s"], agents=asked["agents"]
            )
            assert got.p_wait == pytest.approx(exact["p_wait_any_class"], rel=1e-12)
            assert got.mean_wait == pytest.approx(exact["mean_wait_by_class"], rel=1e-12)
            assert got.mean_queue == pytest.approx(exact["mean_queue_by_class"], rel=1e-12)
            assert got.mean_wait_overall == pytest.approx(exact["mean_wait_fifo_overall"], rel=1e-12)
            assert got.occupancy == pytest.approx(exact["occupancy"])

    def test_only_the_lower_class_drowns_in_an_overload(self):
        got = evaluate_priority(arrival_rates=[0.02, 0.05], aht=200, agents=10)
        assert got.mean_wait[0] == pytest.approx(200 / 10 / (1 - 0.4))
        assert (got.mean_wait[1], got.mean_wait_overall, got.occupancy) == (math.inf, math.inf, 1.0)

    def test_bad_arguments_are_named(self):
        with pytest.raises(InputError, match="arrival_rates: needs the arrival rate of at least one class"):
            evaluate_priority(arrival_rates=[], aht=1, agents=1)
        with pytest.raises(InputError, match="agents: must be above 0"):
            evaluate_priority(arrival_rates=[1], aht=1, agents=0)


class TestRedials:
    def test_is_close_to_the_exact_chain_when_redials_come_late(self, chains):
        for chain, tolerance in zip(chains["redial"], (0.01, 0.06), strict=True):
            asked, exact = chain["params"], chain["expected"]
            got = evaluate_redials(
                arrival_rate=asked["fresh_arrival_rate_per_s"],
                aht=asked["aht_s"],
                agents=asked["agents"],
                patience=asked["mean_patience_s"],
                p_redial=asked["p_redial"],
            )
            assert got.attempt_rate == pytest.approx(exact["attempts_rate"], rel=tolerance)
            assert got.attempt.occupancy == pytest.approx(exact["occupancy"], rel=tolerance)
            assert 1 - got.p_lost == pytest.approx(exact["p_finally_served_per_fresh"], rel=tolerance)

    def test_the_balance_of_attempts_holds(self):
        got = evaluate_redials(
            arrival_rate=0.1, aht=200, agents=18, patience=60, places=22, p_redial=0.6, p_redial_blocked=0.9, p_reconnect=0.1
        )
        back = 0.6 * got.attempt.p_abandon + 0.9 * got.attempt.p_block + 0.1 * got.attempt.p_served
        assert got.attempt_rate * (1 - back) == pytest.approx(0.1, rel=1e-12)

    def test_nobody_comes_back_by_default(self):
        got = evaluate_redials(arrival_rate=0.1, aht=200, agents=18, patience=60)
        assert got.attempt_rate == 0.1
        assert got.p_lost == got.attempt.p_abandon

    def test_certain_redials_are_refused(self):
        with pytest.raises(InputError, match="p_redial: must be at least 0 and below 1, got 1"):
            evaluate_redials(arrival_rate=0.1, aht=200, agents=18, patience=60, p_redial=1)
