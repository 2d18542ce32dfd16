// The Worker, with faults of the runtime that a click asks for in its header `x-fault`. A local
// workerd has none of them, and Cloudflare says that each may happen:
//
// * `lost`: the next hand-over of clicks fails before its shard hears of it, and may be retried.
// * `unheard`: it fails after its shard has kept them, and may be retried.
// * `overloaded`: it fails since its shard has too much to do, and must not be retried.
// * `cancelled`: the request ends with its answer; what it was still to do is not done.
//
// A hand-over that was made to fail is `failed` in what became of the plan, as follows.
//
// And with faults of storage and of calls to others, by index: a request with the header `x-plan`,
// `{"fail": 3, "after": true, "during": "request"}`, has the third call fail that is made from then
// on, after it has been done; `during` an alarm or a request. It is answered at once with what became
// of the plan before: how many calls were `seen`, and which one was `failed`. Calls are all that the
// program asks of its storage, of KV, of other objects, and of other hosts. With `fresh` and a name of
// its own, a plan is the beginning of another program, of which nothing is stored yet.
import worker, { Journeys, Program as RealProgram } from "./index.js";

export { Journeys };

let fault = null;

let plan = null;
let seen = 0;
let failed = null;
let alarms = 0;
let program = "";

function one(what, asynchronous, call) {
  if (plan === null || (plan.during === "alarm") !== alarms > 0) return call();
  seen += 1;
  if (seen !== plan.fail) return call();
  failed = what;
  const error = new Error(`a fault that the test asked for: ${what}`);
  if (!asynchronous) {
    // To its end: a cursor that is left open locks its table.
    if (plan.after) call()?.toArray?.();
    throw error;
  }
  return (plan.after ? Promise.resolve(call()) : Promise.resolve()).then(() => {
    throw error;
  });
}

function watch(object, name, asynchronous) {
  const call = object[name];
  object[name] = (...given) => one(name, asynchronous, () => call.apply(object, given));
}

watch(globalThis, "fetch", true);

export class Program {
  constructor(state, env) {
    const { storage } = state;
    watch(storage.sql, "exec", false);
    watch(storage, "transactionSync", false);
    watch(storage, "getAlarm", true);
    watch(storage, "setAlarm", true);
    this.program = new RealProgram(state, withFaults(env));
  }

  fetch(request) {
    return this.program.fetch(request);
  }

  async alarm() {
    alarms += 1;
    try {
      return await this.program.alarm();
    } finally {
      alarms -= 1;
    }
  }
}

function withFaults(env) {
  const { LINKS } = env;
  if (!Object.hasOwn(LINKS, "put")) watch(LINKS, "put", true);
  const PROGRAM = new DurableObjectNamespace(env.PROGRAM, (name) => name + program);
  const JOURNEYS = new DurableObjectNamespace(env.JOURNEYS, (name) => name);
  return { ...env, PROGRAM, JOURNEYS };
}

// The Worker knows what kind of binding it has by the name of its class.
class DurableObjectNamespace {
  constructor(namespace, renamed) {
    this.namespace = namespace;
    this.renamed = renamed;
  }

  getByName(name) {
    const object = this.namespace.getByName(this.renamed(name));
    return { fetch: (request) => one("object", true, () => this.call(object, request)) };
  }

  async call(object, request) {
    const isHandOver = (await request.clone().text()).startsWith('{"AppendClicks"');
    if (!isHandOver || fault === null) return object.fetch(request);
    const overloaded = fault === "overloaded";
    const unheard = fault === "unheard";
    [failed, fault] = [fault, null];
    if (unheard) await object.fetch(request);
    throw Object.assign(new Error("a fault that the test asked for"), { retryable: true, overloaded });
  }
}

export default {
  fetch(request, env, context) {
    const next = request.headers.get("x-plan");
    if (next !== null) {
      const before = { seen, failed };
      [plan, seen, failed] = [JSON.parse(next), 0, null];
      program = plan?.fresh ?? program;
      return Response.json(before);
    }
    const asked = request.headers.get("x-fault");
    if (asked === "cancelled") {
      context = { waitUntil() {}, passThroughOnException() {} };
    } else {
      fault = asked ?? fault;
    }
    return worker.fetch(request, withFaults(env), context);
  },
};
