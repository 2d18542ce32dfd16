//! The configuration that workerd is started with, made from the project's own `wrangler.toml`.

use crate::internet::Internet;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// The bearer token of `/v1`, unless a test sets another `WAYMARK_API_TOKEN`.
pub const API_TOKEN: &str = "token-for-tests";

/// The Standard Webhooks secret of the demo store, unless a test sets another `DEMO_STORE_SECRET`.
pub const STORE_SECRET: &str = "whsec_c3RvcmUtc2VjcmV0LW9mLTMyLWJ5dGVzLWZvci10ZXN0cw==";

/// The secret of the demo's Shopify store, unless a test sets another `DEMO_SHOPIFY_SECRET`.
pub const SHOPIFY_SECRET: &str = "shopify-secret-for-tests";

/// The keys that sign visitors' tokens, unless a test sets another `WAYMARK_TOKEN_KEYS`.
pub const TOKEN_KEYS: &str = "1:dG9rZW4ta2V5LW9mLTMyLWJ5dGVzLWZvci10ZXN0cyE";

/// How one workerd is set up.
#[derive(Clone, Debug)]
pub struct Options {
    /// Secrets by name, as `wrangler secret put` would set them.
    pub secrets: BTreeMap<String, String>,
    /// How the namespace `LINKS` behaves.
    pub kv: Kv,
    /// The port of the [shop](crate::shop::Shop), or the [internet](crate::internet::Internet), that
    /// the Worker's own requests go to, whatever host they name. Without one they go nowhere:
    /// workerd lets no Worker reach this machine.
    pub shop: Option<u16>,
    /// Whether a click may ask for a fault of the runtime, by its header `x-fault`: `lost`,
    /// `unheard`, `overloaded` or `cancelled`, and any request for one of storage or of a call to
    /// others, by `x-plan`: `faults.js` explains them.
    pub faults: bool,
    /// Whether a test may set the Worker's [clock](crate::clock); not together with `faults`.
    pub clock: bool,
}

/// How the namespace `LINKS` behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kv {
    /// It keeps what is put, also over a restart.
    Working,
    /// Every read and write fails, as in an outage.
    Down,
}

impl Default for Options {
    fn default() -> Self {
        let secrets = [
            ("WAYMARK_API_TOKEN", API_TOKEN),
            ("WAYMARK_TOKEN_KEYS", TOKEN_KEYS),
            (
                "WAYMARK_EMAIL_KEY",
                "ZW1haWwta2V5LW9mLTMyLWJ5dGVzLWZvci10ZXN0cyE",
            ),
            ("DEMO_SHOPIFY_SECRET", SHOPIFY_SECRET),
            ("DEMO_STORE_SECRET", STORE_SECRET),
        ];
        Self {
            secrets: secrets
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
            kv: Kv::Working,
            shop: None,
            faults: false,
            clock: false,
        }
    }
}

