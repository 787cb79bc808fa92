"""Mermaid diagrams of tables of states, as they stand in docs/."""

from collections.abc import Iterable, Mapping

from province.state_machine import Act, State


def diagram(
    table: Mapping[tuple[State, Act], State], first: State, finals: Iterable[State], *, also_first: Iterable[State] = ()
) -> str:
    """Return the table as a Mermaid state diagram, ending in a newline."""
    lines = ["stateDiagram-v2", *(f"    [*] --> {state}" for state in (first, *also_first))]
    lines += [f"    {state} --> {after}: {action}" for (state, action), after in table.items()]
    lines += [f"    {state} --> [*]" for state in finals]
    return "\n".join(lines) + "\n"
