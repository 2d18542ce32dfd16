//! Whatever is drawn is read again, by a decoder that shares no code with the encoder.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends where a picture has not its shape"
)]

use proptest::prelude::*;
use rqrr::{MetaData, PreparedImage};
use waymark_qr::{Format, PictureError, Style, draw};

/// A picture's pixels as grey: 0 is black.
struct Picture {
    side: usize,
    grey: Vec<u8>,
}

impl Picture {
    /// What a camera reads, and the symbol's own data.
    fn scan(&self) -> Option<(String, MetaData)> {
        let grey = |x: usize, y: usize| self.grey[y * self.side + x];
        let mut image = PreparedImage::prepare_from_greyscale(self.side, self.side, grey);
        let grids = image.detect_grids();
        let (data, text) = grids.first()?.decode().ok()?;
        Some((text, data))
    }

    fn from_png(file: &[u8]) -> Self {
        let mut decoder = png::Decoder::new(std::io::Cursor::new(file));
        decoder.set_transformations(png::Transformations::EXPAND);
        let mut reader = decoder.read_info().unwrap();
        let mut rgb = vec![0; reader.output_buffer_size().unwrap()];
        let frame = reader.next_frame(&mut rgb).unwrap();
        assert_eq!(frame.width, frame.height);
        assert_eq!(frame.color_type, png::ColorType::Rgb);
        let grey = rgb
            .chunks(3)
            .map(|rgb| grey([rgb[0], rgb[1], rgb[2]]))
            .collect();
        Self {
            side: frame.width as usize,
            grey,
        }
    }

    /// Draws the two paths of an SVG, a module on `scale` pixels a side.
    fn from_svg(file: &str, scale: usize) -> Self {
        let attribute = |from: &str, name: &str| {
            let (_, rest) = from.split_once(&format!(" {name}=\"")).unwrap();
            rest.split_once('"').unwrap().0.to_owned()
        };
        let modules: usize = attribute(file, "viewBox")
            .rsplit_once(' ')
            .unwrap()
            .1
            .parse()
            .unwrap();
        let side = modules * scale;
        let mut grey_pixels = vec![0; side * side];
        for path in file.split("<path").skip(1) {
            let fill = u32::from_str_radix(&attribute(path, "fill")[1..], 16).unwrap();
            let [_, red, green, blue] = fill.to_be_bytes();
            for rectangle in attribute(path, "d").split('M').skip(1) {
                // `x y h width v height …`, and back to the start.
                let numbers: Vec<usize> = rectangle
                    .split(|character: char| !character.is_ascii_digit())
                    .filter_map(|number| number.parse().ok())
                    .collect();
                let [x, y, width, height] = numbers[..4] else {
                    panic!("{rectangle}")
                };
                for row in y * scale..(y + height) * scale {
                    let start = row * side + x * scale;
                    grey_pixels[start..start + width * scale].fill(grey([red, green, blue]));
                }
            }
        }
        Self {
            side,
            grey: grey_pixels,
        }
    }
}

/// How light a camera without colour sees it.
fn grey([red, green, blue]: [u8; 3]) -> u8 {
    ((299 * u32::from(red) + 587 * u32::from(green) + 114 * u32::from(blue)) / 1000) as u8
}

fn png(text: &str, query: &str) -> Picture {
    Picture::from_png(&draw(text, &query.parse().unwrap(), Format::Png).unwrap())
}

fn address() -> impl Strategy<Value = String> {
    ("[a-z]{1,20}\\.[a-z]{2,10}", "[a-z0-9][a-z0-9_-]{0,63}")
        .prop_map(|(host, code)| format!("https://{host}/q/{code}"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn a_png_is_as_large_as_asked_and_holds_the_address(
        address in address(),
        size in 150..=700_u16,
        margin in 2..=8_u8,
        ecc in prop::sample::select(vec!["L", "M", "Q", "H"]),
    ) {
        let picture = png(&address, &format!("size={size}&margin={margin}&ecc={ecc}"));
        prop_assert_eq!(picture.side, usize::from(size));
        let (text, data) = picture.scan().expect("a symbol");
        prop_assert_eq!(text, address);
        // As the symbol itself says it: 1 L, 0 M, 3 Q, 2 H. Never less than was asked.
        let level = [1, 0, 3, 2].iter().position(|level| *level == data.ecc_level);
        prop_assert!(level >= ["L", "M", "Q", "H"].iter().position(|name| *name == ecc));
    }

    #[test]
    fn an_svg_holds_the_address_and_the_very_modules_of_the_png(
        address in address(),
        margin in 2..=8_u8,
        ecc in prop::sample::select(vec!["L", "M", "Q", "H"]),
    ) {
        let query = format!("size=300&margin={margin}&ecc={ecc}");
        let svg = draw(&address, &query.parse().unwrap(), Format::Svg).unwrap();
        let svg = Picture::from_svg(&String::from_utf8(svg).unwrap(), 3);
        prop_assert_eq!(svg.scan().expect("a symbol").0, address.clone());
        let exact = png(&address, &format!("size={}&margin={margin}&ecc={ecc}", svg.side));
        prop_assert!(svg.grey == exact.grey);
    }

    #[test]
    fn the_two_colours_that_are_taken_can_be_told_apart(fg in "[0-9a-f]{6}", bg in "[0-9a-f]{6}") {
        let query = format!("size=300&fg={fg}&bg={bg}");
        if query.parse::<Style>().is_ok() {
            let address = "https://shop.example/q/ana";
            prop_assert_eq!(png(address, &query).scan().expect("a symbol").0, address);
        }
    }
}

#[test]
fn the_smallest_and_the_largest_picture_are_read() {
    let address = "https://shop.example/q/ana";
    let too_small: Style = "size=21".parse().unwrap();
    let Err(PictureError::TooSmall { needed }) = draw(address, &too_small, Format::Png) else {
        panic!("drawn on 21 pixels");
    };
    for size in [needed, usize::from(Style::LARGEST)] {
        let picture = png(address, &format!("size={size}"));
        assert_eq!(picture.side, size);
        assert_eq!(picture.scan().expect("a symbol").0, address, "{size}");
    }
}

#[test]
fn a_large_picture_is_a_small_file() {
    let style: Style = "size=2048".parse().unwrap();
    let png = draw("https://shop.example/q/ana", &style, Format::Png).unwrap();
    assert!(png.len() < 10_000, "{}", png.len());
}

#[test]
fn a_text_that_no_symbol_holds_is_refused() {
    let style = Style::default();
    assert_eq!(
        draw(&"x".repeat(3_000), &style, Format::Svg),
        Err(PictureError::TooLong)
    );
}

#[test]
fn the_margin_is_light_and_as_wide_as_asked() {
    // 25 modules and twice 4 on 330 pixels: 10 pixels a module, 40 of margin.
    let picture = png("https://shop.example/q/ana", "size=330&ecc=L");
    let dark = |index: &usize| picture.grey[*index] == 0;
    let first = (0..picture.grey.len()).find(dark).unwrap();
    assert_eq!((first % 330, first / 330), (40, 40));
    let last = (0..picture.grey.len()).rev().find(dark).unwrap();
    assert!(last / 330 < 290, "{}", last / 330);
}
