// The rules speak JSON text; here it becomes the objects that index.d.ts describes.
import * as rules from "./rules.js";

export const resolve = (caseDocument) => ask("decision", rules.resolve, caseDocument);

export const resolveJson = (json) => rules.resolve(String(json));

export const explain = (decision) => ask("explanation", rules.explain, decision);

export const validatePolicy = (policy, currency, currencies = {}) =>
  ask("policy", (...json) => rules.validatePolicy(String(currency), ...json), policy, currencies);

export const presets = () => JSON.parse(rules.presets());

function ask(member, question, ...values) {
  let json;
  try {
    json = values.map((value) => JSON.stringify(value) ?? "null"); // `undefined` and functions have no JSON
  } catch (error) {
    return { ok: false, error: { path: "", message: `not JSON: ${error}` } };
  }
  const answer = question(...json);
  return answer.ok ? { ok: true, [member]: JSON.parse(answer.json) } : answer;
}
