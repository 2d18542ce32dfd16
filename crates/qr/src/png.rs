//! The picture as PNG (ISO/IEC 15948): one bit a pixel, with a palette of the two colours.

use std::iter::{repeat, repeat_n};

use miniz_oxide::deflate::compress_to_vec_zlib;

use crate::style::Style;
use crate::symbol::Symbol;

const SIGNATURE: [u8; 8] = *b"\x89PNG\r\n\x1a\n";
/// Bit depth 1, colours from a palette, the only compression and filter method, not interlaced.
const ONE_BIT_INDEXED: [u8; 5] = [1, 3, 0, 0, 0];
/// zlib's own default: good, and not slow.
const COMPRESSION: u8 = 6;

/// Draws the symbol. Every module is a square of as many whole pixels as fit; what is left of the
/// size widens the margin.
pub fn draw(symbol: &Symbol, style: &Style) -> Vec<u8> {
    let size = usize::from(style.size);
    let module = size
        .checked_div(symbol.side_with_margin(style.margin))
        .unwrap_or(1);
    let left = size.saturating_sub(symbol.side().saturating_mul(module)) / 2;

    let blank = vec![false; size];
    let lines = symbol.rows().iter().flat_map(|row| {
        let dark = row.iter().flat_map(|dark| repeat_n(*dark, module));
        let line: Vec<bool> = repeat_n(false, left)
            .chain(dark)
            .chain(repeat(false))
            .take(size)
            .collect();
        repeat_n(line, module)
    });
    let lines = repeat_n(blank.clone(), left)
        .chain(lines)
        .chain(repeat(blank))
        .take(size);

    let mut png = SIGNATURE.to_vec();
    let side = u32::from(style.size).to_be_bytes();
    chunk(
        &mut png,
        *b"IHDR",
        &[&side, &side, &ONE_BIT_INDEXED[..]].concat(),
    );
    chunk(&mut png, *b"PLTE", &[style.bg.0, style.fg.0].concat());
    chunk(
        &mut png,
        *b"IDAT",
        &compress_to_vec_zlib(&filtered(lines), COMPRESSION),
    );
    chunk(&mut png, *b"IEND", &[]);
    png
}

/// The lines as bytes, each after its filter: a line like the one above becomes zeros (filter 2,
/// Up), which compress to almost nothing; another stands as it is (filter 0).
fn filtered(lines: impl Iterator<Item = Vec<bool>>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut above = Vec::new();
    for line in lines {
        let width = line.len().div_ceil(8);
        if line == above {
            bytes.push(2);
            bytes.extend(repeat_n(0, width));
        } else {
            bytes.push(0);
            bytes.extend(line.chunks(8).map(packed));
            above = line;
        }
    }
    bytes
}

/// Up to eight pixels as a byte, the first in its highest bit; pixels that are missing are light.
fn packed(pixels: &[bool]) -> u8 {
    (0..8).fold(0, |byte, index| {
        byte << 1 | u8::from(pixels.get(index) == Some(&true))
    })
}

/// Adds a chunk: its length, kind, data and check sum.
fn chunk(png: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) {
    let length = u32::try_from(data.len()).unwrap_or(u32::MAX); // 512 KiB at most
    png.extend(length.to_be_bytes());
    png.extend(kind);
    png.extend(data);
    png.extend(crc(kind.iter().chain(data)).to_be_bytes());
}

/// The check sum of a chunk's kind and data: CRC-32 as in ISO/IEC 15948, annex D.
fn crc<'a>(bytes: impl Iterator<Item = &'a u8>) -> u32 {
    !bytes.fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 }
        })
    })
}
