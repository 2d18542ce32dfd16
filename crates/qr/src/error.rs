//! Why a picture cannot be drawn, for whoever asked for it.

use crate::style::Style;

/// Why a picture cannot be drawn. Each names the value of the query, and the remedy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the message of each says what it means")]
pub enum PictureError {
    #[error("{0}: no value of a picture; it has size, margin, ecc, capitals, fg and bg")]
    Unknown(String),
    #[error("{0}: given twice; keep one")]
    Repeated(String),
    #[error(
        "size: expected {} to {} pixels, such as 512",
        Style::SMALLEST,
        Style::LARGEST
    )]
    Size,
    #[error(
        "margin: expected 0 to {} modules; scanners want 4",
        Style::WIDEST_MARGIN
    )]
    Margin,
    #[error("ecc: expected L, M, Q or H, for 7, 15, 25 or 30 % of the symbol that may be damaged")]
    Ecc,
    #[error("capitals: expected yes or no")]
    Capitals,
    #[error(
        "capitals: this address has a character that stands in no symbol of capitals, such as the _ \
         of a code; leave capitals out"
    )]
    NotInCapitals,
    #[error("{0}: expected a colour of six hex digits, such as 1b3a57")]
    Colour(String),
    #[error("fg: not darker than bg; many scanners read dark on light only")]
    LightOnDark,
    #[error("fg: too little contrast with bg; choose two colours with a ratio of 4.5 to 1 or more")]
    Contrast,
    #[error(
        "size: too few pixels for this symbol; ask for {needed} or more, or for a smaller margin"
    )]
    TooSmall {
        /// Pixels a side of the smallest picture: one for each module.
        needed: usize,
    },
    #[error("the text is longer than a QR code of this ecc holds")]
    TooLong,
}
