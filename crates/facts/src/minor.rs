//! Amounts as integers of minor units: facts need no currency to be read, and no float can arise.

use serde::{Deserialize, Deserializer, Serializer};
use waymark_attribution::money::Amount;

pub(crate) fn serialize<S: Serializer>(amount: &Amount, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_i64(amount.minor())
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Amount, D::Error> {
    i64::deserialize(input).map(Amount::from_minor)
}

/// The same of amounts that may be absent.
pub(crate) mod optional {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use waymark_attribution::money::Amount;

    pub(crate) fn serialize<S: Serializer>(
        amount: &Option<Amount>,
        out: S,
    ) -> Result<S::Ok, S::Error> {
        amount.map(Amount::minor).serialize(out)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        input: D,
    ) -> Result<Option<Amount>, D::Error> {
        Ok(Option::<i64>::deserialize(input)?.map(Amount::from_minor))
    }
}
