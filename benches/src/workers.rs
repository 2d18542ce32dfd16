//! The Workers that are compared, each in a workerd of its own.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use waymark_tests::{Options, SHOPIFY_SECRET, Workerd, demo};

/// A Worker in JavaScript that does nothing.
pub fn noop_javascript() -> Workerd {
    alone(&[("index.js", &here("noop/noop.js"))])
}

/// A Worker in Rust that does nothing.
pub fn noop_rust() -> Workerd {
    alone(&[
        ("index.js", &here("noop/build/index.js")),
        ("index_bg.wasm", &here("noop/build/index_bg.wasm")),
    ])
}

/// Waymark with the demo program, all of it.
pub fn waymark() -> Workerd {
    demo::start(Options::default())
}

/// Waymark with journeys that forget what they are told: what the cookie alone costs.
pub fn forgetful_waymark() -> Workerd {
    let mut workerd = waymark();
    let path = workerd.folder().join("workerd.capnp");
    let config = fs::read_to_string(&path).expect("a configuration");
    let forgetful = config
        .replace(
            r#"(name = "JOURNEYS", durableObjectNamespace = "Journeys")"#,
            r#"(name = "JOURNEYS", durableObjectNamespace = (className = "Journeys", serviceName = "forgetful"))"#,
        )
        .replace(
            "services = [",
            "services = [\n    (name = \"forgetful\", worker = .forgetful),",
        );
    assert_ne!(config, forgetful, "JOURNEYS is bound in another way");
    let date = compatibility_date(&config);
    let forgetful = format!(
        r#"{forgetful}
const forgetful :Workerd.Worker = (
  modules = [(name = "forgetful.js", esModule = embed "forgetful.js")],
  compatibilityDate = "{date}",
  durableObjectNamespaces = [(className = "Journeys", uniqueKey = "forgetful")],
  durableObjectStorage = (inMemory = void),
);
"#
    );
    fs::write(&path, forgetful).expect("a configuration");
    let script = r#"
import { DurableObject } from "cloudflare:workers";
export class Journeys extends DurableObject {
  fetch() { return new Response("null"); }
}
export default { fetch: () => new Response(null, { status: 404 }) };
"#;
    fs::write(workerd.folder().join("forgetful.js"), script).expect("a script");
    workerd.restart();
    workerd
}

/// A Worker in JavaScript that verifies an order's signature and writes one row.
pub fn bare_checkout() -> Workerd {
    let folder = tempfile::tempdir().expect("a folder");
    fs::copy(here("noop/checkout.js"), folder.path().join("checkout.js")).expect("a script");
    fs::create_dir(folder.path().join("store")).expect("a store");
    let wrangler = fs::read_to_string(here("../wrangler.toml")).expect("wrangler.toml");
    let date = compatibility_date(&wrangler);
    let config = format!(
        r#"using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "store", disk = (path = "store", writable = true)),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [(name = "checkout.js", esModule = embed "checkout.js")],
  compatibilityDate = "{date}",
  bindings = [
    (name = "ORDERS", durableObjectNamespace = "Orders"),
    (name = "SECRET", fromEnvironment = "SECRET"),
  ],
  durableObjectNamespaces = [(className = "Orders", uniqueKey = "Orders", enableSql = true)],
  durableObjectStorage = (localDisk = "store"),
);
"#
    );
    fs::write(folder.path().join("workerd.capnp"), config).expect("a configuration");
    let secret = BTreeMap::from([("SECRET".to_owned(), SHOPIFY_SECRET.to_owned())]);
    Workerd::start_in(folder, secret)
}

/// A workerd with one Worker, whose modules are these files.
fn alone(files: &[(&str, &Path)]) -> Workerd {
    let folder = tempfile::tempdir().expect("a folder");
    let mut modules = String::new();
    for (name, path) in files {
        let target = folder.path().join(name);
        fs::copy(path, target).unwrap_or_else(|error| panic!("{error}: {}", path.display()));
        let kind = if name.ends_with(".wasm") {
            "wasm"
        } else {
            "esModule"
        };
        modules += &format!(r#"(name = "{name}", {kind} = embed "{name}"), "#);
    }
    let wrangler = fs::read_to_string(here("../wrangler.toml")).expect("wrangler.toml");
    let date = compatibility_date(&wrangler);
    let config = format!(
        r#"using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const worker :Workerd.Worker = (modules = [{modules}], compatibilityDate = "{date}");
"#
    );
    fs::write(folder.path().join("workerd.capnp"), config).expect("a configuration");
    Workerd::start_in(folder, BTreeMap::new())
}

/// A path from the folder of this crate.
pub fn here(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The first date in the form of `2026-11-17`, in quotation marks.
fn compatibility_date(text: &str) -> &str {
    text.split('"')
        .find(|part| part.len() == 10 && part.bytes().filter(|byte| *byte == b'-').count() == 2)
        .expect("a compatibility date")
}