impl Options {
    /// With another secret, or another value of one.
    #[must_use]
    pub fn with_secret(mut self, name: &str, value: &str) -> Self {
        self.secrets.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Where the Worker's own requests go to that internet.
    #[must_use]
    pub fn on(mut self, internet: &Internet) -> Self {
        self.shop = Some(internet.port());
        self
    }

    /// Where faults can be asked for.
    #[must_use]
    pub fn with_faults(mut self) -> Self {
        self.faults = true;
        self
    }
}

/// What the tests need of `wrangler.toml`: they run what is deployed, not a copy of its settings.
#[derive(Deserialize)]
struct Wrangler {
    compatibility_date: String,
    #[serde(default)]
    compatibility_flags: Vec<String>,
    #[serde(default)]
    vars: BTreeMap<String, String>,
    kv_namespaces: Vec<KvNamespace>,
    durable_objects: DurableObjects,
}

#[derive(Deserialize)]
struct KvNamespace {
    binding: String,
}

#[derive(Deserialize)]
struct DurableObjects {
    bindings: Vec<DurableObject>,
}

#[derive(Deserialize)]
struct DurableObject {
    name: String,
    class_name: String,
}

/// The project's root folder.
pub(crate) fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Writes workerd's configuration, the built Worker and an empty store into `folder`.
/// Copies, so that a build going on meanwhile does not change what a restart runs.
pub(crate) fn write(folder: &Path, options: &Options) {
    for file in ["index.js", "index_bg.wasm"] {
        let built = project().join("build").join(file);
        std::fs::copy(&built, folder.join(file))
            .unwrap_or_else(|error| panic!("{error}: {}. Run scripts/build", built.display()));
    }
    std::fs::create_dir(folder.join("store")).expect("a new store");
    for (name, text) in [
        ("kv.js", include_str!("kv.js")),
        ("faults.js", include_str!("faults.js")),
        ("clock.js", include_str!("clock.js")),
    ] {
        std::fs::write(folder.join(name), text).expect("a script");
    }

    std::fs::write(folder.join("workerd.capnp"), capnp(&wrangler(), options))
        .expect("workerd's configuration");
}

/// The values of the variables and secrets, which the configuration only names.
pub(crate) fn environment(options: &Options) -> BTreeMap<String, String> {
    let mut environment = wrangler().vars;
    environment.extend(options.secrets.clone());
    environment
}

fn wrangler() -> Wrangler {
    let text = std::fs::read_to_string(project().join("wrangler.toml")).expect("wrangler.toml");
    toml::from_str(&text).expect("the keys that Waymark needs")
}

fn capnp(wrangler: &Wrangler, options: &Options) -> String {
    let mut bindings = String::new();
    for KvNamespace { binding } in &wrangler.kv_namespaces {
        _ = writeln!(bindings, r#"(name = "{binding}", kvNamespace = "kv"),"#);
    }
    let mut classes = String::new();
    for DurableObject { name, class_name } in &wrangler.durable_objects.bindings {
        _ = writeln!(
            bindings,
            r#"(name = "{name}", durableObjectNamespace = "{class_name}"),"#
        );
        _ = writeln!(
            classes,
            r#"(className = "{class_name}", uniqueKey = "{class_name}", enableSql = true),"#
        );
    }
    // Through the environment no value has to be quoted: see `environment`.
    for name in wrangler.vars.keys().chain(options.secrets.keys()) {
        _ = writeln!(
            bindings,
            r#"(name = "{name}", fromEnvironment = "{name}"),"#
        );
    }
    let kv = match options.kv {
        Kv::Working => "worker = .kv",
        // Nobody listens on the discard port.
        Kv::Down => r#"external = (address = "127.0.0.1:9", http = ())"#,
    };
    let date = &wrangler.compatibility_date;
    let flags = wrangler
        .compatibility_flags
        .iter()
        .map(|flag| format!(r#""{flag}", "#))
        .collect::<String>();
    // The first module is the one that is called.
    let main = match (options.faults, options.clock) {
        (true, _) => r#"(name = "faults.js", esModule = embed "faults.js"),"#,
        (false, true) => r#"(name = "clock.js", esModule = embed "clock.js"),"#,
        (false, false) => "",
    };
    let (shop, outbound) = match options.shop {
        None => (String::new(), ""),
        Some(port) => {
            let service = format!(
                r#"    (name = "shop", external = (address = "127.0.0.1:{port}", http = ())),"#
            );
            (service, r#"  globalOutbound = "shop","#)
        }
    };
    format!(
        r#"using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "waymark", worker = .waymark),
    (name = "kv", {kv}),
    (name = "store", disk = (path = "store", writable = true)),
{shop}
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "waymark")],
);

const waymark :Workerd.Worker = (
  modules = [
    {main}
    (name = "index.js", esModule = embed "index.js"),
    (name = "index_bg.wasm", wasm = embed "index_bg.wasm"),
  ],
  compatibilityDate = "{date}",
  compatibilityFlags = [{flags}],
  durableObjectNamespaces = [
{classes}],
  durableObjectStorage = (localDisk = "store"),
{outbound}
  bindings = [
{bindings}],
);

const kv :Workerd.Worker = (
  modules = [(name = "kv.js", esModule = embed "kv.js")],
  compatibilityDate = "{date}",
  durableObjectNamespaces = [(className = "Namespace", uniqueKey = "kv", enableSql = true)],
  durableObjectStorage = (localDisk = "store"),
  bindings = [(name = "NAMESPACE", durableObjectNamespace = "Namespace")],
);
"#
    )
}
