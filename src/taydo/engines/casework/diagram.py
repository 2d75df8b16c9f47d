"""A case type as a process for diagrams: states, steps, and what is told when its time runs out."""

from __future__ import annotations

from taydo.engines.cases.casetype import CaseType, Deadline
from taydo.protocols.bpmn import Flow, Process, Task, Timer


def process_of(spec: CaseType, language: str = "vi") -> Process:
    """States become tasks, moves flows (one for each state they begin in), deadlines and escalation timers."""
    vi = language == "vi"
    tasks = [
        Task(
            f"state_{name}",
            state.title[language],
            state.phase == "done",
            (("thời hạn tạm dừng" if vi else "the deadline stands still") if state.pauses else ""),
        )
        for name, state in spec.states.items()
    ]
    flows = [
        Flow(f"move_{name}_{origin}", f"state_{origin}", f"state_{move.to}", move.title[language], f"by: {move.by}")
        for name, move in spec.moves.items()
        for origin in move.from_
    ]
    rules = {"due": spec.deadline} if spec.deadline else {}
    rules |= {f"due_{name}": rule for name, rule in spec.deadlines.items()}
    timers = []
    for name, rule in rules.items():
        title = spec.titles.get(name.removeprefix("due_"))
        told = ("Báo trễ hạn" if vi else "Tell that it is late") + (f": {title[language]}" if title else "")
        timers.append(Timer(name, told, *_duration(rule)))
    for number, level in enumerate(spec.escalation, 1):
        told = f"Báo cấp trên, mức {number}" if vi else f"Escalate, level {number}"
        length, words = _duration(level.after)
        timers.append(Timer(f"level_{number}", told, length, f"{words} after the deadline"))
    return Process(spec.id, spec.title[language], f"state_{spec.start}", tuple(tasks), tuple(flows), tuple(timers))


def _duration(rule: Deadline) -> tuple[str, str]:
    if rule.working_days is not None:
        return f"P{rule.working_days}D", f"{rule.working_days} working days"
    if rule.working_hours is not None:
        return f"PT{rule.working_hours:g}H", f"{rule.working_hours:g} working hours"
    if rule.days is not None or rule.months is not None:
        size, letter, word = (rule.days, "D", "days") if rule.days is not None else (rule.months, "M", "months")
        return f"P{size}{letter}", f"{size} {word}"
    if rule.hours is not None:
        return f"PT{rule.hours:g}H", f"{rule.hours:g} hours, day and night"
    return f"PT{rule.minutes:g}M", f"{rule.minutes:g} minutes, day and night"
