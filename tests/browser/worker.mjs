// The built Worker in workerd, with the demo program.
import { spawn } from "node:child_process";
import { createHmac, randomUUID } from "node:crypto";
import { createInterface } from "node:readline";

/**
 * Starts it. Its `url` is on 127.0.0.1; `token` is the one for `/v1`. Ends with `close()`.
 *
 * With a `shop`, a port of 127.0.0.1, the Worker stands before that shop. `settings` are lines of the
 * program's `[settings]`.
 */
export async function startWorker({ shop = "", settings = "" } = {}) {
  const command = ["run", "--quiet", "--package", "waymark-tests", "--example", "serve", "--", String(shop), settings];
  const serving = spawn("cargo", command, { stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise((resolve) => serving.once("exit", resolve));
  for await (const line of createInterface(serving.stdout)) {
    return {
      ...JSON.parse(line),
      close() {
        serving.stdin.end();
        return ended;
      },
    };
  }
  throw new Error(`the Worker ended with ${await ended} before it listened`);
}

/** The demo's store reports an order of Ana's kettle, placed now; with a visitor's token, if the store has one. */
export async function deliver(worker, id, token) {
  const now = new Date().toISOString();
  const lines = [{ id: "1", sku: "KETTLE", quantity: 1, amount: "64.00" }];
  const body = JSON.stringify({ type: "order", id, placed_at: now, updated_at: now, currency: "USD", lines, token });
  const signed = { id: randomUUID(), timestamp: Math.floor(Date.now() / 1000) };
  const key = Buffer.from(worker.secret.replace("whsec_", ""), "base64");
  const signature = createHmac("sha256", key).update(`${signed.id}.${signed.timestamp}.${body}`).digest("base64");
  const headers = { "webhook-id": signed.id, "webhook-timestamp": signed.timestamp, "webhook-signature": `v1,${signature}` };
  const answer = await fetch(`${worker.url}/hooks/store`, { method: "POST", headers, body });
  return (await answer.json()).status;
}

/** Whom an order of the demo's store is booked for. */
export async function credited(worker, id) {
  const headers = { authorization: `Bearer ${worker.token}` };
  const answer = await fetch(`${worker.url}/v1/orders/store/${id}`, { headers });
  const { conversions } = await answer.json();
  return conversions.map(({ affiliate }) => affiliate);
}
