// The story of one order, told against a running scripts/dev.
import { execFileSync } from "node:child_process";
import { ask, call, secret, url, visit } from "./store.mjs";

const colour = process.stdout.isTTY && !process.env.NO_COLOR;
const paint = (code) => (text) => (colour ? `\x1b[${code}m${text}\x1b[0m` : text);
const [bold, dim, green, cyan] = [1, 2, 32, 36].map(paint);

let step = 0;
const tell = (text) => console.log(`\n${bold(`${(step += 1)}. ${text}`)}`);
const show = (label, text) => console.log(`   ${dim(label.padEnd(9))} ${text}`);
const expect = (holds, what) => {
  if (!holds) throw new Error(`the story went wrong: ${what}`);
};

process.on("uncaughtException", (error) => {
  console.error(`error: ${error.message}`);
  process.exit(1);
});

const order = `demo-${Date.now()}`;
const now = () => new Date().toISOString();

tell("A shopper reads Ana's blog and clicks her link.");
const click = await visit("/r/ANA");
expect(click.status === 302, `a click was answered ${click.status}`);
const { cookie } = click;
expect(cookie, "no cookie was set");
show("asks", `GET ${url}/r/ANA`);
show("goes to", cyan(click.location));
show("keeps", `${cookie.slice(0, 28)}… ${dim("(signed; names no person)")}`);

tell("Later she scans the QR code in one of Ben's videos.");
const scan = await visit("/q/BEN", cookie);
expect(scan.status === 302, `a scan was answered ${scan.status}`);
const token = scan.cookie.split("=")[1];
show("asks", `GET ${url}/q/BEN`);
show("goes to", cyan(scan.location));

tell("She buys two tins of Earl Grey and a kettle, with Ana's coupon. The store calls.");
const bought = {
  type: "order",
  id: order,
  placed_at: now(),
  updated_at: now(),
  currency: "USD",
  token,
  email: "shopper@example.com",
  coupons: ["ANA10"],
  lines: [
    { id: "tea", sku: "EARL-GREY", quantity: 2, amount: "30.00" },
    { id: "kettle", sku: "KETTLE", quantity: 1, amount: "70.00" },
  ],
  shipping: "5.00",
  tax: "8.00",
};
const first = await call(bought);
expect(first.status === 200 && first.body.status === "applied", JSON.stringify(first));
show("calls", `POST ${url}/hooks/store ${dim("(signed)")}`);
show("hears", green(`${first.status} ${first.body.status}`));

tell("Stores call twice. Nothing is booked twice.");
const again = await call(bought);
expect(again.body.status === "duplicate", JSON.stringify(again));
show("hears", green(`${again.status} ${again.body.status}`));

tell("Ana asks why the order is not hers. The decision says why.");
await explain();

tell("The shopper sends one tin back. The store calls again.");
const refund = await call({
  type: "refund",
  order,
  id: "r1",
  at: now(),
  currency: "USD",
  lines: [{ line: "tea", quantity: 1, amount: "15.00" }],
});
expect(refund.body.status === "applied", JSON.stringify(refund));
show("hears", green(`${refund.status} ${refund.body.status}`));

tell("The ledger keeps both: what was owed, and what was taken back.");
await explain();

tell("The goods have come and stay. The merchant approves the order before its 30 days are over.");
const approved = waymark("orders", "approve", `store/${order}`, "--reason", "she keeps the rest");
expect(approved.includes("decided, approved"), approved);

tell("At the end of the month, what is approved becomes payouts, one for each affiliate.");
const made = waymark("payouts", "make", "--reason", "end of the month");
const payouts = [...made.matchAll(/^ *(\d+) +(\S+) +\S+ +USD +open/gm)].map(([, ...it]) => it);
expect(payouts.some(([, affiliate]) => affiliate === "ben"), made);

tell("Ben is paid, and who said so stays with it.");
for (const [number, affiliate] of payouts) {
  if (affiliate !== "ben") continue;
  const paid = waymark("payouts", "pay", number, "--reason", "bank transfer 114");
  expect(paid.includes("paid"), paid);
}
const audit = waymark("audit", "--limit", "3");
expect(audit.includes("bank transfer 114"), audit);

tell("What each affiliate is owed by now, over all orders:");
for (const { id, name, balances } of (await ask("/v1/affiliates")).items) {
  const owed = balances.map(({ amount, currency }) => `${amount} ${currency}`).join(", ");
  show(id, `${(name ?? "").padEnd(32)} ${green(owed || "nothing")}`);
}
console.log();

/** What the merchant does on the command line, and what it prints. */
function waymark(...command) {
  if (command.includes("--reason")) command.push("--by", "Mo");
  const quoted = command.map((it) => (/^[\w/.-]+$/.test(it) ? it : `'${it}'`));
  show("runs", cyan(["waymark", ...quoted].join(" ")));
  const env = {
    ...process.env,
    WAYMARK_URL: url,
    WAYMARK_API_TOKEN: secret("WAYMARK_API_TOKEN"),
  };
  const printed = execFileSync(process.env.WAYMARK, command, { env, encoding: "utf8" });
  for (const line of printed.trimEnd().split("\n")) show("", line);
  return printed;
}

async function explain() {
  const path = `/v1/orders/store/${order}`;
  const { explanation, conversions } = await ask(path);
  show("asks", `GET ${url}${path}`);
  for (const sentence of explanation) show("", sentence);
  for (const { affiliate, method, status, balance, currency, entries } of conversions) {
    if (status !== "unqualified") {
      const sum = entries.map(({ amount, reason }) => `${amount} ${reason}`).join(", ");
      show("owes", `${affiliate} ${green(`${balance} ${currency}`)} by ${method}, ${status} ${dim(`(${sum})`)}`);
    }
  }
}
