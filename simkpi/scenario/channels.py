"""Channels as records of traits: code asks for a trait, never for a channel's name."""

from __future__ import annotations

from dataclasses import dataclass

from simkpi.registry import Registry


@dataclass(frozen=True)
class Channel:
    """What is special about a channel.

    Parameters
    ----------
    synchronous : bool
        Customer and agent are there at the same time.
    abandonable : bool
        A waiting customer may leave.
    deferrable : bool
        The work can wait for hours or days.
    max_concurrency : int
        Contacts an agent handles at once unless the scenario says otherwise.
    threshold : float, seconds
        Usual acceptable waiting time.
    first_response : str
        What counts as the first response.
    agent_policy : str
        Routing policy for an arriving contact unless the scenario names one.
    """

    synchronous: bool
    abandonable: bool
    deferrable: bool
    max_concurrency: int
    threshold: float
    first_response: str
    agent_policy: str = "longest_idle"


CHANNELS: Registry[Channel] = Registry("channel")
CHANNELS.add("voice", Channel(True, True, False, 1, 20.0, "an agent picks up"))
CHANNELS.add("chat", Channel(True, True, False, 3, 30.0, "first message by an agent", "least_loaded"))
CHANNELS.add("email", Channel(False, False, True, 1, 86_400.0, "first answer by an agent"))
CHANNELS.add("messaging", Channel(False, False, True, 1, 3_600.0, "first answer by an agent"))
CHANNELS.add("ticket", Channel(False, False, True, 1, 86_400.0, "first answer by an agent"))
