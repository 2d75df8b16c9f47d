"""A case type as BPMN 2.0 XML (OMG formal/2011-01-03): states as user tasks, moves as sequence flows, with positions."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from .casetype import CaseType

MODEL = "http://www.omg.org/spec/BPMN/20100524/MODEL"
DIAGRAM = "http://www.omg.org/spec/BPMN/20100524/DI"
DC = "http://www.omg.org/spec/DD/20100524/DC"
DI = "http://www.omg.org/spec/DD/20100524/DI"
WIDTH, HEIGHT, STEP_X, STEP_Y = 140, 70, 210, 120
for _prefix, _space in (("bpmn", MODEL), ("bpmndi", DIAGRAM), ("dc", DC), ("di", DI)):
    ET.register_namespace(_prefix, _space)


def export(case_type: CaseType, language: str = "vi") -> str:
    """The XML text of one type, labels in one language."""
    root = ET.Element(
        f"{{{MODEL}}}definitions", {"id": f"definitions_{case_type.id}", "targetNamespace": "urn:taydo:cases"}
    )
    process = ET.SubElement(
        root, f"{{{MODEL}}}process", {"id": case_type.id, "name": case_type.title[language], "isExecutable": "false"}
    )
    flows = _flows(case_type, language)
    places = _places(case_type)
    for node, (tag, name) in _nodes(case_type, language).items():
        element = ET.SubElement(process, f"{{{MODEL}}}{tag}", {"id": node, "name": name} if name else {"id": node})
        for flow, _source, target, _ in flows:
            if target == node:
                ET.SubElement(element, f"{{{MODEL}}}incoming").text = flow
        for flow, source, _target, _ in flows:
            if source == node:
                ET.SubElement(element, f"{{{MODEL}}}outgoing").text = flow
    for flow, source, target, name in flows:
        attributes = {"id": flow, "sourceRef": source, "targetRef": target} | ({"name": name} if name else {})
        ET.SubElement(process, f"{{{MODEL}}}sequenceFlow", attributes)
    _draw(root, case_type, flows, places)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True)


def _nodes(case_type: CaseType, language: str) -> dict[str, tuple[str, str]]:
    nodes = {"begin": ("startEvent", "")}
    nodes |= {f"state_{name}": ("userTask", state.title[language]) for name, state in case_type.states.items()}
    nodes |= {f"end_{name}": ("endEvent", "") for name, state in case_type.states.items() if state.phase == "done"}
    return nodes


def _flows(case_type: CaseType, language: str) -> list[tuple[str, str, str, str]]:
    flows = [("flow_begin", "begin", f"state_{case_type.start}", "")]
    for name, move in case_type.moves.items():
        flows += [
            (f"move_{name}_{origin}", f"state_{origin}", f"state_{move.to}", move.title[language])
            for origin in move.from_
        ]
    ends = [name for name, state in case_type.states.items() if state.phase == "done"]
    return flows + [(f"flow_end_{name}", f"state_{name}", f"end_{name}", "") for name in ends]


def _places(case_type: CaseType) -> dict[str, tuple[int, int, int, int]]:
    """x, y, width, height of every node: columns by the distance from the start, rows within a column."""
    depth, queue = {case_type.start: 0}, [case_type.start]
    for state in queue:
        for move in case_type.moves_from(state).values():
            if move.to not in depth:
                depth[move.to] = depth[state] + 1
                queue.append(move.to)
    rows: dict[int, int] = {}
    places = {"begin": (40, 77, 36, 36)}
    for state in queue:
        column = depth[state]
        row = rows[column] = rows.get(column, -1) + 1
        x, y = 130 + column * STEP_X, 60 + row * STEP_Y
        places[f"state_{state}"] = (x, y, WIDTH, HEIGHT)
        if case_type.states[state].phase == "done":
            places[f"end_{state}"] = (x + WIDTH + 14, y + HEIGHT + 8, 36, 36)
    return places


def _draw(
    root: ET.Element,
    case_type: CaseType,
    flows: list[tuple[str, str, str, str]],
    places: dict[str, tuple[int, int, int, int]],
) -> None:
    diagram = ET.SubElement(root, f"{{{DIAGRAM}}}BPMNDiagram", {"id": "diagram"})
    plane = ET.SubElement(diagram, f"{{{DIAGRAM}}}BPMNPlane", {"id": "plane", "bpmnElement": case_type.id})
    for node, (x, y, width, height) in places.items():
        shape = ET.SubElement(plane, f"{{{DIAGRAM}}}BPMNShape", {"id": f"shape_{node}", "bpmnElement": node})
        ET.SubElement(shape, f"{{{DC}}}Bounds", {"x": str(x), "y": str(y), "width": str(width), "height": str(height)})
    for flow, source, target, _ in flows:
        edge = ET.SubElement(plane, f"{{{DIAGRAM}}}BPMNEdge", {"id": f"edge_{flow}", "bpmnElement": flow})
        (x1, y1, w1, h1), (x2, y2, w2, h2) = places[source], places[target]
        ahead = x2 > x1
        ends = (
            (x1 + w1 if ahead else x1 + w1 // 2, y1 + h1 // 2 if ahead else y1 + h1),
            (x2 if ahead else x2 + w2 // 2, y2 + h2 // 2 if ahead else y2 + h2),
        )
        for x, y in ends:
            ET.SubElement(edge, f"{{{DI}}}waypoint", {"x": str(x), "y": str(y)})
