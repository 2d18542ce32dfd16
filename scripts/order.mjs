// Sends an order to a running scripts/dev, signed as a store signs it.
import { call } from "./store.mjs";

const [id = `order-${Date.now()}`, coupon] = process.argv.slice(2);
const now = new Date().toISOString();
const { status, body } = await call({
  type: "order",
  id,
  placed_at: now,
  updated_at: now,
  currency: "USD",
  coupons: coupon ? [coupon] : [],
  lines: [{ id: "1", sku: "EARL-GREY", quantity: 2, amount: "30.00" }],
});
console.log(`${status} ${JSON.stringify(body)}`);
process.exit(status === 200 ? 0 : 1);
