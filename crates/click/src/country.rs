//! The country that a request comes from.

use std::fmt;
use std::str::FromStr;

/// A country as Cloudflare names it in `CF-IPCountry`: by ISO 3166-1 alpha-2, with `XX` where it is
/// not known and `T1` for the Tor network. Written in upper case.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country([u8; 2]);

/// The text is not a country.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a country of two letters, such as DE (ISO 3166-1)")]
pub struct CountryError;

impl FromStr for Country {
    type Err = CountryError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.as_bytes() {
            [first, second] if first.is_ascii_alphabetic() && second.is_ascii_alphanumeric() => Ok(
                Self([*first, *second].map(|byte| byte.to_ascii_uppercase())),
            ),
            _ => Err(CountryError),
        }
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, second] = self.0.map(char::from);
        write!(f, "{first}{second}")
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Country({self})")
    }
}

impl serde::Serialize for Country {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Country {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_country_has_two_letters_in_any_case() {
        for (text, country) in [("DE", "DE"), ("de", "DE"), ("XX", "XX"), ("T1", "T1")] {
            assert_eq!(text.parse::<Country>().unwrap().to_string(), country);
        }
        for text in ["", "D", "DEU", "1T", "D-", "Ä", "D\0"] {
            assert_eq!(text.parse::<Country>(), Err(CountryError), "{text}");
        }
    }

    #[test]
    fn json_reads_back_as_the_same_country() {
        let country: Country = "at".parse().unwrap();
        let json = serde_json::to_string(&country).unwrap();
        assert_eq!(json, "\"AT\"");
        assert_eq!(serde_json::from_str::<Country>(&json).unwrap(), country);
    }
}
