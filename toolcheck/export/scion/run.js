// Runs SCXML documents in SCION. Standard input: a JSON object, name to {Source, Walks}, a walk being a list of events. Standard output: a
// JSON object, name to {Error} or {States}: of each walk the innermost state after the start and after each event. No time passes.
const { readFileSync } = require('fs');
const scxml = require('@scion-scxml/scxml');

globalThis.setTimeout = () => 0;
const silent = { log() {}, warn() {}, error() {}, info() {} };

function prepared(name, source) {
  return new Promise((resolve, reject) => {
    const done = (next) => (error, result) => (error ? reject(error) : next(result));
    scxml.documentStringToModel(name, source, done((model) => model.prepare(done(resolve), { console: silent })));
  });
}

function run(model, walk) {
  const chart = new scxml.core.Statechart(model, { console: silent });
  const look = () => chart.getConfiguration()[0];
  chart.start();
  return [look(), ...walk.map((name) => {
    chart.gen({ name });
    return look();
  })];
}

async function main() {
  const answers = {};
  for (const [name, { Source, Walks }] of Object.entries(JSON.parse(readFileSync(0, 'utf8')))) {
    try {
      const model = await prepared(name, Source);
      answers[name] = { States: Walks.map((walk) => run(model, walk)) };
    } catch (error) {
      answers[name] = { Error: String(error.stack || error) };
    }
  }
  process.stdout.write(JSON.stringify(answers), () => process.exit(0));
}

main();
