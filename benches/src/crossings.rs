//! How often a request crosses between WebAssembly and JavaScript.

use crate::load::Visit;
use serde::Serialize;
use std::fs;
use waymark_tests::Workerd;

/// Crossings of one request.
#[derive(Clone, Copy, Serialize)]
pub struct Crossings {
    /// Calls from JavaScript into WebAssembly.
    pub inwards: f64,
    /// Calls from WebAssembly out into JavaScript.
    pub outwards: f64,
}

/// Has the Worker in this workerd count its crossings from now on.
///
/// The built script instantiates its module in two places, at the start and after a panic; both
/// are led through a function that wraps whatever goes in and comes out.
pub fn count_in(workerd: &mut Workerd) {
    let path = workerd.folder().join("index.js");
    let script = fs::read_to_string(&path).expect("the built script");
    let (before, after) = ("new WebAssembly.Instance(", "__counted(");
    let counted = script.replace(before, after);
    assert_ne!(script, counted, "the script instantiates in another way");
    fs::write(&path, format!("{counted}\n{COUNT}")).expect("a script that counts");
    // The module keeps its name, and a module before it asks how far the count is.
    let inner = workerd.folder().join("counted.js");
    fs::rename(&path, inner).expect("a script that counts");
    fs::write(&path, ASK).expect("a script that asks");
    let config = workerd.folder().join("workerd.capnp");
    let text = fs::read_to_string(&config).expect("a configuration");
    let text = text.replacen(
        r#"(name = "index.js", esModule = embed "index.js"),"#,
        r#"(name = "index.js", esModule = embed "index.js"), (name = "counted.js", esModule = embed "counted.js"),"#,
        1,
    );
    fs::write(&config, text).expect("a configuration");
    workerd.restart();
}

/// The crossings of one such visit, on average of many, once everything is remembered.
pub fn of(visit: &Visit<'_>) -> Crossings {
    const WARM: u32 = 20;
    const MANY: u32 = 200;
    (0..WARM).for_each(|_| visit.once());
    let before = asked(visit.workerd);
    (0..MANY).for_each(|_| visit.once());
    let after = asked(visit.workerd);
    Crossings {
        inwards: (after.inwards - before.inwards) / f64::from(MANY),
        outwards: (after.outwards - before.outwards) / f64::from(MANY),
    }
}

fn asked(workerd: &Workerd) -> Crossings {
    let answer = workerd.get("/__crossings");
    let [inwards, outwards]: [f64; 2] = answer.json();
    Crossings { inwards, outwards }
}

/// Functions are hoisted, so that this may stand after what calls it.
const COUNT: &str = r#"
function __counted(module, imports) {
  const count = (globalThis.__crossings ??= [0, 0]);
  const wrap = (functions, which) =>
    Object.fromEntries(
      Object.entries(functions).map(([name, value]) => [
        name,
        typeof value !== "function" ? value : (...given) => (count[which]++, value(...given)),
      ]),
    );
  const outwards = Object.fromEntries(
    Object.entries(imports).map(([name, functions]) => [name, wrap(functions, 1)]),
  );
  const { exports } = new WebAssembly.Instance(module, outwards);
  return { exports: wrap(exports, 0) };
}
"#;

const ASK: &str = r#"
import waymark from "./counted.js";
export * from "./counted.js";
export default {
  fetch: (request, env, context) =>
    request.url.endsWith("/__crossings")
      ? Response.json(globalThis.__crossings)
      : waymark.fetch(request, env, context),
};
"#;
