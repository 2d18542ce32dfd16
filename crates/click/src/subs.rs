//! `sub1` to `sub5`: the values by which an affiliate tells its own placements apart.

use serde::{Deserialize, Serialize};
use url::form_urlencoded;

use crate::storefront::unescaped_name;

/// Characters kept of each value.
const VALUE_MAX_CHARS: usize = 128;

/// The sub values of one touch, each at most 128 characters, without control characters.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Subs {
    /// `?sub1=`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub1: Option<String>,
    /// `?sub2=`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub2: Option<String>,
    /// `?sub3=`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub3: Option<String>,
    /// `?sub4=`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub4: Option<String>,
    /// `?sub5=`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub5: Option<String>,
}

impl Subs {
    /// Reads the sub values from a request's query. Of a value given twice the first counts.
    ///
    /// `subid1`, `sub_id1`, `aff_sub1` and `s1` are other names of `sub1`, and so on; `subid`,
    /// `sub_id` and `aff_sub` without a number mean the first. Names are compared without case.
    pub fn from_query(query: &str) -> Self {
        let mut subs = Self::default();
        for (key, value) in form_urlencoded::parse(query.as_bytes()) {
            let key = unescaped_name(&key);
            let Some(slot) = number(key).and_then(|number| subs.slot(number)) else {
                continue;
            };
            let value: String = value
                .chars()
                .filter(|c| !c.is_control())
                .take(VALUE_MAX_CHARS)
                .collect();
            if slot.is_none() && !value.is_empty() {
                *slot = Some(value);
            }
        }
        subs
    }

    /// Whether no value is there.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn slot(&mut self, number: u8) -> Option<&mut Option<String>> {
        match number {
            b'1' => Some(&mut self.sub1),
            b'2' => Some(&mut self.sub2),
            b'3' => Some(&mut self.sub3),
            b'4' => Some(&mut self.sub4),
            b'5' => Some(&mut self.sub5),
            _ => None,
        }
    }
}

/// Whether a query value of this name is a sub value.
pub(crate) fn is_sub(key: &str) -> bool {
    number(unescaped_name(key)).is_some()
}

/// The digit of the sub value that `key` names.
fn number(key: &str) -> Option<u8> {
    let named = |name: &[u8], names: &[&str]| {
        names
            .iter()
            .any(|known| name.eq_ignore_ascii_case(known.as_bytes()))
    };
    match key.as_bytes() {
        [name @ .., digit @ b'1'..=b'5'] => {
            named(name, &["sub", "subid", "sub_id", "aff_sub", "s"]).then_some(*digit)
        }
        name => named(name, &["subid", "sub_id", "aff_sub"]).then_some(b'1'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_sub_value_is_found_under_its_usual_names() {
        let subs = Subs::from_query("sub1=a&SubID2=b&sub_id3=c&aff_sub4=d&s5=e");
        let expected = ["a", "b", "c", "d", "e"].map(|value| Some(value.to_owned()));
        assert_eq!(
            [subs.sub1, subs.sub2, subs.sub3, subs.sub4, subs.sub5],
            expected
        );
        assert_eq!(Subs::from_query("subid=a").sub1.as_deref(), Some("a"));
        // Escaped once too often.
        assert_eq!(
            Subs::from_query("a=b&amp;sub1=c").sub1.as_deref(),
            Some("c")
        );
    }

    #[test]
    fn the_shop_s_own_values_are_left_to_the_shop() {
        assert!(Subs::from_query("s=shoes&sub=1&sub6=a&sub0=a&subs1=a&=a&1=a").is_empty());
    }

    #[test]
    fn the_first_of_two_values_counts_and_an_empty_one_is_none() {
        assert_eq!(
            Subs::from_query("sub1=&sub1=a&sub1=b").sub1.as_deref(),
            Some("a")
        );
    }

    #[test]
    fn a_value_is_cut_to_128_characters_and_cleared_of_control_characters() {
        let query = format!("sub1=%0d%0a{}", "%C3%A4".repeat(200));
        assert_eq!(Subs::from_query(&query).sub1, Some("ä".repeat(128)));
    }
}
