// Generated from the Rust types by scripts/build-js. Change those instead.

/**
 * The name of a policy that is ready to use.
 */
export type Preset = "last-click" | "refersion" | "refersion-coupon" | "refersion-email" | "affiliatly" | "affiliatly-tag-first" | "salesking";

/**
 * How an affiliate brings customers; under `stand_down` all but `content` give way to content.
 */
export type AffiliateClass = "content" | "coupon" | "extension" | "cashback";

/**
 * One affiliate and the terms agreed with it.
 */
export type AffiliateDocument = {
  /**
   * Whether it may be credited at all.
   */
  status?: AffiliateStatus,
  /**
   * How it brings customers.
   */
  class?: AffiliateClass,
  /**
   * Its own e-mail addresses, by which a self-referral is recognised.
   */
  emails?: Array<string>,
  /**
   * How long its touches stay valid, in place of the policy's window.
   */
  window?: Duration | null,
  /**
   * Its own rates, which come before the policy's.
   */
  rates?: RatesDocument,
  /**
   * Its own SKU lists and rates, besides the policy's.
   */
  sku?: SkuDocument,
};

/**
 * Whether an affiliate may be credited.
 */
export type AffiliateStatus = "active" | "paused";

/**
 * An assignment of a customer that was made earlier.
 */
export type AssignedDocument = {
  /**
   * Whom the customer belongs to.
   */
  affiliate: string,
  /**
   * Since when.
   */
  at: Instant,
};

/**
 * Whom the customer belongs to from now on.
 */
export type Assignment = {
  /**
   * The affiliate.
   */
  affiliate: string,
  /**
   * When the order was placed.
   */
  at: Instant,
};

/**
 * Whether and for how long a customer belongs to an affiliate.
 */
export type AssignmentDocument = {
  /**
   * Whether the first order assigns the customer.
   */
  mode?: AssignmentMode | null,
  /**
   * The age at which an assignment ends; without one it lasts.
   */
  expires?: Duration | null,
};

/**
 * Whether a customer belongs to an affiliate.
 */
export type AssignmentMode = "none" | "sticky";

/**
 * A part of a whole in hundredths of a percent.
 */
export type BasisPoints = number;

/**
 * All that the rules need to know about one order.
 */
export type CaseDocument = {
  /**
   * The rules of the program.
   */
  policy: Preset | PolicyDocument,
  /**
   * Who may be credited, and which triggers belong to whom.
   */
  directory: DirectoryDocument,
  /**
   * What is known about the buyer.
   */
  customer?: CustomerDocument,
  /**
   * The buyer's visits, in the order in which they became known.
   */
  touches?: Array<TouchDocument>,
  /**
   * Currencies that ISO 4217 does not list: three capital letters, and how many decimals an amount
   * has, from 0 to 4.
   */
  currencies?: Entries<number>,
  /**
   * What was bought.
   */
  order: OrderDocument,
};

/**
 * A claim that is recorded, with a status and a commission.
 */
export type Conversion = {
  /**
   * Whose claim it is.
   */
  affiliate: string,
  /**
   * How the affiliate is tied to the order.
   */
  method: Method,
  /**
   * The touch id, code, SKU or tag; `email` or `assigned` for these methods.
   */
  evidence: string,
  /**
   * Whether something may be owed.
   */
  status: Status,
  /**
   * Whether the affiliate gets to see it.
   */
  visible: boolean,
  /**
   * Whether a person has to look at this conversion.
   */
  review: boolean,
  /**
   * Why it is unqualified.
   */
  reason?: Outcome,
  /**
   * The place in the trace of the claim that beat this one.
   */
  by?: number,
  /**
   * Its part of the credit; 10 000 is all of it.
   */
  share_bp: BasisPoints,
  /**
   * What is owed.
   */
  commission: Money,
  /**
   * How the commission comes about; the lines' commissions sum to it.
   */
  lines: Array<LineShare>,
};

/**
 * Which coupon counts when several are tied to affiliates.
 */
export type CouponChoice = "first" | "last";

/**
 * What a sentence says about a credited claim.
 */
export type Credit = {
  /**
   * Who earns.
   */
  affiliate: string,
  /**
   * Through what.
   */
  method: Method,
  /**
   * The part of the credit, 10 000 being all of it.
   */
  share_bp: BasisPoints,
  /**
   * How much, in the order's currency.
   */
  commission: Money,
};

/**
 * A currency of ISO 4217 (`"USD"`) that has a minor unit, so that amounts in it can be whole numbers;
 * or a further one, of which a case says how many digits it has.
 */
