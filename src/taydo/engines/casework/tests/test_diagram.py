"""BPMN of every case type: a task a state, a flow a move, all drawn, and read by a reader that we did not write."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from taydo.engines.cases.tests.sample import SAMPLE
from taydo.engines.casework.diagram import process_of
from taydo.protocols import bpmn


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
