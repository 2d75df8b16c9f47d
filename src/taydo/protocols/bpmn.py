"""BPMN 2.0 XML (OMG formal/2011-01-03) of a process of steps: user tasks, flows, timers of the whole process, with positions.

A timer becomes an event sub-process that does not interrupt: BPMN's own words for “while the case runs, when so much time has
passed, tell it”. Working time has no notation in ISO 8601; the duration is given as it is and the documentation says which clock.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass

MODEL = "http://www.omg.org/spec/BPMN/20100524/MODEL"
DIAGRAM = "http://www.omg.org/spec/BPMN/20100524/DI"
DC = "http://www.omg.org/spec/DD/20100524/DC"
DI = "http://www.omg.org/spec/DD/20100524/DI"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
MEDIA_TYPE = "application/xml; charset=utf-8"
WIDTH, HEIGHT, STEP_X, STEP_Y = 140, 70, 210, 120
ROUND = 36
for _prefix, _space in (("bpmn", MODEL), ("bpmndi", DIAGRAM), ("dc", DC), ("di", DI), ("xsi", XSI)):
    ET.register_namespace(_prefix, _space)

Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Task:
    """Where the work stands; `ends`: nothing follows of itself."""

    id: str
    name: str
    ends: bool = False
    documentation: str = ""


@dataclass(frozen=True, slots=True)
class Flow:
    """A step from one task to another."""

    id: str
    source: str
    target: str
    name: str
    documentation: str = ""


@dataclass(frozen=True, slots=True)
class Timer:
    """Something told when so much time has passed: `duration` in ISO 8601 (P3D, PT8H), `name` what is told."""

    id: str
    name: str
    duration: str
    documentation: str = ""


@dataclass(frozen=True, slots=True)
class Process:
    """A process that begins at the task `start`; ids are XML names."""

    id: str
    name: str
    start: str
    tasks: tuple[Task, ...]
    flows: tuple[Flow, ...]
    timers: tuple[Timer, ...] = ()


def export(process: Process) -> str:
    """The XML text of a process with its diagram."""
    root = ET.Element(_model("definitions"), {"id": f"definitions_{process.id}", "targetNamespace": "urn:taydo:cases"})
    body = ET.SubElement(root, _model("process"), {"id": process.id, "name": process.name, "isExecutable": "false"})
    flows, places = list(_all_flows(process)), _places(process)
    nodes = [("begin", "startEvent", "", "")]
    nodes += [(task.id, "userTask", task.name, task.documentation) for task in process.tasks]
    nodes += [(f"end_{task.id}", "endEvent", "", "") for task in process.tasks if task.ends]
    for node, tag, name, words in nodes:
        element = _element(body, tag, node, name, words)
        for flow in flows:
            if flow.target == node:
                ET.SubElement(element, _model("incoming")).text = flow.id
        for flow in flows:
            if flow.source == node:
                ET.SubElement(element, _model("outgoing")).text = flow.id
    for flow in flows:
        element = _element(body, "sequenceFlow", flow.id, flow.name, flow.documentation)
        element.attrib |= {"sourceRef": flow.source, "targetRef": flow.target}
    for timer in process.timers:
        _write_timer(body, timer)
        flows.append(Flow(f"{timer.id}_flow_1", f"{timer.id}_start", f"{timer.id}_tell", ""))
        flows.append(Flow(f"{timer.id}_flow_2", f"{timer.id}_tell", f"{timer.id}_end", ""))
    _draw(root, process, flows, places)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True)


def _model(tag: str) -> str:
    return f"{{{MODEL}}}{tag}"


def _element(parent: ET.Element, tag: str, node: str, name: str = "", words: str = "") -> ET.Element:
    element = ET.SubElement(parent, _model(tag), {"id": node} | ({"name": name} if name else {}))
    if words:
        ET.SubElement(element, _model("documentation")).text = words
    return element


def _all_flows(process: Process) -> Iterator[Flow]:
    yield Flow("flow_begin", "begin", process.start, "")
    yield from process.flows
    yield from (Flow(f"flow_end_{task.id}", task.id, f"end_{task.id}", "") for task in process.tasks if task.ends)


def _write_timer(body: ET.Element, timer: Timer) -> None:
    inside = _element(body, "subProcess", timer.id, timer.name, timer.documentation)
    inside.set("triggeredByEvent", "true")
    start = _element(inside, "startEvent", f"{timer.id}_start")
    start.set("isInterrupting", "false")
    ET.SubElement(start, _model("outgoing")).text = f"{timer.id}_flow_1"
    definition = _element(start, "timerEventDefinition", f"{timer.id}_timer")
    duration = ET.SubElement(definition, _model("timeDuration"), {f"{{{XSI}}}type": "bpmn:tFormalExpression"})
    duration.text = timer.duration
    tell = _element(inside, "sendTask", f"{timer.id}_tell", timer.name)
    ET.SubElement(tell, _model("incoming")).text = f"{timer.id}_flow_1"
    ET.SubElement(tell, _model("outgoing")).text = f"{timer.id}_flow_2"
    ET.SubElement(_element(inside, "endEvent", f"{timer.id}_end"), _model("incoming")).text = f"{timer.id}_flow_2"
    for number, (source, target) in enumerate((("start", "tell"), ("tell", "end")), 1):
        flow = _element(inside, "sequenceFlow", f"{timer.id}_flow_{number}")
        flow.attrib |= {"sourceRef": f"{timer.id}_{source}", "targetRef": f"{timer.id}_{target}"}


def _places(process: Process) -> dict[str, Box]:
    """x, y, width, height of every node: columns by the distance from the start, rows within a column, timers underneath."""
    depth, queue = {process.start: 0}, [process.start]
    for task in queue:
        for flow in process.flows:
            if flow.source == task and flow.target not in depth:
                depth[flow.target] = depth[task] + 1
                queue.append(flow.target)
    last = max(depth.values()) + 1
    for task in (task.id for task in process.tasks if task.id not in depth):
        depth[task] = last
        queue.append(task)
    rows: dict[int, int] = {}
    places: dict[str, Box] = {"begin": (40, 77, ROUND, ROUND)}
    ending = {task.id for task in process.tasks if task.ends}
    for task in queue:
        row = rows[depth[task]] = rows.get(depth[task], -1) + 1
        x, y = 130 + depth[task] * STEP_X, 60 + row * STEP_Y
        places[task] = (x, y, WIDTH, HEIGHT)
        if task in ending:
            places[f"end_{task}"] = (x + WIDTH + 14, y + HEIGHT + 8, ROUND, ROUND)
    top = 60 + (max(rows.values()) + 1) * STEP_Y + 30
    for number, timer in enumerate(process.timers):
        x, y = 130 + number * 420, top
        places |= {
            timer.id: (x, y, 380, 130),
            f"{timer.id}_start": (x + 30, y + 47, ROUND, ROUND),
            f"{timer.id}_tell": (x + 110, y + 30, WIDTH, HEIGHT),
            f"{timer.id}_end": (x + 300, y + 47, ROUND, ROUND),
        }
    return places


def _draw(root: ET.Element, process: Process, flows: list[Flow], places: dict[str, Box]) -> None:
    diagram = ET.SubElement(root, f"{{{DIAGRAM}}}BPMNDiagram", {"id": "diagram"})
    plane = ET.SubElement(diagram, f"{{{DIAGRAM}}}BPMNPlane", {"id": "plane", "bpmnElement": process.id})
    timers = {timer.id for timer in process.timers}
    for node, (x, y, width, height) in places.items():
        shape = ET.SubElement(plane, f"{{{DIAGRAM}}}BPMNShape", {"id": f"shape_{node}", "bpmnElement": node})
        if node in timers:
            shape.set("isExpanded", "true")
        ET.SubElement(shape, f"{{{DC}}}Bounds", {"x": str(x), "y": str(y), "width": str(width), "height": str(height)})
    for flow in flows:
        edge = ET.SubElement(plane, f"{{{DIAGRAM}}}BPMNEdge", {"id": f"edge_{flow.id}", "bpmnElement": flow.id})
        for x, y in _ends(places[flow.source], places[flow.target]):
            ET.SubElement(edge, f"{{{DI}}}waypoint", {"x": str(x), "y": str(y)})


def _ends(source: Box, target: Box) -> Iterator[tuple[int, int]]:
    (x1, y1, w1, h1), (x2, y2, w2, h2) = source, target
    ahead = x2 > x1
    yield (x1 + w1 if ahead else x1 + w1 // 2, y1 + h1 // 2 if ahead else y1 + h1)
    yield (x2 if ahead else x2 + w2 // 2, y2 + h2 // 2 if ahead else y2 + h2)
