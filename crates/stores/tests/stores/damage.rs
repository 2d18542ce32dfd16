//! Payloads as they arrive when something went wrong on the way: cut off, or with bytes changed.

use proptest::prelude::*;
use proptest::sample::Index;

#[derive(Clone, Debug)]
pub struct Damage {
    bytes: Vec<(Index, u8)>,
    cut: Option<Index>,
}

pub fn damages() -> impl Strategy<Value = Damage> {
    (
        prop::collection::vec((any::<Index>(), any::<u8>()), 0..4),
        prop::option::of(any::<Index>()),
    )
        .prop_map(|(bytes, cut)| Damage { bytes, cut })
}

impl Damage {
    pub fn done_to(&self, body: &str) -> Vec<u8> {
        let mut body = body.as_bytes().to_vec();
        for (place, byte) in &self.bytes {
            let place = place.index(body.len());
            body[place] = *byte;
        }
        if let Some(cut) = self.cut {
            body.truncate(cut.index(body.len()));
        }
        body
    }
}
