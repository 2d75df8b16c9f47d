// Reads BPMN 2.0 with bpmn-moddle, a reader that we did not write: XML on standard input, what it found on standard output.
import { BpmnModdle } from "bpmn-moddle";
import { text } from "node:stream/consumers";

const { rootElement, warnings, references, elementsById } = await new BpmnModdle().fromXML(await text(process.stdin));
const process_ = rootElement.rootElements.find((element) => element.$type === "bpmn:Process");
const drawn = rootElement.diagrams.flatMap((diagram) => diagram.plane.planeElement.map((shape) => shape.bpmnElement?.id));
const names = (type) => process_.flowElements.filter((element) => element.$type === type).map((element) => element.name ?? element.id);
console.log(
  JSON.stringify({
    process: process_.id,
    name: process_.name,
    warnings: warnings.map((warning) => warning.message),
    dangling: references.filter((reference) => !elementsById[reference.id]).map((reference) => reference.id),
    tasks: names("bpmn:UserTask"),
    flows: process_.flowElements
      .filter((element) => element.$type === "bpmn:SequenceFlow")
      .map((flow) => [flow.sourceRef.id, flow.targetRef.id]),
    timers: process_.flowElements
      .filter((element) => element.$type === "bpmn:SubProcess")
      .map((inside) => inside.flowElements[0].eventDefinitions[0].timeDuration.body),
    drawn,
  }),
);
