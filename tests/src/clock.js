// The Worker, with a clock that a test sets: a request with the header `x-clock`, in milliseconds
// since 1970, sets it, and it goes on from there. Alarms go by it, too: one that was set before moves
// along once its object is asked anything.
import worker, { Journeys as RealJourneys, Program as RealProgram } from "./index.js";

const now = Date.now.bind(Date);
let ahead = 0;
globalThis.Date = class extends Date {
  constructor(...given) {
    super(...(given.length === 0 ? [now() + ahead] : given));
  }

  static now() {
    return now() + ahead;
  }
};

// How far ahead the clock was when an object's alarm was set, by the object's id.
const set = new Map();

function withClock(Real) {
  return class {
    constructor(state, env) {
      const { storage } = state;
      const id = state.id.toString();
      const getAlarm = storage.getAlarm.bind(storage);
      const setAlarm = storage.setAlarm.bind(storage);
      const wake = (at) => {
        set.set(id, ahead);
        return setAlarm(at - ahead);
      };
      const wakesAt = async () => {
        const at = await getAlarm();
        return at === null ? null : at + (set.get(id) ?? 0);
      };
      storage.setAlarm = (at) => wake(Number(at));
      storage.getAlarm = wakesAt;
      this.follow = async () => {
        if ((set.get(id) ?? ahead) === ahead) return;
        const at = await wakesAt();
        if (at !== null) await wake(at);
      };
      this.object = new Real(state, env);
    }

    async fetch(request) {
      await this.follow();
      return this.object.fetch(request);
    }

    alarm() {
      return this.object.alarm();
    }
  };
}

export const Journeys = withClock(RealJourneys);
export const Program = withClock(RealProgram);

export default {
  fetch(request, env, context) {
    const at = request.headers.get("x-clock");
    if (at === null) return worker.fetch(request, env, context);
    ahead = Number(at) - now();
    return new Response(null);
  },
};
