// Opens documents in yaml-language-server over LSP, as an editor does, and prints what it says about each. Standard input
// has {schema, documents: {path: {text, complete?: {line, character}, hover?: {line, character}}}}; places count from 0.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { StreamMessageReader, StreamMessageWriter, createMessageConnection } from 'vscode-jsonrpc/node.js';

const { schema, documents } = JSON.parse(readFileSync(0, 'utf8'));
const server = spawn(process.execPath, ['node_modules/yaml-language-server/bin/yaml-language-server', '--stdio'], {
  stdio: ['pipe', 'pipe', 'inherit'],
});
const editor = createMessageConnection(new StreamMessageReader(server.stdout), new StreamMessageWriter(server.stdin));

const settings = {
  yaml: {
    schemas: { [pathToFileURL(schema).href]: ['*.fsm.yaml'] },
    schemaStore: { enable: false }, validate: true, completion: true, hover: true,
  },
};
editor.onRequest('workspace/configuration', ({ items }) => items.map(({ section }) => settings[section] ?? {}));
editor.onRequest('client/registerCapability', () => null);

const waiting = new Map();
editor.onNotification('textDocument/publishDiagnostics', ({ uri, diagnostics }) => waiting.get(uri)?.(diagnostics));
editor.listen();

await editor.sendRequest('initialize', {
  processId: process.pid, rootUri: null,
  capabilities: { textDocument: { completion: { completionItem: { snippetSupport: false } } }, workspace: { configuration: true } },
});
editor.sendNotification('initialized', {});
editor.sendNotification('workspace/didChangeConfiguration', { settings });

const answers = {};
for (const [path, { text, complete, hover }] of Object.entries(documents)) {
  const uri = pathToFileURL(path).href;
  const told = new Promise((resolve) => waiting.set(uri, resolve));
  editor.sendNotification('textDocument/didOpen', { textDocument: { uri, languageId: 'yaml', version: 1, text } });
  const answer = { findings: (await told).map(({ range: { start }, message }) => ({ ...start, message })) };
  if (complete) {
    const list = await editor.sendRequest('textDocument/completion', { textDocument: { uri }, position: complete });
    answer.completions = list.items.map(({ label }) => label);
  }
  if (hover) {
    const shown = await editor.sendRequest('textDocument/hover', { textDocument: { uri }, position: hover });
    answer.hover = shown?.contents?.value ?? '';
  }
  answers[path] = answer;
}
process.stdout.write(JSON.stringify(answers), () => process.exit(0));
