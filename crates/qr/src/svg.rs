//! The picture as SVG, whose unit is a module.

use std::fmt::Write;

use crate::style::Style;
use crate::symbol::Symbol;

/// Draws the symbol. The margin is exactly the style's, at any size.
pub fn draw(symbol: &Symbol, style: &Style) -> Vec<u8> {
    let Style { size, fg, bg, .. } = style;
    let side = symbol.side_with_margin(style.margin);
    let margin = usize::from(style.margin);
    let mut dark = String::new();
    for (row, y) in symbol.rows().iter().zip(margin..) {
        let mut x = margin;
        for run in row.chunk_by(|left, right| left == right) {
            let width = run.len();
            if run.first() == Some(&true) {
                // Writing into a string cannot fail.
                _ = write!(dark, "M{x} {y}h{width}v1h-{width}z");
            }
            x = x.saturating_add(width);
        }
    }
    // Crisp edges: smoothed ones leave hairlines between the rows.
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{size}\" height=\"{size}\" \
         viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\">\
         <path fill=\"{bg}\" d=\"M0 0h{side}v{side}H0z\"/><path fill=\"{fg}\" d=\"{dark}\"/></svg>\n"
    )
    .into_bytes()
}
