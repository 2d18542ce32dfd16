// A browser and the built Worker for one test file.
import { after, before } from "node:test";
import { launch } from "./chromium.mjs";
import { startWorker } from "./worker.mjs";

/** They are its `browser` and `worker` before the first test begins, and end after the last. */
export function session() {
  const session = {};
  before(async () => {
    [session.browser, session.worker] = await Promise.all([launch(), startWorker()]);
  });
  after(async () => {
    await session.browser?.close();
    await session.worker?.close();
  });
  return session;
}
