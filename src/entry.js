// What Cloudflare calls: the Worker as worker-build made it, without the proxy around each request,
// which costs as much as a whole click.

import Waymark, { Journeys, Program } from "../build/bindings.js";

export { Journeys, Program };

const state = globalThis.__worker_init_state;
const { fetch } = Waymark.prototype;

export default {
  fetch(request, env, ctx) {
    // After a panic the proxy starts WebAssembly anew, with whoever comes next.
    if (state.criticalError) return new Waymark(ctx, env).fetch(request);
    try {
      return fetch.call({ env, ctx }, request);
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError) state.criticalError = true;
      throw error;
    }
  },
};
