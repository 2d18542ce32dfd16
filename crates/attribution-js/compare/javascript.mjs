// The typical decision in plain JavaScript: one policy, written out by hand. Money is whole cents, and
// every amount is taken to have two decimals.
const DAY = 86_400_000;

const key = (code) => code.trim().toLowerCase();
const cents = (amount) => Number(amount.replace(".", ""));

export function javascript({ policy, directory, touches, order }) {
  const placed = Date.parse(order.placed_at);
  const coupons = new Map(Object.entries(directory.coupons).map(([code, affiliate]) => [key(code), affiliate]));

  let last;
  for (const touch of touches) {
    const at = Date.parse(touch.at);
    const valid = at <= placed && placed - at <= 30 * DAY && directory.affiliates[touch.affiliate];
    if (valid && (!last || at >= last.at)) last = { at, affiliate: touch.affiliate, method: touch.method };
  }
  const coupon = order.coupons.map(key).find((code) => coupons.has(code));
  const winner = last ?? (coupon && { affiliate: coupons.get(coupon), method: "coupon" });

  const base = order.lines.reduce((sum, line) => sum + cents(line.amount), 0);
  // Half a cent up; the percentage is whole here.
  const commission = Math.floor((base * Number(policy.rates.default.percent) + 50) / 100);
  return { affiliate: winner.affiliate, method: winner.method, commission: (commission / 100).toFixed(2) };
}