export type Currency = string;

/**
 * What is known about the buyer.
 */
export type CustomerDocument = {
  /**
   * The affiliate whom the customer belongs to.
   */
  assigned?: AssignedDocument | null,
  /**
   * People with access to the customer; they never change credit.
   */
  additional?: Array<string>,
};

/**
 * The conversions, the assignment to make, and the trace of every claim.
 */
export type Decision = {
  /**
   * Which policy decided.
   */
  policy: PolicyVersion,
  /**
   * The order's id.
   */
  order: string,
  /**
   * Whether a person has to look at it before anything is paid.
   */
  review: boolean,
  /**
   * What is recorded: credited by rank, then additive, then unqualified; each in canonical order.
   */
  conversions: Array<Conversion>,
  /**
   * The affiliate that the customer belongs to from now on, if this order changes that.
   */
  assign: Assignment | null,
  /**
   * Every claim in canonical order, and what became of it.
   */
  trace: Array<TracedClaim>,
};

/**
 * The affiliates and what is tied to them.
 */
export type DirectoryDocument = {
  /**
   * By affiliate id.
   */
  affiliates?: Entries<AffiliateDocument>,
  /**
   * Coupon code to affiliate id.
   */
  coupons?: Entries<string>,
  /**
   * E-mail address to affiliate id.
   */
  emails?: Entries<string>,
  /**
   * SKU to affiliate id and rate.
   */
  skus?: Entries<SkuTriggerDocument>,
  /**
   * Tag to affiliate id.
   */
  tags?: Entries<string>,
};

/**
 * A length of time in milliseconds, never negative; written as `"45s"`, `"90m"`, `"12h"` or `"30d"`.
 */
export type Duration = string;

/**
 * The entries of a JSON object, in the order in which they stand.
 */
export type Entries<V> = Record<string, V>;

/**
 * Why a line earns nothing whatever the rates.
 */
export type Exclusion = "sku_disabled" | "sku_not_allowed";

/**
 * Why an order went where it did.
 */
export type Explanation = {
  /**
   * Who is credited, by what, and how much.
   */
  headline: Message,
  /**
   * What became of each claim, in the order of the trace.
   */
  claims: Array<Message>,
};

/**
 * A moment in whole milliseconds, read from RFC 3339 with any offset and written as UTC.
 */
export type Instant = string;

/**
 * One line of an order.
 */
export type LineDocument = {
  /**
   * The line's name; without one it is named by its place, from `"0"`.
   */
  id?: string | null,
  /**
   * What was bought.
   */
  sku?: string | null,
  /**
   * How many, from 1 to 1 000 000.
   */
  quantity: number,
  /**
   * The whole line's total after line discounts and before tax.
   */
  amount?: string | null,
};

/**
 * What one line of the order contributes to a commission.
 */
export type LineShare = {
  /**
   * The line's name, or `shipping`, or `tax`.
   */
  line: string,
  /**
   * What remains of its amount after discount and refunds.
   */
  base: Money,
  /**
   * The rate that applies, if there is one.
   */
  rate?: Rate<Money>,
  /**
   * Why the line earns nothing, in place of a rate.
   */
  excluded?: Exclusion,
  /**
   * Its share of the conversion's commission.
   */
  commission: Money,
};

/**
 * What becomes of claims that lost.
 */
export type Losers = "unqualified" | "unrecorded";

/**
 * Something to tell a person: as JSON `{"id": …, "arguments": {…}}`.
 */
export type Message = { "id": "nobody_credited", "arguments": {
  /**
   * The order's id.
   */
  order: string,
} } | { "id": "order_credited", "arguments": {
  /**
   * The order's id.
   */
  order: string,
  /**
   * In the order of the conversions.
   */
  credits: Array<Credit>,
  /**
   * Whether a person has to look at the order first.
   */
  review: boolean,
} } | { "id": "credited", "arguments": {
  /**
   * The claim.
   */
  claim: Subject,
  /**
   * What came of it.
   */
  credit: Credit,
  /**
   * Whether a person has to look at this conversion first.
   */
  review: boolean,
} } | { "id": "ineligible", "arguments": {
  /**
   * The claim.
   */
  claim: Subject,
  /**
   * Which reason of the screening it is.
   */
  reason: Outcome,
} } | { "id": "superseded", "arguments": {
  /**
   * The claim.
   */
  claim: Subject,
  /**
   * The one that was picked.
   */
  by: Subject | null,
} } | { "id": "outranked", "arguments": {
  /**
   * The claim.
   */
  claim: Subject,
  /**
   * The one that is credited.
   */
  by: Subject | null,
} } | { "id": "duplicate", "arguments": {
  /**
   * The claim.
   */
  claim: Subject,
  /**
   * The one through which the affiliate stands.
   */
  by: Subject | null,
} } | { "id": "merged", "arguments": {
  /**
   * The claim.
   */
  claim: Subject,
  /**
   * The later touch.
   */
  by: Subject | null,
} };

