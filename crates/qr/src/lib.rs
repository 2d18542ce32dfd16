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

/// Draws the symbol of a text.
///
/// # Errors
/// The text is longer than a symbol holds, or the style's size is smaller than the symbol with its
/// margin.
pub fn draw(text: &str, style: &Style, format: Format) -> Result<Vec<u8>, PictureError> {
    let symbol = Symbol::encode(text, style.ecc)?;
    let needed = symbol.side_with_margin(style.margin);
    if usize::from(style.size) < needed {
        return Err(PictureError::TooSmall { needed });
    }
    Ok(match format {
        Format::Svg => svg::draw(&symbol, style),
        Format::Png => png::draw(&symbol, style),
    })
}
