//! What a person sees: messages, text made safe to print, and tables.

use std::borrow::Cow;
use std::io::{self, Write};

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, Table};

/// Says something on standard error, in the style of every message: `waymark: <what>`.
pub fn say(message: &str) {
    let lines: Vec<_> = message.lines().map(printable).collect();
    // If nobody listens, there is nobody to tell that either.
    let _ = writeln!(io::stderr(), "waymark: {}", lines.join("\n"));
}

/// The text with control characters spelled out: coupon codes and order ids are written by
/// strangers, and must neither move the cursor of whoever reads them nor break their line.
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(char::is_control) {
        return Cow::Borrowed(text);
    }
    let spelled = text.chars().map(|c| match c.is_control() {
        true => c.escape_default().to_string(),
        false => c.to_string(),
    });
    Cow::Owned(spelled.collect())
}

/// An empty table of aligned columns without lines; the columns named by place are numbers.
pub fn table<const N: usize>(header: [&str; N], numbers: &[usize]) -> Table {
    let mut table = Table::new();
    table.load_style(NOTHING).set_header(header);
    for (place, column) in table.column_iter_mut().enumerate() {
        // One blank on the left of a column would indent the whole table.
        column.set_padding((0, 2));
        if numbers.contains(&place) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strangers_text_cannot_move_the_cursor() {
        assert_eq!(printable("SAVE10 ü"), "SAVE10 ü");
        assert_eq!(printable("a\u{1b}[2J\nb"), "a\\u{1b}[2J\\nb");
    }
}
