"""Whether response models say what was meant: a bad experience that makes customers happier is probably a slip of the sign."""

from __future__ import annotations

from simkpi.scenario.problems import Findings
from simkpi.scenario.responses import UNWELCOME, Question, Responses
from simkpi.scenario.spec import Spec
from simkpi.units import format_share


def check_responses(spec: Spec, findings: Findings) -> None:
    """Warn of effects that reward a bad experience, and of bot effects where no bot serves."""
    served = {name for bot in spec.bots.values() for name in bot.serves}
    for name, contact in spec.contacts.items():
        for place, model, good in _models(contact.responses):
            path = ("contacts", name, "responses", *place)
            for effect in UNWELCOME:
                value = getattr(model, effect, 0.0)
                if value * good > 0:
                    findings.warn(
                        (*path, effect), f"is {_shown(model, value)}, for the better; did you mean {_shown(model, -value)}?"
                    )
            for effect in ("after_bot", "bot_only"):
                if getattr(model, effect) and name not in served:
                    findings.warn((*path, effect), f"has no effect: no bot serves '{name}'")


def _models(responses: Responses | None) -> list[tuple[tuple[str, ...], object, int]]:
    """Place, model, and +1 if larger is better, else -1."""
    if responses is None:
        return []
    questions = responses.survey.questions if responses.survey else {}
    found: list[tuple[tuple[str, ...], object, int]] = [
        (("survey", kind), question, 1 if question.better == "higher" else -1) for kind, question in questions.items()
    ]
    chances = ("conversion", responses.conversion, 1), ("churn", responses.churn, -1)
    return [*found, *(((kind,), model, good) for kind, model, good in chances if model is not None)]


def _shown(model: object, value: float) -> str:
    return f"{value:g}" if isinstance(model, Question) else format_share(value)
