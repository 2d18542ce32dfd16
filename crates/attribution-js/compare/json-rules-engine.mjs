// The typical decision by json-rules-engine: one rule for each tier of the policy, the strongest first.
// It decides who is credited; it does no arithmetic, so the commission is JavaScript.
const DAY = 86_400_000;

const key = (code) => code.trim().toLowerCase();
const cents = (amount) => Number(amount.replace(".", ""));

export function jsonRulesEngine({ Engine }) {
  const engine = new Engine([], { allowUndefinedFacts: true });
  engine.addFact("lastTouch", async (_, almanac) => {
    const touches = await almanac.factValue("touches");
    const placed = Date.parse((await almanac.factValue("order")).placed_at);
    return touches
      .map((touch) => ({ ...touch, at: Date.parse(touch.at) }))
      .filter(({ at }) => at <= placed && placed - at <= 30 * DAY)
      .sort((a, b) => b.at - a.at)[0];
  });
  engine.addFact("couponOwner", async (_, almanac) => {
    const { coupons } = await almanac.factValue("directory");
    const owners = new Map(Object.entries(coupons).map(([code, affiliate]) => [key(code), affiliate]));
    const { coupons: used } = await almanac.factValue("order");
    return used.map((code) => owners.get(key(code))).find(Boolean);
  });
  const tier = (fact, priority) => ({
    priority,
    conditions: { all: [{ fact, operator: "notEqual", value: undefined }] },
    event: { type: fact },
    onSuccess: () => engine.stop(),
  });
  engine.addRule(tier("lastTouch", 2));
  engine.addRule(tier("couponOwner", 1));

  return async (given) => {
    const { events, almanac } = await engine.run(given);
    const winner =
      events[0].type === "lastTouch"
        ? await almanac.factValue("lastTouch")
        : { affiliate: await almanac.factValue("couponOwner"), method: "coupon" };
    const base = given.order.lines.reduce((sum, line) => sum + cents(line.amount), 0);
    const commission = Math.floor((base * Number(given.policy.rates.default.percent) + 50) / 100);
    return { affiliate: winner.affiliate, method: winner.method, commission: (commission / 100).toFixed(2) };
  };
}
