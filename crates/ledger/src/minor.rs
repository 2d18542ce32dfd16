//! Amounts as integers of minor units, as everything that is stored has them.

use serde::{Deserialize, Deserializer, Serializer};
use waymark_attribution::money::Amount;

pub(crate) fn serialize<S: Serializer>(amount: &Amount, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_i64(amount.minor())
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Amount, D::Error> {
    i64::deserialize(input).map(Amount::from_minor)
}
