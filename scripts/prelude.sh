# shellcheck shell=bash
# What every script here starts with: it goes to the project's root, and brings the
# words a script speaks with (step, note, die) and the pinned tools (need_tools).

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [[ -t 1 && -z ${NO_COLOR:-} ]]; then
  bold=$'\e[1m' dim=$'\e[2m' red=$'\e[31m' green=$'\e[32m' plain=$'\e[0m'
else
  bold='' dim='' red='' green='' plain=''
fi

step() { printf '%s==> %s%s\n' "$bold" "$*" "$plain"; }
note() { printf '    %s%s%s\n' "$dim" "$*" "$plain"; }
die() { # WHAT-IS-WRONG [REMEDY…]
  printf '%serror: %s%s\n' "$red" "$1" "$plain" >&2
  shift
  (($# == 0)) || printf '       %s\n' "$@" >&2
  exit 1
}
has() { command -v "$1" >/dev/null 2>&1; }

# Services and CI start scripts without HOME, or without rustup's line in the profile.
export HOME=${HOME:-~}
has cargo || PATH="$HOME/.cargo/bin:$PATH"

# Built once per machine, not once per clone.
tools=${WAYMARK_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/waymark/tools}

# The Worker and the tools that post-process it have to be of one version: Cargo.lock has both.
locked_version() { sed -n "/^name = \"$1\"$/{n;s/^version = \"\(.*\)\"$/\1/p;}" Cargo.lock; }
worker_build_version=$(locked_version worker)
wasm_bindgen_version=$(locked_version wasm-bindgen)
worker_build=$tools/worker-build-$worker_build_version/bin/worker-build
wasm_bindgen=$tools/wasm-bindgen-cli-$wasm_bindgen_version/bin/wasm-bindgen

need_rust() {
  has cargo || die "cargo is not installed" \
    "Install Rust from https://rustup.rs, then run this again."
  has cc || die "there is no C compiler" \
    "Debian, Ubuntu: sudo apt-get install build-essential; macOS: xcode-select --install"
  # Where cargo is rustup's, rust-toolchain.toml makes this install the tool chain and its target.
  local sysroot
  sysroot=$(rustc --print sysroot) || die "rustc does not start" "Run: rustup show"
  [[ -d $sysroot/lib/rustlib/wasm32-unknown-unknown ]] && return
  step "Adding the target wasm32-unknown-unknown"
  { has rustup && rustup target add wasm32-unknown-unknown; } ||
    die "this Rust cannot compile to wasm32-unknown-unknown" \
      "With rustup: rustup target add wasm32-unknown-unknown (it needs the network)." \
      "Without: install the target's standard library from where your Rust came from."
}

# Two scripts at once, in one clone or in two, must not install the same thing twice.
# macOS has no flock: there the second install is wasted work, and does no harm.
one_at_a_time() { # COMMAND…
  mkdir -p "$tools"
  (
    ! has flock || flock -n 9 || { note "waiting for another install to end" && flock 9; }
    "$@"
  ) 9>"$tools/.lock"
}

need_node_packages() {
  has npm || die "npm is not installed" \
    "Install Node.js (any version from 20 on) from https://nodejs.org, then run this again."
  [[ node_modules/.package-lock.json -nt package-lock.json ]] || one_at_a_time install_node_packages
  # wrangler wants a newer node than many systems have: the one from npm stands first.
  export PATH="$PWD/node_modules/.bin:$PATH"
  local version
  version=$(node --version)
  case $version in
    v[0-9].* | v1[0-9].* | v2[01].* | v22.[0-9].* | v22.1[01].*)
      die "node $version is too old, and npm has none for this machine" \
        "Install Node.js 22.12 or later from https://nodejs.org, then run this again." ;;
  esac
}

install_node_packages() {
  [[ node_modules/.package-lock.json -nt package-lock.json ]] && return
  step "Installing wrangler, workerd, node and wasm-opt from npm"
  # Install scripts are not needed: all binaries come as packages. Not `npm ci`: that refuses
  # the lock file where a mirror lacks another platform's binary.
  npm install --no-save --ignore-scripts --no-audit --no-fund --loglevel=error ||
    die "npm install failed" "Is the network reachable? Its last lines above say more."
  touch node_modules/.package-lock.json
}

need_tools() {
  need_rust
  need_node_packages
  [[ -x $worker_build && -x $wasm_bindgen ]] || one_at_a_time install_tools
}

install_tools() {
  ! has flock || rm -rf "$tools"/.new.* # left by an install that was interrupted
  if [[ ! -x $wasm_bindgen ]]; then
    step "Getting wasm-bindgen $wasm_bindgen_version"
    download_wasm_bindgen || cargo_install wasm-bindgen-cli "$wasm_bindgen_version"
  fi
  if [[ ! -x $worker_build ]]; then
    step "Getting worker-build $worker_build_version"
    need_openssl
    cargo_install worker-build "$worker_build_version" --locked
  fi
}

# The released binary takes seconds, compiling it minutes – but not every network lets it through.
download_wasm_bindgen() {
  local platform new
  case $(uname -sm) in
    'Linux x86_64') platform=x86_64-unknown-linux-musl ;;
    'Linux aarch64') platform=aarch64-unknown-linux-musl ;;
    'Darwin x86_64') platform=x86_64-apple-darwin ;;
    'Darwin arm64') platform=aarch64-apple-darwin ;;
    *) return 1 ;;
  esac
  has curl || return 1
  new=$(mktemp -d "$tools/.new.XXXXXX")
  mkdir "$new/bin"
  if curl --silent --fail --location --connect-timeout 3 --max-time 60 \
    "https://github.com/wasm-bindgen/wasm-bindgen/releases/download/$wasm_bindgen_version/wasm-bindgen-$wasm_bindgen_version-$platform.tar.gz" |
    tar -xz --strip-components 1 -C "$new/bin" 2>/dev/null &&
    "$new/bin/wasm-bindgen" --version >/dev/null; then
    put_tool "$new" "wasm-bindgen-cli-$wasm_bindgen_version"
  else
    rm -rf "$new"
    note "the released binary cannot be downloaded from here"
    return 1
  fi
}

