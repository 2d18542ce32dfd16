//! Decides one case over and over inside WebAssembly, so that a benchmark times the rules alone.

use std::hint::black_box;

use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;
use waymark_attribution::{Case, resolve};

/// Reads the case once, and decides it so many times.
#[wasm_bindgen]
pub fn repeat(case: &str, times: u32) -> Result<(), JsError> {
    let case = Case::from_json(case)?;
    for _ in 0..times {
        black_box(resolve(black_box(&case)));
    }
    Ok(())
}
