// A store, as Waymark meets one: it signs what it sends (Standard Webhooks) and can ask why.
import { createHmac, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";

export const url = `http://127.0.0.1:${process.env.WAYMARK_PORT ?? 8787}`;

function secrets() {
  try {
    const lines = readFileSync(".dev.vars", "utf8").trim().split("\n");
    return Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2)));
  } catch {
    stop("there is no .dev.vars: start scripts/dev first, in another terminal");
  }
}

export function stop(message) {
  console.error(`error: ${message}`);
  process.exit(1);
}

async function request(path, options) {
  try {
    return await fetch(url + path, { redirect: "manual", ...options });
  } catch {
    stop(`nothing answers at ${url}: start scripts/dev first, in another terminal`);
  }
}

/** A shopper's browser follows a link, with the cookie that it has. */
export function visit(path, cookie) {
  const headers = { "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0" };
  if (cookie) headers.cookie = cookie;
  return request(path, { headers });
}

/** The store calls the endpoint `store`. */
export async function call(event) {
  const body = JSON.stringify(event);
  const id = `msg_${randomUUID()}`;
  const timestamp = Math.floor(Date.now() / 1000);
  const key = Buffer.from(secrets().DEMO_STORE_SECRET.replace(/^whsec_/, ""), "base64");
  const signature = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64");
  const answer = await request("/hooks/store", {
    method: "POST",
    body,
    headers: {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": String(timestamp),
      "webhook-signature": `v1,${signature}`,
    },
  });
  return { status: answer.status, body: await answer.json() };
}

/** The merchant asks the API. */
export async function ask(path) {
  const answer = await request(path, {
    headers: { authorization: `Bearer ${secrets().WAYMARK_API_TOKEN}` },
  });
  const body = await answer.json();
  if (!answer.ok) stop(`${path}: ${answer.status}: ${body.error}`);
  return body;
}
