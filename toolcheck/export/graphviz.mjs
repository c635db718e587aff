// Tells what Graphviz draws. Standard input: a JSON object, name to DOT. Standard output: a JSON object, name to
// {Error, Nodes, Edges, Labels}.
import { readFileSync } from 'node:fs';
import { instance } from '@viz-js/viz';

const viz = await instance();

// texts are what a drawing puts on paper, line by line. Graphviz doubles backslashes when it writes JSON.
function texts(drawing) {
  return (drawing ?? []).filter((step) => step.op === 'T').map((step) => step.text.replaceAll('\\\\', '\\'));
}

function understand(dot) {
  const result = viz.render(dot, { format: 'json' });
  const { objects = [], edges = [] } = result.output ? JSON.parse(result.output) : {};
  const nodes = objects.filter((object) => object.nodes === undefined && object.subgraphs === undefined);
  return {
    Error: result.errors.map((error) => `${error.level}: ${error.message}`).join('; '),
    Nodes: nodes.map((node) => node.name).sort(),
    Edges: edges.map((edge) => `${objects[edge.tail].name} -> ${objects[edge.head].name}`).sort(),
    Labels: edges
      .flatMap((edge) => texts(edge._ldraw_))
      .map((text) => text.split(/\s+/).filter(Boolean).join(' '))
      .sort(),
  };
}

const answers = {};
for (const [name, dot] of Object.entries(JSON.parse(readFileSync(0, 'utf8')))) {
  answers[name] = understand(dot);
}
process.stdout.write(JSON.stringify(answers));
