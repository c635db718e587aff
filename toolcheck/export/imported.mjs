// Runs configs of XState 4 and 5 as their authors' programs would. Standard input: a JSON object, name to {Config, Version, Walks}.
// Standard output: a JSON object, name to {Error} or {Runs}: of each walk the innermost state, as its path of keys, and the actions that ran,
// after the start and after each step.
import { readFileSync } from 'node:fs';
import * as five from 'xstate';
import * as four from 'xstate4';
import { SimulatedClock as Clock4 } from 'xstate4/lib/SimulatedClock.js';

const never = () => new Promise(() => {});
const typeOf = (v) => (typeof v === 'string' ? v : v.type === 'xstate.guard' ? v.name : v.type);
const list = (v) => (v === undefined ? [] : Array.isArray(v) ? v : [v]);
const part = (v, key) => v[key] ?? v.params?.[key];

// builtIn are the actions of a version that its programs get by calling a function.
const builtIn = {
  5: {
    'xstate.raise': (v) => five.raise(part(v, 'event'), { delay: part(v, 'delay'), id: part(v, 'id') }),
    'xstate.cancel': (v) => five.cancel(part(v, 'sendId')),
  },
  4: {
    'xstate.raise': (v) => four.actions.raise(v.event),
    'xstate.send': (v) => four.actions.send(v.event, { delay: v.delay, id: v.id }),
    'xstate.cancel': (v) => four.actions.cancel(v.sendId),
  },
};

// prepared is a config whose actions note that they ran, and whose guards get the answers of the step.
function prepared(config, version, seen) {
  const note = (v) => {
    if (seen.ran.push(typeOf(v)) > 1000) { // it never comes to rest
      process.stdout.write(JSON.stringify({ [seen.name]: { Runs: [...seen.before, [...seen.runs, { State: 'endless', Ran: [] }]] } }));
      process.exit(0);
    }
  };
  const action = (v) => builtIn[version][typeOf(v)]?.(v) ?? (() => note(v));
  const walk = (v) => {
    if (Array.isArray(v)) {
      return v.map(walk);
    }
    if (v === null || typeof v !== 'object') {
      return v;
    }
    return Object.fromEntries(Object.entries(v).map(([key, inner]) => {
      if (['entry', 'exit', 'onEntry', 'onExit', 'actions'].includes(key)) {
        return [key, list(inner).map(action)];
      }
      if (key === 'guard' || key === 'cond') {
        return [key, () => seen.guards[typeOf(inner)] === true];
      }
      return [key, walk(inner)];
    }));
  };
  return walk(config);
}

// named are the values below a key, anywhere in a config.
function named(config, key, found = []) {
  if (config !== null && typeof config === 'object') {
    Object.entries(config).forEach(([k, v]) => (k === key ? found.push(...list(v).map(typeOf)) : named(v, key, found)));
  }
  return found;
}

const path = (value) => (typeof value === 'string' ? value : Object.entries(value).map(([k, v]) => [k, path(v)].filter(Boolean).join('.'))[0] ?? '');
const all = (names, implementation) => Object.fromEntries(names.map((name) => [name, implementation]));

function start5(config, seen) {
  const actors = all(named(config, 'src'), five.fromPromise(never));
  const delays = all(delaysOf(config), 1000);
  const machine = five.createMachine(prepared(config, 5, seen)).provide({ actors, delays });
  const clock = new five.SimulatedClock();
  const actor = five.createActor(machine, { clock });
  actor.start();
  return {
    clock,
    send: (type) => actor.send({ type }),
    end: ({ id }, failed) => actor.send({ type: `xstate.${failed ? 'error' : 'done'}.actor.${id}` }),
    nodes: () => actor.getSnapshot()._nodes,
    value: () => actor.getSnapshot().value,
  };
}

function start4(config, seen) {
  const services = all(named(config, 'src'), never);
  const activities = all(named(config, 'activities'), () => () => {});
  const delays = all(delaysOf(config), 1000);
  const machine = four.createMachine(prepared(config, 4, seen), { services, activities, delays });
  const clock = new Clock4();
  const service = four.interpret(machine, { clock }).start();
  return {
    clock,
    send: (type) => service.send({ type }),
    end: ({ id }, failed) => {
      try {
        service.send({ type: `${failed ? 'error.platform' : 'done.invoke'}.${id}` });
      } catch {
        // a failure that no state waits for is thrown, and the state stays
      }
    },
    nodes: () => service.state.configuration,
    value: () => service.state.value,
  };
}

function delaysOf(config, found = []) {
  if (config !== null && typeof config === 'object') {
    Object.entries(config).forEach(([k, v]) => {
      if (k === 'after' && !Array.isArray(v)) {
        found.push(...Object.keys(v).filter((key) => Number.isNaN(Number(key))));
      }
      delaysOf(v, found);
    });
  }
  return found;
}

// pass lets time go by, timer by timer: a simulated clock itself takes what is due only at the end.
function pass(clock, ms) {
  for (const end = clock.now() + ms; ;) {
    const due = Math.min(...[...clock.timeouts.values()].map(({ start, timeout }) => start + timeout));
    if (clock.now() >= end && due > end) {
      return;
    }
    clock.increment(Math.max(0, Math.min(end, due) - clock.now()));
  }
}

function run(name, config, version, walk, before) {
  const seen = { name, before, runs: [], ran: [], guards: walk[0].Guards ?? {} };
  const machine = (version === 4 ? start4 : start5)(config, seen);
  const look = () => ({ State: path(machine.value()), Ran: seen.ran.splice(0) });
  pass(machine.clock, 0);
  const { runs } = seen;
  runs.push(look());
  for (const step of walk.slice(1)) {
    seen.guards = step.Guards ?? {};
    if (step.Work !== '' && !named(config, 'activities').includes(step.Work)) { // activities have no end
      const work = machine.nodes().flatMap((node) => node.invoke).filter(({ src }) => typeOf(src) === step.Work);
      if (work.length > step.Nth) { // otherwise it is in another state, which the comparison will show
        machine.end(work[step.Nth], step.Failed);
      }
    } else if (step.Event !== '') {
      machine.send(step.Event);
    }
    pass(machine.clock, step.Wait);
    runs.push(look());
  }
  return runs;
}

console.warn = () => {};
const answers = {};
for (const [name, { Config, Version, Walks }] of Object.entries(JSON.parse(readFileSync(0, 'utf8')))) {
  try {
    const runs = [];
    answers[name] = { Runs: runs };
    Walks.forEach((walk) => runs.push(run(name, Config, Version, walk, runs)));
  } catch (error) {
    answers[name] = { Error: String(error?.stack ?? error) };
  }
}
process.stdout.write(JSON.stringify(answers));
