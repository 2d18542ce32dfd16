// The Worker, with faults of the runtime that a click asks for in its header `x-fault`. A local
// workerd has none of them, and Cloudflare says that each may happen:
//
// * `lost`: the next hand-over of clicks fails before its shard hears of it, and may be retried.
// * `unheard`: it fails after its shard has kept them, and may be retried.
// * `overloaded`: it fails since its shard has too much to do, and must not be retried.
// * `cancelled`: the request ends with its answer; what it was still to do is not done.
import worker, { Journeys, Program } from "./index.js";

export { Journeys, Program };

let fault = null;

// The Worker knows what kind of binding it has by the name of its class.
class DurableObjectNamespace {
  constructor(namespace) {
    this.namespace = namespace;
  }

  getByName(name) {
    const object = this.namespace.getByName(name);
    return { fetch: (request) => this.call(object, request) };
  }

  async call(object, request) {
    const isHandOver = (await request.clone().text()).startsWith('{"Append"');
    if (!isHandOver || fault === null) return object.fetch(request);
    const overloaded = fault === "overloaded";
    const unheard = fault === "unheard";
    fault = null;
    if (unheard) await object.fetch(request);
    throw Object.assign(new Error("a fault that the test asked for"), { retryable: true, overloaded });
  }
}

export default {
  fetch(request, env, context) {
    const asked = request.headers.get("x-fault");
    if (asked === "cancelled") {
      context = { waitUntil() {}, passThroughOnException() {} };
    } else {
      fault = asked ?? fault;
    }
    const JOURNEYS = new DurableObjectNamespace(env.JOURNEYS);
    return worker.fetch(request, { ...env, JOURNEYS }, context);
  },
};
