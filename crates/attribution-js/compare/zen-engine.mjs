// The typical decision by zen-engine: screen the claims, a table whose first matching row wins, the commission.
const expressions = (values, passThrough) => ({
  passThrough,
  expressions: Object.entries(values).map(([key, value]) => ({ id: key, key, value })),
});

const nodes = [
  ["case", "inputNode"],
  [
    "screen",
    "expressionNode",
    expressions(
      {
        placed: "date(order.placed_at)",
        touched: "filter(touches, date(#.at) <= $.placed and date(#.at) >= $.placed - duration('30d'))",
        owners: "filter(map(order.coupons, directory.coupons[upper(#)]), # != null)",
      },
      true,
    ),
  ],
  [
    "rank",
    "decisionTableNode",
    {
      passThrough: true,
      hitPolicy: "first",
      inputs: [
        { id: "touched", name: "touched", field: "len(touched)" },
        { id: "owners", name: "owners", field: "len(owners)" },
      ],
      outputs: [
        { id: "affiliate", name: "affiliate", field: "affiliate" },
        { id: "method", name: "method", field: "method" },
      ],
      rules: [
        // The touches of the case are sorted.
        { _id: "1", touched: "> 0", owners: "", affiliate: "touched[len(touched) - 1].affiliate", method: "touched[len(touched) - 1].method" },
        { _id: "2", touched: "", owners: "> 0", affiliate: "owners[0]", method: '"coupon"' },
      ],
    },
  ],
  [
    "commission",
    "expressionNode",
    expressions({
      affiliate: "affiliate",
      method: "method",
      commission: "round(sum(map(order.lines, number(#.amount))) * number(policy.rates.default.percent) / 100, 2)",
    }),
  ],
  ["decision", "outputNode"],
].map(([id, type, content]) => ({ id, type, name: id, position: { x: 0, y: 0 }, content }));

const edges = nodes.slice(1).map(({ id }, index) => ({ id: `to-${id}`, type: "edge", sourceId: nodes[index].id, targetId: id }));

export function zenEngine({ ZenEngine }) {
  const decision = new ZenEngine().createDecision(Buffer.from(JSON.stringify({ nodes, edges })));
  return async (given) => {
    const { affiliate, method, commission } = (await decision.evaluate(given)).result;
    return { affiliate, method, commission: commission.toFixed(2) };
  };
}
