//! How a picture looks: read from the query of its address, and held to what scanners read.

use std::ops::RangeInclusive;
use std::str::FromStr;

use qrcodegen::QrCodeEcc;

use crate::colour::{Colour, contrast_suffices};
use crate::error::PictureError;

/// The kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A picture of lines, sharp at any size.
    Svg,
    /// A picture of pixels.
    Png,
}

impl Format {
    /// The name of a picture's file, parted: `ana.svg` is `ana` and SVG, in any case.
    pub fn of_file(name: &str) -> Option<(&str, Self)> {
        let (stem, extension) = name.rsplit_once('.')?;
        let format = match extension {
            _ if extension.eq_ignore_ascii_case("svg") => Self::Svg,
            _ if extension.eq_ignore_ascii_case("png") => Self::Png,
            _ => return None,
        };
        Some((stem, format))
    }

    /// The value of `Content-Type`.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Svg => "image/svg+xml",
            Self::Png => "image/png",
        }
    }
}

/// How a picture looks: of a size that can be drawn, in colours that can be scanned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Style {
    /// Pixels a side, margin included.
    pub(crate) size: u16,
    /// The light margin around the symbol, in modules: the quiet zone.
    pub(crate) margin: u8,
    /// How much of the symbol may be damaged, at least.
    pub(crate) ecc: QrCodeEcc,
    /// Whether the address is written in capitals, which take up a third less of the symbol.
    pub(crate) capitals: bool,
    /// The colour of the dark modules.
    pub(crate) fg: Colour,
    /// The colour of the light modules and of the margin.
    pub(crate) bg: Colour,
}

impl Style {
    /// The smallest side, in pixels: one for each module of the smallest symbol.
    pub const SMALLEST: u16 = 21;
    /// The largest side, in pixels: 17 cm in print at 300 dpi. For more there is SVG.
    pub const LARGEST: u16 = 2_048;
    /// The widest margin, in modules.
    pub const WIDEST_MARGIN: u8 = 16;

    fn set(&mut self, name: &str, value: &str) -> Result<(), PictureError> {
        let colour =
            || Colour::from_hex(value).ok_or_else(|| PictureError::Colour(name.to_owned()));
        match name {
            "size" => {
                self.size =
                    within(value, Self::SMALLEST..=Self::LARGEST).ok_or(PictureError::Size)?;
            }
            "margin" => {
                self.margin = within(value, 0..=Self::WIDEST_MARGIN).ok_or(PictureError::Margin)?;
            }
            "capitals" => {
                self.capitals = match value {
                    "yes" => true,
                    "no" => false,
                    _ => return Err(PictureError::Capitals),
                };
            }
            "ecc" => self.ecc = ecc(value).ok_or(PictureError::Ecc)?,
            "fg" => self.fg = colour()?,
            "bg" => self.bg = colour()?,
            _ => return Err(PictureError::Unknown(name.to_owned())),
        }
        Ok(())
    }

    fn check_colours(self) -> Result<Self, PictureError> {
        let (dark, light) = (self.fg.luminance(), self.bg.luminance());
        if dark >= light {
            return Err(PictureError::LightOnDark);
        }
        if !contrast_suffices(light, dark) {
            return Err(PictureError::Contrast);
        }
        Ok(self)
    }
}

/// Black on white, 512 pixels, the margin that ISO/IEC 18004 asks for, and 15 % may be damaged.
impl Default for Style {
    fn default() -> Self {
        Self {
            size: 512,
            margin: 4,
            ecc: QrCodeEcc::Medium,
            capitals: false,
            fg: Colour([0; 3]),
            bg: Colour([255; 3]),
        }
    }
}

/// Reads a query such as `size=256&ecc=Q&fg=1b3a57`. What it does not name is as by default;
/// what nobody knows is refused, so that a misspelt value is not printed a thousand times.
impl FromStr for Style {
    type Err = PictureError;

    fn from_str(query: &str) -> Result<Self, PictureError> {
        let mut style = Self::default();
        let mut seen = Vec::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            style.set(&name, &value)?;
            if seen.contains(&name) {
                return Err(PictureError::Repeated(name.into_owned()));
            }
            seen.push(name);
        }
        style.check_colours()
    }
}

fn within<T: FromStr + PartialOrd>(text: &str, range: RangeInclusive<T>) -> Option<T> {
    text.parse().ok().filter(|number| range.contains(number))
}

fn ecc(text: &str) -> Option<QrCodeEcc> {
    match text {
        "L" | "l" => Some(QrCodeEcc::Low),
        "M" | "m" => Some(QrCodeEcc::Medium),
        "Q" | "q" => Some(QrCodeEcc::Quartile),
        "H" | "h" => Some(QrCodeEcc::High),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(query: &str) -> String {
        query.parse::<Style>().unwrap_err().to_string()
    }

    #[test]
    fn without_a_query_the_picture_is_as_the_standard_asks() {
        assert_eq!("".parse(), Ok(Style::default()));
        assert_eq!(
            "size=512&margin=4&ecc=M&fg=000000&bg=%23ffffff".parse(),
            Ok(Style::default())
        );
    }

    #[test]
    fn a_value_that_is_out_of_range_or_misspelt_is_named() {
        for (query, field) in [
            ("size=20", "size: "),
            ("size=2049", "size: "),
            ("size=1e3", "size: "),
            ("size=-1", "size: "),
            ("size=", "size: "),
            ("size=99999999999999999999", "size: "),
            ("margin=17", "margin: "),
            ("margin=-1", "margin: "),
            ("ecc=X", "ecc: "),
            ("ecc=", "ecc: "),
            ("capitals=1", "capitals: "),
            ("fg=black", "fg: "),
            ("bg=fff", "bg: "),
            ("colour=000000", "colour: "),
            ("size=256&size=256", "size: given twice"),
            ("x", "x: "),
        ] {
            let error = refused(query);
            assert!(error.starts_with(field), "{query}: {error}");
        }
    }

    #[test]
    fn a_picture_is_dark_on_light_and_the_two_are_told_apart() {
        assert_eq!(
            "fg=767676".parse::<Style>().map(|style| style.fg),
            Ok(Colour([0x76; 3]))
        );
        assert_eq!(refused("fg=777777"), PictureError::Contrast.to_string());
        assert_eq!(
            refused("fg=ffffff&bg=000000"),
            PictureError::LightOnDark.to_string()
        );
        assert_eq!(refused("fg=ffffff"), PictureError::LightOnDark.to_string());
    }

    #[test]
    fn a_picture_s_file_ends_with_its_format() {
        assert_eq!(Format::of_file("ana.svg"), Some(("ana", Format::Svg)));
        assert_eq!(Format::of_file("ANA.SVG"), Some(("ANA", Format::Svg)));
        assert_eq!(Format::of_file("a.b.png"), Some(("a.b", Format::Png)));
        for name in ["ana", "ana.gif", "svg", "ana.", ""] {
            assert_eq!(Format::of_file(name), None, "{name}");
        }
    }
}
