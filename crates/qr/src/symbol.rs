//! The symbol: a square of dark and light modules.

use qrcodegen::{QrCode, QrCodeEcc};

use crate::error::PictureError;

/// A symbol, as rows of modules; `true` is dark.
pub struct Symbol {
    rows: Vec<Vec<bool>>,
}

impl Symbol {
    /// The smallest symbol that holds the text and bears this much damage – more, if no larger
    /// symbol is needed for that.
    pub fn encode(text: &str, ecc: QrCodeEcc) -> Result<Self, PictureError> {
        let code = QrCode::encode_text(text, ecc).map_err(|_| PictureError::TooLong)?;
        let side = 0..code.size();
        let rows = side
            .clone()
            .map(|y| side.clone().map(|x| code.get_module(x, y)).collect())
            .collect();
        Ok(Self { rows })
    }

    /// Modules a side: 21 to 177.
    pub fn side(&self) -> usize {
        self.rows.len()
    }

    /// Modules a side, with a margin of this many on both sides.
    pub fn side_with_margin(&self, margin: u8) -> usize {
        let margins = usize::from(margin).saturating_mul(2);
        self.side().saturating_add(margins)
    }

    /// The rows from the top, each from the left.
    pub fn rows(&self) -> &[Vec<bool>] {
        &self.rows
    }
}
