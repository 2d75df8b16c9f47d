"""BPMN of every case type: a task a state, a flow a move, all drawn, and read by a reader that we did not write."""

from __future__ import annotations

import json
import shutil
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from taydo.engines.cases import casetype
from taydo.engines.cases.tests.sample import SAMPLE
from taydo.engines.casework.diagram import process_of
from taydo.protocols import bpmn

from .sample import MATTER


def test_bpmn_has_a_task_a_state_and_a_flow_a_move_all_drawn() -> None:
    root = ET.fromstring(bpmn.export(process_of(SAMPLE)))
    names = {"m": bpmn.MODEL, "d": bpmn.DIAGRAM}
    tasks = {task.get("name") for task in root.iterfind(".//m:userTask", names)}
    assert tasks == {state.title.vi for state in SAMPLE.states.values()}
    ids = {element.get("id") for element in root.iter()}
    flows = root.findall(".//m:sequenceFlow", names)
    inside = root.findall(".//m:subProcess/m:sequenceFlow", names)
    assert len(flows) - len(inside) == 1 + sum(len(move.from_) for move in SAMPLE.moves.values()) + 1
    assert all(flow.get("sourceRef") in ids and flow.get("targetRef") in ids for flow in flows)
    drawn = {edge.get("bpmnElement") for edge in root.iterfind(".//d:BPMNEdge", names)}
    assert drawn == {flow.get("id") for flow in flows}


def _read(xml: str) -> dict[str, Any]:
    """What bpmn-moddle makes of it; the test is skipped, saying so, when there is no node or the front end is not installed."""
    web = Path(__file__).parents[5] / "web"
    if shutil.which("node") is None or not (web / "node_modules" / "bpmn-moddle").exists():
        pytest.skip("no node or no bpmn-moddle here (make install)")
    done = subprocess.run(
        ["node", "readbpmn.mjs"], input=xml, cwd=web, capture_output=True, text=True, timeout=60, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("language", ["vi", "en"])
def test_bpmn_moddle_reads_every_type_without_a_warning_and_finds_what_was_declared(language: str) -> None:
    specs = {spec.id: spec for spec in casetype.every()}
    assert {"consultation", "alert", "matter"} <= specs.keys()
    for spec in specs.values():
        read = _read(bpmn.export(process_of(spec, language)))
        assert (read["process"], read["name"]) == (spec.id, spec.title[language])
        assert read["warnings"] == read["dangling"] == []
        assert read["tasks"] == [state.title[language] for state in spec.states.values()]
        moves = [[f"state_{origin}", f"state_{move.to}"] for move in spec.moves.values() for origin in move.from_]
        assert [flow for flow in read["flows"] if flow[0] != "begin" and not flow[1].startswith("end_")] == moves
        assert len(read["timers"]) == bool(spec.deadline) + len(spec.deadlines) + len(spec.escalation)
        assert len(read["drawn"]) == len(set(read["drawn"])) and None not in read["drawn"]


def test_timers_say_how_long_and_on_which_clock() -> None:
    timers = {timer.id: (timer.duration, timer.documentation) for timer in process_of(MATTER, "en").timers}
    assert timers["due_urgent"] == ("P1D", "1 working days")
    assert timers["due_clock"] == ("PT24H", "24 hours, day and night")
    assert timers["level_1"] == ("PT4H", "4 working hours after the deadline")
