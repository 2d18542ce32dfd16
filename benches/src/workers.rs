//! The Workers that are compared, each in a workerd of its own.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use waymark_tests::{Options, SHOPIFY_SECRET, Workerd, demo, merchant};

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

/// Waymark with the demo program, and its KV in a workerd of its own, the second: as it is deployed,
/// where KV is there already when a Worker starts.
pub fn waymark_beside_kv() -> (Workerd, Workerd) {
    let kv = with_objects(
        "kv.js",
        include_str!("../../tests/src/kv.js"),
        ("NAMESPACE", "Namespace"),
        BTreeMap::new(),
    );
    let mut workerd = Workerd::start(Options::default());
    let path = workerd.folder().join("workerd.capnp");
    let config = fs::read_to_string(&path).expect("a configuration");
    let address = kv.url("").replace("http://", "");
    let beside = config.replace(
        r#"(name = "kv", worker = .kv)"#,
        &format!(r#"(name = "kv", external = (address = "{address}", http = ()))"#),
    );
    assert_ne!(config, beside, "KV is a service in another way");
    fs::write(&path, beside).expect("a configuration");
    workerd.restart();
    merchant::apply_since_2000(&workerd, &demo::program());
    (workerd, kv)
}

/// A Worker in JavaScript that verifies an order's signature and writes one row.
pub fn bare_checkout() -> Workerd {
    with_objects(
        "checkout.js",
        include_str!("../noop/checkout.js"),
        ("ORDERS", "Orders"),
        BTreeMap::from([("SECRET".to_owned(), SHOPIFY_SECRET.to_owned())]),
    )
}

/// A workerd with one Worker that has Durable Objects, bound by this name and of this class.
fn with_objects(
    name: &str,
    script: &str,
    (binding, class): (&str, &str),
    secrets: BTreeMap<String, String>,
) -> Workerd {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join(name), script).expect("a script");
    fs::create_dir(folder.path().join("store")).expect("a store");
    let wrangler = fs::read_to_string(here("../wrangler.toml")).expect("wrangler.toml");
    let date = compatibility_date(&wrangler);
    let secret = |name| format!(r#"(name = "{name}", fromEnvironment = "{name}"),"#);
    let bound: String = secrets.keys().map(secret).collect();
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
  modules = [(name = "{name}", esModule = embed "{name}")],
  compatibilityDate = "{date}",
  bindings = [
    (name = "{binding}", durableObjectNamespace = "{class}"),
    {bound}
  ],
  durableObjectNamespaces = [(className = "{class}", uniqueKey = "{class}", enableSql = true)],
  durableObjectStorage = (localDisk = "store"),
);
"#
    );
    fs::write(folder.path().join("workerd.capnp"), config).expect("a configuration");
    Workerd::start_in(folder, secrets)
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
