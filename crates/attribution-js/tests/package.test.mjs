// The package as npm packs it: the README's example, node's ways to load it, a browser's, and its border.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";

const crate = fileURLToPath(new URL("..", import.meta.url));
const cases = join(crate, "../attribution/tests/cases");
const readme = readFileSync(join(crate, "README.md"), "utf8");
const block = (language) => readme.match(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, "s"))[1];
const written = (name) => JSON.parse(readFileSync(join(cases, `${name}.json`), "utf8"));

/** A project that has the package installed, and nothing else. */
let project;
let waymark;
let packed;

before(async () => {
  project = mkdtempSync(join(tmpdir(), "waymark-js-"));
  const pack = ["pack", join(crate, "pkg"), "--json", "--pack-destination", project];
  const [{ filename, files }] = JSON.parse(execFileSync("npm", pack, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }));
  packed = files.map(({ path }) => path).sort();
  const installed = join(project, "node_modules/waymark-attribution");
  mkdirSync(installed, { recursive: true });
  execFileSync("tar", ["-xf", join(project, filename), "-C", installed, "--strip-components", "1"]);
  waymark = await import(pathToFileURL(join(installed, "node.js")));
});

after(() => rmSync(project, { recursive: true }));

test("the README's example prints what the README says", () => {
  writeFileSync(join(project, "example.mjs"), block("js"));
  const printed = execFileSync(process.execPath, ["example.mjs"], { cwd: project, encoding: "utf8" });
  assert.equal(printed, block("text"));
});

test("the package holds what its users need, and nothing else", () => {
  assert.deepEqual(packed, [
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "api.js",
    "browser.js",
    "index.d.ts",
    "node.js",
    "package.json",
    "rules.js",
    "rules_bg.wasm",
    "types.d.ts",
  ]);
});

test("a program that has no modules can require it", () => {
  const required = createRequire(join(project, "program.cjs"))("waymark-attribution");
  assert.deepEqual(Object.keys(required).sort(), Object.keys(waymark).sort());
});

test("the types are what strict TypeScript asks for, and refuse what the rules refuse", () => {
  const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
  copyFileSync(join(crate, "tests/usage.ts"), join(project, "usage.mts"));
  const strict = ["--strict", "--exactOptionalPropertyTypes", "--noUncheckedIndexedAccess", "--noEmit"];
  const command = [tsc, ...strict, "--module", "nodenext", "--target", "es2022", "usage.mts"];
  const { status, stdout } = spawnSync(process.execPath, command, { cwd: project, encoding: "utf8" });
  assert.equal(status, 0, stdout);
});

test("a browser, which fetches the WebAssembly, gets the same bytes as node", async () => {
  const installed = pathToFileURL(join(project, "node_modules/waymark-attribution/"));
  const fetched = [];
  const nodeFetch = globalThis.fetch;
  globalThis.fetch = async (url) => {
    fetched.push(String(url));
    return new Response(readFileSync(url), { headers: { "content-type": "application/wasm" } });
  };
  try {
    // A second project, as node has loaded the modules of the first with the WebAssembly in them.
    const served = new URL("../served/", installed);
    execFileSync("cp", ["-R", fileURLToPath(installed), fileURLToPath(served)]);
    const browser = await import(new URL("browser.js", served));
    assert.deepEqual(fetched, [new URL("rules_bg.wasm", served).href]);
    const json = JSON.stringify(written("stand-down").case);
    assert.deepEqual(browser.resolveJson(json), waymark.resolveJson(json));
  } finally {
    globalThis.fetch = nodeFetch;
  }
});

test("a decision as an object is its text, parsed", () => {
  const { case: given, decision } = written("refersion-12-link-over-coupon");
  const { json } = waymark.resolveJson(JSON.stringify(given));
  assert.deepEqual(waymark.resolve(given), { ok: true, decision: JSON.parse(json) });
  assert.deepEqual(JSON.parse(json), decision);
});

test("an explanation has a message and a sentence for each claim", () => {
  const { decision } = written("refersion-12-link-over-coupon");
  const { ok, explanation } = waymark.explain(decision);
  assert.ok(ok);
  assert.equal(explanation.claims.length, decision.trace.length);
  for (const { id, arguments: named, english } of [explanation.headline, ...explanation.claims]) {
    assert.equal(typeof id, "string");
    assert.equal(typeof named, "object");
    assert.match(english, /\.$/);
  }
});

test("a malformed case is told where and why", () => {
  const given = written("refersion-12-link-over-coupon").case;
  given.order.lines[0].amount = "9.999";
  const error = { path: "order.lines[0].amount", message: "more than 2 decimals for USD" };
  assert.deepEqual(waymark.resolve(given), { ok: false, error });
  assert.deepEqual(waymark.resolveJson(JSON.stringify(given)), { ok: false, error });
});

test("a policy is refunded with every field, or told what is wrong with it", () => {
  const { ok, policy } = waymark.validatePolicy({ preset: "salesking", window: "2d" }, "EUR");
  assert.ok(ok);
  assert.deepEqual(policy, { ...waymark.presets().salesking, window: "2d" });
  const path = (given, currency) => waymark.validatePolicy(given, currency).error.path;
  assert.equal(path("no-such-preset", "EUR"), "preset");
  assert.equal(path("salesking", "euro"), "currency");
  assert.equal(path({ touch: "last" }, "EUR"), "rank");
  assert.equal(path({ preset: "salesking", rates: { default: { per_order: "1.5" } } }, "JPY"), "rates.default.per_order");
});

test("a policy's amounts may be in a currency that ISO 4217 does not list", () => {
  const policy = { preset: "salesking", rates: { default: { per_order: "1.5" } } };
  const path = (currencies) => waymark.validatePolicy(policy, "QQQ", currencies).error.path;
  assert.ok(waymark.validatePolicy(policy, "QQQ", { QQQ: 1 }).ok);
  assert.equal(path(undefined), "currency");
  assert.equal(path({ QQQ: 0 }), "rates.default.per_order");
  assert.equal(path({ QQQ: 5 }), "currencies.QQQ");
  assert.equal(path([]), "currencies");
});

test("every preset is a policy by itself, and says so under its own name", () => {
  for (const [name, policy] of Object.entries(waymark.presets())) {
    assert.equal(policy.name, name);
    assert.deepEqual(waymark.validatePolicy(name, "USD"), { ok: true, policy });
    assert.deepEqual(waymark.validatePolicy(policy, "USD"), { ok: true, policy });
  }
});

test("whatever is asked, the answer is no exception", () => {
  const cycle = {};
  cycle.cycle = cycle;
  const odd = [undefined, null, true, 0, 1n, NaN, "", "refersion", [], {}, cycle, () => {}, Symbol("s"), new Date(NaN), "\ud800", "[".repeat(10_000)];
  for (const value of odd) {
    for (const answer of [
      waymark.resolve(value),
      waymark.resolveJson(value),
      waymark.explain(value),
      waymark.validatePolicy(value, "no currency"),
      waymark.validatePolicy("refersion", value),
    ]) {
      assert.equal(answer.ok, false);
      assert.equal(typeof answer.error.path, "string");
      assert.notEqual(answer.error.message, "");
    }
  }
});