/**
 * How a claim ties its affiliate to the order.
 */
export type Method = "link" | "qr" | "coupon" | "email" | "sku" | "tag" | "assigned";

/**
 * Money as a decision states it (`"8.00"`): minor units that know the digits of their currency.
 */
export type Money = string;

/**
 * What was bought, and what of it was sent back. Amounts are decimal text in the order's currency.
 */
export type OrderDocument = {
  /**
   * The store's id of the order.
   */
  id: string,
  /**
   * The moment as of which everything is judged.
   */
  placed_at: Instant,
  /**
   * The code of the currency of every amount in the case: one of ISO 4217, or of the case's own
   * `currencies`.
   */
  currency: Currency,
  /**
   * The buyer's e-mail address, or its keyed hash.
   */
  email?: string | null,
  /**
   * Coupon codes in the order in which they were used.
   */
  coupons?: Array<string>,
  /**
   * Tags of the order.
   */
  tags?: Array<string>,
  /**
   * Tags of the customer.
   */
  customer_tags?: Array<string>,
  /**
   * What was bought.
   */
  lines: Array<LineDocument>,
  /**
   * A discount on the whole order that no line's amount contains yet.
   */
  discount?: string | null,
  /**
   * The price of shipping before tax.
   */
  shipping?: string | null,
  /**
   * All taxes.
   */
  tax?: string | null,
  /**
   * What was refunded.
   */
  refunds?: Array<RefundDocument>,
  /**
   * Whether the order was cancelled, so that nothing is owed.
   */
  cancelled?: boolean,
};

/**
 * What became of a claim: the words of RULES.md, section 4.
 */
export type Outcome = "credited" | "method_disabled" | "affiliate_unknown" | "affiliate_inactive" | "after_order" | "window_expired" | "assignment_expired" | "self_referral" | "no_touch" | "stood_down" | "superseded" | "outranked" | "duplicate" | "merged";

/**
 * A percentage from 0 to 100 with at most four decimals, written as `"8.5"`.
 */
export type Percent = string;

/**
 * A policy as it is written: every field may be left to the preset or to its default.
 */
export type PolicyDocument = {
  /**
   * The preset that fills the fields which are not given.
   */
  preset?: Preset,
  /**
   * What the program calls its policy; by default the preset's name or `custom`.
   */
  name?: string | null,
  /**
   * Counts the program's changes to its policy; by default 1.
   */
  version?: number | null,
  /**
   * Tiers of methods, strongest first; required without a preset.
   */
  rank?: Array<Array<Method>> | null,
  /**
   * Methods that are paid besides the ranking.
   */
  additive?: Array<Method> | null,
  /**
   * Which touch counts, or how several share.
   */
  touch?: TouchModel | null,
  /**
   * Under `time_decay`, the age by which a touch weighs half.
   */
  half_life?: Duration | null,
  /**
   * How long a touch stays valid.
   */
  window?: Duration | null,
  /**
   * Which coupon counts when several are tied to affiliates.
   */
  coupon?: CouponChoice | null,
  /**
   * What happens when several claims of one tier remain.
   */
  tie?: TieRule | null,
  /**
   * Whether claims that lost are recorded.
   */
  losers?: Losers | null,
  /**
   * What happens when an affiliate buys through itself.
   */
  self_referral?: SelfReferral | null,
  /**
   * Whether a coupon needs a valid touch of its affiliate.
   */
  coupon_requires_touch?: boolean | null,
  /**
   * For how long coupon sites, extensions and cashback sites give way to content.
   */
  stand_down?: Duration | null,
  /**
   * Whether and for how long a customer belongs to an affiliate.
   */
  assignment?: AssignmentDocument | null,
  /**
   * Rates for every affiliate that has none of its own.
   */
  rates?: RatesDocument,
  /**
   * SKU lists and rates for every affiliate.
   */
  sku?: SkuDocument,
  /**
   * Whether shipping earns commission.
   */
  include_shipping?: boolean | null,
  /**
   * Whether tax earns commission.
   */
  include_tax?: boolean | null,
};

/**
 * A policy's name and version.
 */
