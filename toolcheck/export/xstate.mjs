// Runs configs in XState. Standard input: a JSON object, name to {Config, Walks}. Standard output: a JSON object, name to
// {Error} or {States}, the names of the innermost states after the start and after each event of each walk.
import { readFileSync } from 'node:fs';
import { createActor, createMachine, fromPromise, raise, SimulatedClock } from 'xstate';

// names are those of the implementations that a config asks for: texts and types below a key.
function names(value, key, found = new Set(), below = false) {
  if (typeof value === 'string' && below) {
    found.add(value);
  } else if (Array.isArray(value)) {
    value.forEach((item) => names(item, key, found, below));
  } else if (value !== null && typeof value === 'object') {
    if (below && typeof value.type === 'string') {
      found.add(value.type);
    }
    Object.entries(value).forEach(([k, v]) => names(v, key, found, k === key));
  }
  return found;
}

function all(found, implementation) {
  return Object.fromEntries([...found].map((name) => [name, implementation(name)]));
}

function leaf(value) {
  return typeof value === 'string' ? value : leaf(Object.values(value)[0]);
}

// eventType is what XState calls the event of a step.
function eventType({ Event, Done, Failed }) {
  if (Done !== '') {
    return `xstate.done.actor.${Done}`;
  }
  return Failed !== '' ? `xstate.error.actor.${Failed}` : Event;
}

function run(config, walks) {
  let answers;
  const machine = createMachine(config).provide({
    actions: {
      ...Object.assign({}, ...['actions', 'entry', 'exit'].map((key) => all(names(config, key), () => () => {}))),
      raise: raise((_, params) => ({ type: params.event })),
    },
    guards: {
      ...all(names(config, 'guard'), (name) => () => answers.Guards[name]),
      choose: (_, { choice, outcome, guard }) =>
        (guard === undefined || answers.Guards[guard]) && answers.Choices[choice] === outcome,
    },
    actors: all(names(config, 'src'), () => fromPromise(() => new Promise(() => {}))),
    delays: all(Object.keys(config.meta?.params ?? {}), () => 1000),
  });
  return walks.map(([start, ...steps]) => {
    answers = start;
    const actor = createActor(machine, { clock: new SimulatedClock() });
    actor.start();
    return [leaf(actor.getSnapshot().value), ...steps.map((step) => {
      answers = step;
      actor.send({ type: eventType(step) });
      return leaf(actor.getSnapshot().value);
    })];
  });
}

const answers = {};
for (const [name, { Config, Walks }] of Object.entries(JSON.parse(readFileSync(0, 'utf8')))) {
  try {
    answers[name] = { States: run(Config, Walks) };
  } catch (error) {
    answers[name] = { Error: error.message };
  }
}
process.stdout.write(JSON.stringify(answers));
