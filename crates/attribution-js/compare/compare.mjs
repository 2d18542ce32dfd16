// One typical decision by Waymark and by what a JavaScript program would use instead, in one run.
// node compare.mjs FOLDER-WITH-THE-OTHERS FOLDER-OF-REPEAT FOLDER-OF-CRITERION
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve as absolute } from "node:path";
import { resolve, resolveJson } from "../pkg/node.js";
import { javascript } from "./javascript.mjs";
import { jsonRulesEngine } from "./json-rules-engine.mjs";
import { zenEngine } from "./zen-engine.mjs";

const [others, repeatFolder, criterion] = process.argv.slice(2).map((folder) => absolute(folder));
const other = createRequire(join(others, "package.json"));
const { repeat } = createRequire(join(repeatFolder, "repeat.js"))("./repeat.js");

const json = readFileSync(new URL("../../attribution/benches/typical.json", import.meta.url), "utf8");
const given = JSON.parse(json);

/** The part of Waymark's decision that the others make, too. */
const credited = ({ conversions: [{ affiliate, method, commission }] }) => ({ affiliate, method, commission });
const ways = {
  "plain JavaScript": { decide: javascript },
  "Waymark, text to text": { decide: () => resolveJson(json), read: ({ json }) => credited(JSON.parse(json)) },
  "Waymark, object to object": { decide: resolve, read: ({ decision }) => credited(decision) },
  "zen-engine": { decide: zenEngine(other("@gorules/zen-engine")) },
  "json-rules-engine": { decide: jsonRulesEngine(other("json-rules-engine")) },
};

const answer = javascript(given);
for (const [name, { decide, read = (decided) => decided }] of Object.entries(ways)) {
  assert.deepEqual(read(await decide(given)), answer, name);
}

/** Nanoseconds of one call, on average. */
async function time(decide, times) {
  const started = process.hrtime.bigint();
  for (let n = 0; n < times; n += 1) {
    const decided = decide(given);
    if (decided instanceof Promise) await decided;
  }
  return Number(process.hrtime.bigint() - started) / times;
}

/** The median of rounds of 30 ms, in which the ways take turns, so that a busy moment hits them alike. */
async function medians(ways) {
  const samples = new Map(Object.keys(ways).map((name) => [name, []]));
  const times = {};
  for (const [name, { decide }] of Object.entries(ways)) {
    times[name] = Math.ceil(3e7 / (await time(decide, 1_000)));
  }
  for (let round = 0; round < 25; round += 1) {
    for (const [name, { decide }] of Object.entries(ways)) samples.get(name).push(await time(decide, times[name]));
  }
  return new Map([...samples].map(([name, values]) => [name, values.sort((a, b) => a - b)[values.length >> 1]]));
}

const INSIDE = 1_000;
const measured = await medians({ ...ways, inside: { decide: () => repeat(json, INSIDE) } });
const insideWasm = measured.get("inside") / INSIDE;
measured.delete("inside");

const native = (group) =>
  JSON.parse(readFileSync(join(criterion, group, "typical/new/estimates.json"), "utf8")).median.point_estimate;
const row = (name, nanoseconds, ratio) =>
  console.log(`${name.padEnd(42)} ${(nanoseconds / 1_000).toFixed(2).padStart(8)} µs  ${ratio}`);
const times = (ratio) => `${ratio.toFixed(2).padStart(7)}`;

console.log(`The typical case (3 touches, 2 coupons, 3 lines), node ${process.version}\n`);
console.log("The rules alone, without reading and printing                times native");
row("Waymark, native", native("resolve"), times(1));
row("Waymark, WebAssembly in node", insideWasm, times(insideWasm / native("resolve")));
console.log("\nReading, deciding, printing                                  times native");
row("Waymark, native", native("read_resolve_print"), times(1));
const text = measured.get("Waymark, text to text");
row("Waymark, WebAssembly in node", text, times(text / native("read_resolve_print")));
console.log("\nFrom a program's object, in node                             times Waymark, object to object");
const own = measured.get("Waymark, object to object");
for (const [name, nanoseconds] of measured) {
  if (name !== "Waymark, text to text") row(name, nanoseconds, times(nanoseconds / own));
}
console.log(`
Waymark decides by whatever policy the case holds, checks every member, and gives a reason for every
claim and a commission for every line. The others know this one policy, check nothing, and give the
winner and the sum.`);
