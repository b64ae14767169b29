"""Figures that were measured once, with their origin.

They are what a build cannot measure the same way twice.

What one can do with it::

    costs = load("costs")
    costs["indexing"]["rows"]  # a list of measurements
    print(origin(costs))       # the program and the day, the machine, the versions

The files beside this one are written by the programs that they name, and by nobody
else. Times depend on the machine, and what another library answers depends on its
version; so the pages show these figures as recorded, and no check rests on them.
"""

import json
from importlib import resources
from typing import Any


def load(name: str) -> dict[str, Any]:
    """Read a file of recorded data.

    Args:
        name: checkpoints, costs, reruns, rtrl or slopes.

    Returns:
        Its content, which is the origin and rows of measurements.

    Raises:
        ValueError: there is no such file.
    """
    known = sorted(
        file.name[:-5]
        for file in resources.files(__name__).iterdir()
        if file.name.endswith(".json")
    )
    if name not in known:
        raise ValueError(
            f"nothing is recorded under {name!r}; there is: {', '.join(known)}."
        )
    content: dict[str, Any] = json.loads(
        resources.files(__name__).joinpath(f"{name}.json").read_text(encoding="utf-8")
    )
    return content


def origin(recorded: dict[str, Any]) -> str:
    """Say in three lines where recorded data come from.

    The lines are the program and the day, the machine, the versions.
    """
    came: dict[str, str] = recorded["origin"]
    return (
        f"Recorded by {came['script']} on {came['date']},\n"
        f"{came['machine']},\n{came['versions']}."
    )
