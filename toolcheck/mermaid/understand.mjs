// Tells what Mermaid understands of diagrams. Standard input: a JSON object, name to text. Standard output: a JSON
// object, name to {error} or {title, description, nodes, edges}.
import { readFileSync } from 'node:fs';
import { JSDOM } from 'jsdom';

// Mermaid looks for a browser when it is loaded, not when it is called.
const { window } = new JSDOM('');
globalThis.window = window;
globalThis.document = window.document;
const { default: mermaid } = await import('mermaid');

// show is text as a browser would show it. Inside Mermaid an entity like #59; stands as ﬂ°°59¶ß until it draws.
const html = window.document.createElement('textarea');
function show(text) {
  html.innerHTML = text.replaceAll('ﬂ°°', '&#').replaceAll('ﬂ°', '&').replaceAll('¶ß', ';');
  return html.value;
}

// lines are those a label is shown on; no label is no lines.
function lines(label) {
  const parts = [label ?? []].flat().flatMap((text) => text.split(/<br\s*\/?>/));
  return parts.filter((text) => text !== '').map(show);
}

async function understand(text) {
  await mermaid.parse(text);
  const { db } = await mermaid.mermaidAPI.getDiagramFromText(text);
  const { nodes, edges } = db.getData();
  return {
    title: show(db.getAccTitle()),
    description: show(db.getAccDescription()),
    nodes: nodes.map((n) => ({
      id: n.id,
      parent: n.parentId,
      shape: n.shape,
      label: lines(n.label),
      inside: lines(n.description),
    })),
    edges: edges.map((e) => ({ from: e.start, to: e.end, label: lines(e.label) })),
  };
}

const answers = {};
for (const [name, text] of Object.entries(JSON.parse(readFileSync(0, 'utf8')))) {
  answers[name] = await understand(text).catch((error) => ({ error: error.message }));
}
process.stdout.write(JSON.stringify(answers));
