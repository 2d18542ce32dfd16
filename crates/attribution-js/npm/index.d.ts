import type { CaseDocument, Currency, Decision, Message, PolicyDocument, Preset } from "./types.js";

export * from "./types.js";

/** What was asked for, or what is wrong with the input. Nothing here throws. */
export type Answer<T> = ({ ok: true } & T) | { ok: false, error: Fault };

/** What is wrong with the input, and where. */
export type Fault = {
  /** Such as `order.lines[2].amount`; empty for the whole. */
  path: string,
  /** Such as `more than 2 decimals for USD`. */
  message: string,
};

/** A message and its sentence in English; for another language, render `id` and `arguments`. */
export type Sentence = Message & { english: string };

/** Decides who is credited for an order, for how much, and why. */
export function resolve(caseDocument: CaseDocument): Answer<{ decision: Decision }>;

/**
 * Decides a case that is JSON text, and gives the decision as JSON text: byte for byte what Waymark
 * gives natively, in its Worker and in a browser. (As text, a `version` above 2^53 survives too.)
 */
export function resolveJson(json: string): Answer<{ json: string }>;

/** Explains a decision from the decision alone: a headline, then a sentence for each claim of its trace. */
export function explain(decision: Decision): Answer<{ explanation: { headline: Sentence, claims: Sentence[] } }>;

/**
 * Checks a policy whose amounts are in this currency, and gives it with every field written out. A
 * currency that ISO 4217 does not list is named in `currencies`, as in a case.
 */
export function validatePolicy(
  policy: Preset | PolicyDocument,
  currency: Currency,
  currencies?: CaseDocument["currencies"],
): Answer<{ policy: PolicyDocument }>;

/** Every preset with every field written out. */
export function presets(): Record<Preset, PolicyDocument>;