export type PolicyVersion = {
  /**
   * The preset's name, or what the program calls its policy.
   */
  name: string,
  /**
   * Counts the program's changes.
   */
  version: number,
};

/**
 * A rate; its money is text in a document, an amount in a case, and prints itself in a decision.
 */
export type Rate<M> = { "percent": Percent } | { "per_order": M } | { "per_item": M };

/**
 * Rates per method, and the one for every other method.
 */
export type RatesDocument = {
  /**
   * Where the method has no rate of its own.
   */
  default?: Rate<string> | null,
  /**
   * For `Method::Link`, and for `Method::Qr` where that has none.
   */
  link?: Rate<string> | null,
  /**
   * For `Method::Qr`.
   */
  qr?: Rate<string> | null,
  /**
   * For `Method::Coupon`.
   */
  coupon?: Rate<string> | null,
  /**
   * For `Method::Email`.
   */
  email?: Rate<string> | null,
  /**
   * For `Method::Sku`.
   */
  sku?: Rate<string> | null,
  /**
   * For `Method::Tag`.
   */
  tag?: Rate<string> | null,
  /**
   * For `Method::Assigned`.
   */
  assigned?: Rate<string> | null,
};

/**
 * One refund of an order.
 */
export type RefundDocument = {
  /**
   * The store's id of the refund.
   */
  id: string,
  /**
   * What was refunded of single lines.
   */
  lines?: Array<RefundLineDocument>,
  /**
   * What was refunded of the shipping.
   */
  shipping?: string | null,
  /**
   * What was refunded of the tax.
   */
  tax?: string | null,
};

/**
 * What a refund gave back of one line.
 */
export type RefundLineDocument = {
  /**
   * The line's name.
   */
  line: string,
  /**
   * How many items came back, from 0 to 1 000 000.
   */
  quantity?: number,
  /**
   * What was refunded for them, before tax.
   */
  amount?: string | null,
};

/**
 * What happens when an affiliate buys through its own link, code or e-mail.
 */
export type SelfReferral = "allow" | "review" | "unqualified";

/**
 * What a policy or an affiliate says about single SKUs.
 */
export type SkuDocument = {
  /**
   * SKUs that earn nothing.
   */
  disabled?: Array<string>,
  /**
   * If not empty, the only SKUs that earn.
   */
  allowed?: Array<string>,
  /**
   * Rates of single SKUs, which come before every other rate; none may be `per_order`.
   */
  rates?: Entries<Rate<string>>,
};

/**
 * The affiliate of a SKU, and perhaps a rate for it.
 */
export type SkuTriggerDocument = {
  /**
   * Whoever the SKU is tied to.
   */
  affiliate: string,
  /**
   * What a claim through this SKU earns; not `per_order`.
   */
  rate?: Rate<string> | null,
};

/**
 * What a conversion may lead to.
 */
export type Status = "pending" | "unqualified";

/**
 * What a sentence says about a claim.
 */
export type Subject = {
  /**
   * Whose claim it is.
   */
  affiliate: string,
  /**
   * How the affiliate is tied to the order.
   */
  method: Method,
  /**
   * The touch id, code, SKU or tag.
   */
  evidence: string,
  /**
   * When the touch or the assignment happened, or else when the order was placed.
   */
  at: Instant,
};

/**
 * What happens when claims of several affiliates remain in the winning tier.
 */
export type TieRule = "review" | "first_listed" | "earliest" | "latest";

/**
 * One recorded visit.
 */
export type TouchDocument = {
  /**
   * The touch's own id, which the decision gives as evidence.
   */
  id: string,
  /**
   * When it happened.
   */
  at: Instant,
  /**
   * A link or a QR code.
   */
  method: TouchMethod,
  /**
   * Whose link or code it was.
   */
  affiliate: string,
};

/**
 * The methods of a touch, a subset of `Method`.
 */
export type TouchMethod = "link" | "qr";

/**
 * Which touch counts, or how several share the credit.
 */
export type TouchModel = "last" | "first" | "linear" | "position" | "time_decay";

/**
 * A claim and what became of it.
 */
export type TracedClaim = {
  /**
   * Whose claim it is.
   */
  affiliate: string,
  /**
   * How the affiliate is tied to the order.
   */
  method: Method,
  /**
   * The touch id, code, SKU or tag; `email` or `assigned` for these methods.
   */
  evidence: string,
  /**
   * When the touch or the assignment happened, or else when the order was placed.
   */
  at: Instant,
  /**
   * What became of it.
   */
  outcome: Outcome,
  /**
   * The place in the trace of the claim that beat it.
   */
  by?: number,
};
