"""The peer of case transitions: SpiffWorkflow with PostgreSQL, a BPMN process of user tasks in a row.

Each step reads the workflow back as a request of a web server must, completes the waiting user task, serialises the workflow to JSON
and saves it with an event row in one transaction. `kept`: it stays in memory instead and is never read back (one process, no
restart). Neither way does the peer check a permission, compute a deadline, or write audit, outbox or live notice.
"""

from __future__ import annotations

import itertools
import uuid

import psycopg
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.serializer.workflow import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState

TABLES = """
CREATE TABLE IF NOT EXISTS peer_workflow (id uuid PRIMARY KEY, state text, saved jsonb);
CREATE TABLE IF NOT EXISTS peer_event (id bigserial PRIMARY KEY, workflow uuid, at timestamptz DEFAULT now(), task text, who text)
"""
READ = "SELECT saved::text FROM peer_workflow WHERE id = %s FOR UPDATE"
SAVE = "UPDATE peer_workflow SET state = %s, saved = %s::jsonb WHERE id = %s"
TELL = "INSERT INTO peer_event (workflow, task, who) VALUES (%s, %s, %s)"


def process(tasks: int) -> str:
    """BPMN 2.0 of so many user tasks in a row."""
    steps = "".join(
        f'<bpmn:userTask id="t{n}" name="Bước {n}"><bpmn:incoming>f{n}</bpmn:incoming><bpmn:outgoing>f{n + 1}</bpmn:outgoing></bpmn:userTask>'
        for n in range(tasks)
    )
    names = ["start", *(f"t{n}" for n in range(tasks)), "end"]
    flows = "".join(
        f'<bpmn:sequenceFlow id="f{n}" sourceRef="{a}" targetRef="{b}"/>'
        for n, (a, b) in enumerate(itertools.pairwise(names))
    )
    return (
        '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="urn:taydo:bench" id="d">'
        f'<bpmn:process id="p{tasks}" isExecutable="true"><bpmn:startEvent id="start"><bpmn:outgoing>f0</bpmn:outgoing></bpmn:startEvent>'
        f'{steps}<bpmn:endEvent id="end"><bpmn:incoming>f{tasks}</bpmn:incoming></bpmn:endEvent>{flows}</bpmn:process></bpmn:definitions>'
    )


class Peer:
    """Works one process at a time on a connection of its own."""

    def __init__(self, dsn: str, tasks: int, kept: bool) -> None:
        self.link = psycopg.connect(dsn, autocommit=True, prepare_threshold=0)
        self.link.execute(TABLES, prepare=False)
        parser = BpmnParser()
        parser.add_bpmn_str(process(tasks).encode())
        self.tasks, self.kept, self.spec = tasks, kept, parser.get_spec(f"p{tasks}")
        self.serializer = BpmnWorkflowSerializer()

    @property
    def backend(self) -> int:
        """The process id of the PostgreSQL backend that serves it."""
        return self.link.info.backend_pid

    def begin(self) -> tuple[uuid.UUID, BpmnWorkflow]:
        """A workflow that stands at its first user task, saved."""
        workflow, identifier = BpmnWorkflow(self.spec), uuid.uuid4()
        workflow.do_engine_steps()
        self.link.execute(
            "INSERT INTO peer_workflow VALUES (%s, %s, %s::jsonb)",
            [identifier, "t0", self.serializer.serialize_json(workflow)],
        )
        return identifier, workflow

    def step(self, identifier: uuid.UUID, workflow: BpmnWorkflow) -> None:
        """Complete the waiting user task, then save workflow and event together."""
        with self.link.transaction():
            if not self.kept:
                workflow = self.serializer.deserialize_json(self.saved(identifier))
            task = workflow.get_tasks(state=TaskState.READY, manual=True)[0]
            task.data["note"] = task.task_spec.name
            task.run()
            workflow.do_engine_steps()
            saved = self.serializer.serialize_json(workflow)
            self.link.execute(SAVE, [task.task_spec.name, saved, identifier])
            self.link.execute(TELL, [identifier, task.task_spec.name, "bench"])

    def work(self, begun: list[tuple[uuid.UUID, BpmnWorkflow]], steps: int) -> None:
        """So many steps of each."""
        for identifier, workflow in begun:
            for _ in range(steps):
                self.step(identifier, workflow)

    def saved(self, identifier: uuid.UUID) -> str:
        """The JSON that stands in the database."""
        found = self.link.execute(READ, [identifier]).fetchone()
        assert found is not None
        return str(found[0])
