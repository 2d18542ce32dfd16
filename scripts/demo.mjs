// The story of one order, told against a running scripts/dev.
import { ask, call, url, visit } from "./store.mjs";

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

tell("What each affiliate is owed by now, over all orders:");
for (const { id, name, balances } of (await ask("/v1/affiliates")).items) {
  const owed = balances.map(({ amount, currency }) => `${amount} ${currency}`).join(", ");
  show(id, `${(name ?? "").padEnd(32)} ${green(owed || "nothing")}`);
}
console.log();

async function explain() {
  const path = `/v1/orders/store/${order}`;
  const { explanation, book } = await ask(path);
  show("asks", `GET ${url}${path}`);
  for (const sentence of explanation) show("", sentence);
  for (const { affiliate, method, status, balance, currency, entries } of book) {
    if (status !== "unqualified") {
      const sum = entries.map(({ amount, reason }) => `${amount} ${reason}`).join(", ");
      show("owes", `${affiliate} ${green(`${balance} ${currency}`)} by ${method}, ${status} ${dim(`(${sum})`)}`);
    }
  }
}