cargo_install() { # CRATE VERSION [OPTION…]
  local crate=$1 version=$2 new
  shift 2
  note "compiling it takes some minutes, once per machine"
  new=$(mktemp -d "$tools/.new.XXXXXX")
  # Away from the project, whose cargo settings are not the tool's. Lightly optimized: to compile
  # for speed takes longer than the tool will ever save.
  (cd "$new" && env -u CARGO_TARGET_DIR -u CARGO_BUILD_TARGET -u RUSTFLAGS CARGO_PROFILE_RELEASE_OPT_LEVEL=1 \
    cargo install "$crate@$version" "$@" --root "$new") || {
    rm -rf "$new"
    die "$crate $version could not be installed" "Is the network reachable? Cargo's last lines above say more."
  }
  put_tool "$new" "$crate-$version"
}

# A folder under its final name is complete, even if this is interrupted.
put_tool() { # FOLDER NAME
  rm -rf "${tools:?}/$2"
  mv "$1" "$tools/$2"
}

# worker-build downloads through the system's OpenSSL, if ever; macOS has its own.
need_openssl() {
  [[ $(uname -s) == Linux ]] || return 0
  has pkg-config && pkg-config --exists openssl && return
  if [[ $(id -u) == 0 ]] && has apt-get; then
    note "installing libssl-dev and pkg-config, which worker-build is compiled with"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y libssl-dev pkg-config >/dev/null && return
  fi
  die "worker-build cannot be compiled without OpenSSL's headers and pkg-config" \
    "Debian, Ubuntu: sudo apt-get install libssl-dev pkg-config" \
    "Fedora: sudo dnf install openssl-devel pkgconf; Alpine: sudo apk add openssl-dev pkgconf"
}

# Sets CHROME to a browser that tests can drive, or says how to get one and fails.
need_chrome() {
  find_chrome || { install_chrome && find_chrome; } && return
  printf '%sskipped: there is no Chromium or Chrome%s\n' "$red" "$plain" >&2
  printf '       %s\n' "Debian: sudo apt-get install chromium; elsewhere: https://www.google.com/chrome" \
    "Or set CHROME to the path of one." >&2
  return 1
}

find_chrome() {
  local name mac="/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
  for name in "${CHROME:-}" chromium chromium-browser google-chrome google-chrome-stable "$mac"; do
    # Ubuntu's chromium-browser may only point to a snap: what says its version is a browser.
    [[ -n $name ]] && has "$name" && "$name" --version >/dev/null 2>&1 || continue
    CHROME=$(command -v "$name")
    export CHROME
    return
  done
  return 1
}

install_chrome() {
  [[ $(id -u) == 0 ]] && grep -qs '^ID=debian' /etc/os-release || return
  note "installing chromium"
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium >/dev/null
}
