// How a TypeScript program uses the package. It is compiled with `tsc --strict`, and never run: each line
// that is marked has to be an error, or the types let through what the rules refuse.
import {
  type CaseDocument,
  type Conversion,
  type Fault,
  type Message,
  type PolicyDocument,
  type Sentence,
  explain,
  presets,
  resolve,
  resolveJson,
  validatePolicy,
} from "waymark-attribution";

const policy: PolicyDocument = {
  preset: "refersion",
  window: "30d",
  rates: { default: { percent: "10" } },
};

const given: CaseDocument = {
  policy,
  directory: { affiliates: { ana: {}, ben: { class: "coupon" } }, coupons: { SAVE10: "ben" } },
  touches: [{ id: "t1", at: "2026-01-03T10:00:00Z", method: "link", affiliate: "ana" }],
  order: {
    id: "1001",
    placed_at: "2026-01-04T12:00:00Z",
    currency: "USD",
    coupons: ["save10"],
    lines: [{ sku: "KETTLE", quantity: 1, amount: "80.00" }],
  },
};

/** What each affiliate earns, or what is wrong with the case. */
export function earned(): Map<string, string> | Fault {
  const answer = resolve(given);
  // @ts-expect-error: there may be no decision
  answer.decision;
  if (!answer.ok) return answer.error;
  // @ts-expect-error: there is no error beside a decision
  answer.error;
  const pending = answer.decision.conversions.filter(({ status }) => status === "pending");
  return new Map(pending.map(({ affiliate, commission }: Conversion) => [affiliate, commission]));
}

/** The whole explanation, a sentence on each line. */
export function sentences(): string {
  const decided = resolve(given);
  if (!decided.ok) throw new Error(`${decided.error.path}: ${decided.error.message}`);
  const explained = explain(decided.decision);
  if (!explained.ok) throw new Error(explained.error.message);
  const { headline, claims } = explained.explanation;
  return [headline, ...claims].map(({ english }: Sentence) => english).join("\n");
}

/** A sentence in another language: the arguments are those of the message's id. */
export function german(message: Message): string | undefined {
  if (message.id === "nobody_credited") return `Bestellung ${message.arguments.order}: niemand verdient daran.`;
  // @ts-expect-error: not every other message is about an order
  return message.arguments.order;
}

export const decisionInBytes: string | undefined = ((answer) => (answer.ok ? answer.json : undefined))(
  resolveJson(JSON.stringify(given)),
);

const checked = validatePolicy("affiliatly", "EUR");
export const window = checked.ok ? checked.policy.window : presets()["last-click"].window;

// @ts-expect-error: money is text, as a number cannot hold it exactly
given.order.lines = [{ quantity: 1, amount: 80.0 }];
// @ts-expect-error: a misspelt rule
export const misspelt: PolicyDocument = { preset: "refersion", windw: "30d" };
// @ts-expect-error: no preset has this name
export const unknown: PolicyDocument = { preset: "refershun" };
// @ts-expect-error: a visit is a link or a scan
export const visit: CaseDocument["touches"] = [{ id: "t1", at: "2026-01-03T10:00:00Z", method: "coupon", affiliate: "ana" }];
// @ts-expect-error: a case has an order
resolve({ policy, directory: {} });
