//! Colours, and whether a camera tells one from the other.

use std::fmt;

/// A colour in sRGB: red, green, blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour(pub [u8; 3]);

impl Colour {
    /// Reads `1b3a57`, in either case, with or without a `#`.
    pub fn from_hex(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#').unwrap_or(text);
        // The length in bytes: the parser below takes ASCII only, but also a sign.
        if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let [_, red, green, blue] = u32::from_str_radix(digits, 16).ok()?.to_be_bytes();
        Some(Self([red, green, blue]))
    }

    /// The relative luminance of WCAG 2, from 0 for black to [`WHITE`].
    pub fn luminance(self) -> u64 {
        let weights = [2_126, 7_152, 722];
        self.0
            .into_iter()
            .zip(weights)
            .filter_map(|(channel, weight)| {
                let linear = LINEAR.get(usize::from(channel))?;
                u64::from(*linear).checked_mul(weight)
            })
            .fold(0, u64::saturating_add)
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

/// The luminance of white.
pub const WHITE: u64 = 10_000 * 65_535;

/// Whether the contrast ratio of WCAG 2 is 4.5 or more, as it is asked for text: what people read
/// in any light, cameras do. (ISO/IEC 15415 grades the contrast of a print, which no file knows.)
pub fn contrast_suffices(lighter: u64, darker: u64) -> bool {
    // (lighter + 0.05) / (darker + 0.05) >= 9 / 2
    const FLARE: u64 = WHITE / 20;
    let side = |luminance: u64, factor: u64| luminance.saturating_add(FLARE).saturating_mul(factor);
    side(lighter, 2) >= side(darker, 9)
}

/// The light of a channel's value in sRGB (IEC 61966-2-1), of 65 535.
const LINEAR: [u16; 256] = [
    0, 20, 40, 60, 80, 99, 119, 139, 159, 179, 199, 219, //
    241, 264, 288, 313, 340, 367, 396, 427, 458, 491, 526, 562, //
    599, 637, 677, 718, 761, 805, 851, 898, 947, 997, 1048, 1101, //
    1156, 1212, 1270, 1330, 1391, 1453, 1517, 1583, 1651, 1720, 1790, 1863, //
    1937, 2013, 2090, 2170, 2250, 2333, 2418, 2504, 2592, 2681, 2773, 2866, //
    2961, 3058, 3157, 3258, 3360, 3464, 3570, 3678, 3788, 3900, 4014, 4129, //
    4247, 4366, 4488, 4611, 4736, 4864, 4993, 5124, 5257, 5392, 5530, 5669, //
    5810, 5953, 6099, 6246, 6395, 6547, 6700, 6856, 7014, 7174, 7335, 7500, //
    7666, 7834, 8004, 8177, 8352, 8528, 8708, 8889, 9072, 9258, 9445, 9635, //
    9828, 10022, 10219, 10417, 10619, 10822, 11028, 11235, 11446, 11658, 11873, 12090, //
    12309, 12530, 12754, 12980, 13209, 13440, 13673, 13909, 14146, 14387, 14629, 14874, //
    15122, 15371, 15623, 15878, 16135, 16394, 16656, 16920, 17187, 17456, 17727, 18001, //
    18277, 18556, 18837, 19121, 19407, 19696, 19987, 20281, 20577, 20876, 21177, 21481, //
    21787, 22096, 22407, 22721, 23038, 23357, 23678, 24002, 24329, 24658, 24990, 25325, //
    25662, 26001, 26344, 26688, 27036, 27386, 27739, 28094, 28452, 28813, 29176, 29542, //
    29911, 30282, 30656, 31033, 31412, 31794, 32179, 32567, 32957, 33350, 33745, 34143, //
    34544, 34948, 35355, 35764, 36176, 36591, 37008, 37429, 37852, 38278, 38706, 39138, //
    39572, 40009, 40449, 40891, 41337, 41785, 42236, 42690, 43147, 43606, 44069, 44534, //
    45002, 45473, 45947, 46423, 46903, 47385, 47871, 48359, 48850, 49344, 49841, 50341, //
    50844, 51349, 51858, 52369, 52884, 53401, 53921, 54445, 54971, 55500, 56032, 56567, //
    57105, 57646, 58190, 58737, 59287, 59840, 60396, 60955, 61517, 62082, 62650, 63221, //
    63795, 64372, 64952, 65535, //
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_is_read_and_written_in_hex() {
        for text in ["1b3a57", "#1B3A57"] {
            let colour = Colour::from_hex(text).unwrap();
            assert_eq!(colour, Colour([0x1b, 0x3a, 0x57]));
            assert_eq!(colour.to_string(), "#1b3a57");
        }
        for text in ["", "#", "fff", "1b3a5", "1b3a577", "+b3a57", "red", "éééa"] {
            assert_eq!(Colour::from_hex(text), None, "{text}");
        }
    }

    #[test]
    fn light_is_what_the_standard_s_formula_says() {
        for (value, linear) in LINEAR.into_iter().enumerate() {
            let srgb = value as f64 / 255.0;
            let expected = if srgb <= 0.04045 {
                srgb / 12.92
            } else {
                ((srgb + 0.055) / 1.055).powf(2.4)
            };
            assert!(
                (f64::from(linear) - expected * 65_535.0).abs() <= 0.5,
                "{value}"
            );
        }
        assert_eq!(Colour([255; 3]).luminance(), WHITE);
    }

    #[test]
    fn contrast_is_wcag_s() {
        // Known from WCAG's own examples: of the greys on white, #767676 is the last that passes.
        let suffices = |grey| contrast_suffices(WHITE, Colour([grey; 3]).luminance());
        assert!(suffices(0x76));
        assert!(!suffices(0x77));
    }
}
