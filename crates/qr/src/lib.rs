//! QR pictures: an address as a symbol (ISO/IEC 18004) that a camera reads, in SVG or PNG.
//!
//! A [`Style`] is read from the query of the picture's own address, with an error in words for
//! whatever would not scan; [`draw`] makes the file. The same text and style give the same bytes.
//!
//! ```
//! use waymark_qr::{Format, Style, draw};
//!
//! let style: Style = "size=256&ecc=Q&fg=1b3a57".parse()?;
//! let svg = draw("https://shop.example/q/ana", &style, Format::Svg)?;
//! assert!(svg.starts_with(b"<svg "));
//! # Ok::<(), waymark_qr::PictureError>(())
//! ```
//!
//! The work is bounded, whoever asks: at most [`Style::LARGEST`] pixels a side, at most 177 modules.

#![forbid(unsafe_code)]

mod colour;
mod error;
mod png;
mod style;
mod svg;
mod symbol;

pub use error::PictureError;
pub use style::{Format, Style};

use symbol::Symbol;

/// Draws the symbol of an address.
///
/// # Errors
/// The address is longer than a symbol holds, or cannot stand in capitals though the style wants them,
/// or the style's size is smaller than the symbol with its margin.
pub fn draw(text: &str, style: &Style, format: Format) -> Result<Vec<u8>, PictureError> {
    let symbol = match style.capitals {
        true => Symbol::encode(&in_capitals(text)?, style.ecc)?,
        false => Symbol::encode(text, style.ecc)?,
    };
    let needed = symbol.side_with_margin(style.margin);
    if usize::from(style.size) < needed {
        return Err(PictureError::TooSmall { needed });
    }
    Ok(match format {
        Format::Svg => svg::draw(&symbol, style),
        Format::Png => png::draw(&symbol, style),
    })
}

/// An address in capitals, of those characters alone that a symbol holds in five and a half bits each
/// (ISO/IEC 18004, alphanumeric mode). Schemes, hosts, and the paths of links are the same in capitals.
fn in_capitals(text: &str) -> Result<String, PictureError> {
    let capitals = text.to_ascii_uppercase();
    let holds = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || " $%*+-./:".contains(c);
    match capitals.chars().all(holds) {
        true => Ok(capitals),
        false => Err(PictureError::NotInCapitals),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(address: &str, style: &str) -> Result<usize, PictureError> {
        let style: Style = style.parse()?;
        let text = match style.capitals {
            true => in_capitals(address)?,
            false => address.to_owned(),
        };
        Ok(Symbol::encode(&text, style.ecc)?.side())
    }

    #[test]
    fn an_address_in_capitals_makes_a_smaller_symbol() {
        let address = "https://shop.example/q/summer-sale";
        assert_eq!(side(address, "ecc=L"), Ok(29));
        assert_eq!(side(address, "ecc=L&capitals=yes"), Ok(25));
        assert_eq!(
            in_capitals(address).as_deref(),
            Ok("HTTPS://SHOP.EXAMPLE/Q/SUMMER-SALE")
        );
    }

    #[test]
    fn what_stands_in_no_symbol_of_capitals_is_refused() {
        for address in [
            "https://shop.example/q/a_b",
            "https://caf\u{e9}.example/q/a",
        ] {
            let style: Style = "capitals=yes".parse().unwrap();
            let drawn = draw(address, &style, Format::Svg);
            assert_eq!(drawn, Err(PictureError::NotInCapitals), "{address}");
        }
    }
}
