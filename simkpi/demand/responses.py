"""The numbers behind customers' responses: drawn for the customer and the number of the contact, whatever the run makes of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from simkpi.demand.elementary import Floats
from simkpi.demand.rows import Returns
from simkpi.demand.streams import Addresses, Words, World
from simkpi.scenario.responses import Responses
from simkpi.scenario.spec import Contact

Kinds = NDArray[np.int16]
Rows = NDArray[np.int64]


def _asks(kind: str) -> Callable[[Responses], bool]:
    return lambda models: (
        models.survey is not None and kind in models.survey.questions and models.survey.questions[kind].spread > 0
    )


#: Purpose of a draw -> whether the models of a contact type leave it to chance.
PURPOSES: dict[str, Callable[[Responses], bool]] = {
    "survey": lambda models: models.survey is not None and 0 < models.survey.answered_by < 1,
    "csat": _asks("csat"),
    "nps": _asks("nps"),
    "ces": _asks("ces"),
    "conversion": lambda models: models.conversion is not None,
    "value": lambda models: models.value is not None and models.value.cv is not None,
    "churn": lambda models: models.churn is not None,
}


def draw_responses(
    contacts: Sequence[Contact], contact_type: Kinds, customer: Words, returns: Returns | None, worlds: Sequence[World]
) -> dict[str, Floats] | None:
    """Draw the uniform numbers that the response models will turn into scores, sales and departures.

    Parameters
    ----------
    contacts : sequence of Contact
        The contact types.
    contact_type, customer : ndarray, shape (n_contacts,)
        As in Demand, further contacts included.
    returns : Returns or None
        As in Demand.
    worlds : sequence of World
        Where the random numbers of the customers of each contact type come from.

    Returns
    -------
    dict of str to ndarray, shape (n_contacts,), or None
        By purpose, strictly between 0 and 1; one half for contact types that leave it no chance. None if no contact type has
        response models: nothing is drawn then.
    """
    if not any(contact.responses for contact in contacts):
        return None
    groups = by_stream(contact_type, returns)
    found = {}
    for purpose, is_drawn in PURPOSES.items():
        wanted = np.array([contact.responses is not None and is_drawn(contact.responses) for contact in contacts])
        if not wanted.any():
            continue
        u = np.full(len(customer), 0.5)
        for world, attempt, rows in groups:
            mine = rows[wanted[contact_type[rows]]]
            if len(mine):
                u[mine] = worlds[world].uniforms(purpose, Addresses(customer[mine]), attempt=attempt)
        found[purpose] = u
    return found


def by_stream(contact_type: Kinds, returns: Returns | None) -> list[tuple[int, int, Rows]]:
    """Return the rows that share streams: contact type of the case's first contact, contacts of the case before it, rows."""
    if returns is None:
        return [(kind, 0, np.flatnonzero(contact_type == kind)) for kind in np.unique(contact_type).tolist()]
    first = contact_type[returns.case]
    pairs = sorted(set(zip(first.tolist(), returns.attempt.tolist(), strict=True)))
    return [(kind, attempt, np.flatnonzero((first == kind) & (returns.attempt == attempt))) for kind, attempt in pairs]
