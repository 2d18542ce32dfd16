// The demo store, as Waymark meets one: it signs its calls (Standard Webhooks), and can ask why.
import { createHmac, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { get } from "node:http";
import { join } from "node:path";

export const url =
  process.env.WAYMARK_URL ?? `http://127.0.0.1:${process.env.WAYMARK_PORT ?? 8787}`;

/** A secret of the Worker: from the environment, or else that of scripts/dev. */
export function secret(name) {
  if (process.env[name]) return process.env[name];
  const file = join(import.meta.dirname, "..", ".dev.vars");
  let vars;
  try {
    vars = readFileSync(file, "utf8");
  } catch {
    throw new Error("there is no .dev.vars: start scripts/dev in another terminal");
  }
  const found = new RegExp(`^${name}=(.+)$`, "m").exec(vars);
  if (!found) throw new Error(`.dev.vars has no ${name}: start scripts/dev in another terminal`);
  return found[1];
}

const unreachable = () =>
  new Error(`nobody answers at ${url}: start scripts/dev in another terminal`);

async function request(path, options) {
  try {
    return await fetch(url + path, options);
  } catch {
    throw unreachable();
  }
}

/**
 * A shopper's browser follows a link, with the cookie that it has. Not by `fetch`, which says of
 * itself that it is a script (`Sec-Fetch-Mode: cors`): a script leaves no mark.
 */
export function visit(path, cookie) {
  const browser = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
  const headers = { "user-agent": browser, ...(cookie && { cookie }) };
  return new Promise((resolve, reject) => {
    const asked = get(url + path, { headers }, (answer) => {
      answer.resume();
      resolve({
        status: answer.statusCode,
        location: answer.headers.location,
        cookie: answer.headers["set-cookie"]?.[0].split(";")[0],
      });
    });
    asked.on("error", () => reject(unreachable()));
  });
}

/** The store calls its endpoint. */
export async function call(event) {
  const body = JSON.stringify(event);
  const id = randomUUID();
  const timestamp = Math.floor(Date.now() / 1000);
  const key = Buffer.from(secret("DEMO_STORE_SECRET").replace(/^whsec_/, ""), "base64");
  const signature = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64");
  const headers = {
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": String(timestamp),
    "webhook-signature": `v1,${signature}`,
  };
  const answer = await request("/hooks/store", { method: "POST", headers, body });
  return { status: answer.status, body: await answer.json() };
}

/** The merchant asks the API. */
export async function ask(path) {
  const headers = { authorization: `Bearer ${secret("WAYMARK_API_TOKEN")}` };
  const answer = await request(path, { headers });
  const body = await answer.json();
  if (!answer.ok) throw new Error(`${path}: ${answer.status}: ${body.error}`);
  return body;
}
