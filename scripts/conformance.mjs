// One case, the same bytes in every place: the command line is what the others are compared with.
import { spawnSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { resolveJson } from "../crates/attribution-js/pkg/node.js";
import { launch } from "../tests/browser/chromium.mjs";
import { serve } from "../tests/browser/pages.mjs";

const [waymark] = process.argv.slice(2);
const { CHROME, WAYMARK_URL, WAYMARK_API_TOKEN, WAYMARK_CASES } = process.env;
const folders = ["crates/attribution/tests/cases", ...(WAYMARK_CASES ? [WAYMARK_CASES] : [])];

const written = folders.flatMap((folder) =>
  readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .sort()
    .map((file) => ({
      name: basename(file, ".json"),
      case: JSON.parse(readFileSync(join(folder, file), "utf8")).case,
    })),
);

/** What nobody may decide has to be refused in the same words. */
const spoilt = [
  ["refused-unknown-member", (given) => ({ ...given, odrer: {} })],
  ["refused-missing-member", ({ order, ...given }) => given],
  ["refused-amount", (given) => ({ ...given, order: { ...given.order, shipping: "1.2345" } })],
  ["refused-kind", (given) => ({ ...given, touches: "none" })],
].map(([name, spoil]) => ({ name, case: spoil(written[0].case) }));

const cases = [...written, ...spoilt].map(({ name, case: given }) => ({ name, json: JSON.stringify(given) }));

/** The line that stands for an answer: the decision, or why there is none. */
const line = ({ ok, json, error }) =>
  ok ? json : JSON.stringify({ error: error.path ? `${error.path}: ${error.message}` : error.message });

function natively() {
  const input = cases.map(({ json }) => `${json}\n`).join("");
  const { status, stdout, stderr } = spawnSync(waymark, ["resolve"], { input, encoding: "utf8", maxBuffer: 2 ** 30 });
  // 2: some lines are refused, as they have to be.
  if (status !== 2) throw new Error(`waymark resolve ended with ${status}: ${stderr}`);
  return stdout.trimEnd().split("\n");
}

async function byTheWorker(json) {
  const headers = { authorization: `Bearer ${WAYMARK_API_TOKEN}` };
  const answer = await fetch(new URL("/v1/resolve", WAYMARK_URL), { method: "POST", headers, body: json });
  return answer.text();
}

/** A page that has loaded the package as a browser does: modules by address, WebAssembly by fetch. */
async function browserPage() {
  const html = `<!doctype html><script type="module">
    import { resolveJson } from "./browser.js";
    globalThis.resolveJson = resolveJson;
  </script>`;
  const served = await serve({ "/": html }, fileURLToPath(new URL("../crates/attribution-js/pkg", import.meta.url)));
  const browser = await launch();
  const page = await browser.newPage();
  await page.goto(served.url);
  await page.waitForFunction(() => "resolveJson" in globalThis);
  return {
    decide: async (json) => line(await page.evaluate((json) => resolveJson(json), json)),
    close: () => Promise.all([browser.close(), served.close()]),
  };
}

const places = [["node", (json) => line(resolveJson(json))]];
if (WAYMARK_URL) places.push(["worker", byTheWorker]);
const browser = CHROME && (await browserPage());
if (browser) places.push(["browser", browser.decide]);

const expected = natively();
if (expected.length !== cases.length) throw new Error(`${cases.length} cases, ${expected.length} lines from waymark resolve`);

const width = Math.max(...cases.map(({ name }) => name.length));
let different = 0;
for (const [index, { name, json }] of cases.entries()) {
  for (const [place, decide] of places) {
    const decided = await decide(json);
    const same = decided === expected[index];
    console.log(`${name.padEnd(width)}  ${place.padEnd(7)}  ${same ? "ok" : "DIFFERENT"}`);
    if (!same) {
      different += 1;
      console.log(`  case     ${json}\n  native   ${expected[index]}\n  ${place.padEnd(7)}  ${decided}`);
    }
  }
}
await browser?.close();
console.log(`${cases.length} cases natively and in ${places.map(([place]) => place).join(", ")}: ${different || "none"} different`);
process.exitCode = different ? 1 : 0;
