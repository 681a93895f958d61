//! The command line and its help.

use std::{net::SocketAddr, path::PathBuf};

use clap::Parser;

use crate::{loopback, variables};

const ABOUT: &str = "Runs the components that a spin.toml (manifest version 2) names, where no `spin` binary is.

A TEST FIXTURE, NOT FOR PRODUCTION: it speaks to loopback only, has no TLS, and its control endpoint can make stores fail.
It is as near to `spin up` as Weir's tests need: WASI 0.2 and 0.3, wasi:http 0.3 in and out, spin:key-value, spin:sqlite,
spin:redis and spin:variables as spin-sdk 7 imports them.";

const MORE: &str = "What it does as Spin 4 does:
  - An instance serves up to 128 requests, 16 at once, and is dropped after one idle second: statics live on unpredictably.
  - A guest's panic answers 500 to what its instance was serving; the server goes on with a new one.
  - A request header `spin-client-addr` of the client's own comes before the true one: read the last.
  - A host that is missing in `allowed_outbound_hosts` is `HttpRequestDenied`; of Redis, `invalid-address`.
  - Key-value is DIR/sqlite_key_value.db, the SQLite database `default` is DIR/sqlite_db.db (`--state DIR`; key-value in Redis by
    `--runtime-config-file`).
  - SIGTERM and SIGINT end it at once, background work with it.

What it does otherwise:
  - It sets TCP_NODELAY on the connections it accepts. Spin doesn't, and can stall 40 ms on a kept-alive connection.
  - Outgoing connections go to loopback only: any other address is `DestinationIpProhibited`. There is no https.
  - Routes are exact or end in `/...`; no `:name` segments, no service chaining, no `files`, no libSQL.
  - What it compiled is kept in `.cwasm/` beside the component's source, so that the next start takes milliseconds.

Faults for tests (`--control 127.0.0.1:0` prints `Control http://127.0.0.1:PORT`):
  PUT    /key-value-fault            none | throw | slow                    ?share=0.3 hits three calls of ten
  PUT    /sqlite-fault               none | throw | locked | slow | trap    ?containing=TEXT hits statements with TEXT, &share=…;
                                                                            a trap takes one instance along, once
  GET    /key-value                  the keys, as a JSON array
  GET    /key-value/KEY              the bytes; PUT writes them, DELETE removes them
  POST   /sqlite                     a statement as text; answers its rows as JSON objects, blobs as {\"base64\": …}

Example:
  spin-test-host --from spin.toml --listen 127.0.0.1:0 --state /tmp/weir --variable redis_url=redis://127.0.0.1:6379";

/// The command line.
#[derive(Parser)]
#[command(name = "spin-test-host", version, about = ABOUT, long_about = ABOUT, after_help = MORE)]
pub struct Arguments {
    /// The manifest
    #[arg(short = 'f', long, value_name = "FILE", default_value = "spin.toml")]
    pub from: PathBuf,

    /// Serve here; port 0 takes a free one. Prints `Serving http://127.0.0.1:PORT` when ready
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:3000", value_parser = loopback::address)]
    pub listen: SocketAddr,

    /// Serve the faults here
    #[arg(long, value_name = "ADDRESS", value_parser = loopback::address)]
    pub control: Option<SocketAddr>,

    /// The folder of the stores [default: .spin beside the manifest]
    #[arg(long, value_name = "DIR", visible_alias = "state-dir")]
    pub state: Option<PathBuf>,

    /// Spin's runtime configuration: `state_dir`, and `[key_value_store.default]` of type `spin` or `redis`
    #[arg(long, value_name = "FILE")]
    pub runtime_config_file: Option<PathBuf>,

    /// A variable of the manifest; wins over SPIN_VARIABLE_NAME in the environment
    #[arg(long = "variable", value_name = "NAME=VALUE", value_parser = variables::pair)]
    pub variables: Vec<(String, String)>,

    /// Run only this component; may be repeated
    #[arg(short = 'c', long = "component-id", value_name = "NAME")]
    pub components: Vec<String>,

    /// Compile what is not compiled yet, and end: once before many hosts start together
    #[arg(long)]
    pub compile_only: bool,

    /// End when standard input closes, so that nothing outlives the test program that started it
    #[arg(long)]
    pub end_with_stdin: bool,
}
