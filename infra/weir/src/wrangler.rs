//! Runs wrangler, Cloudflare's command: it has the account, the namespaces and the local store.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use clap::Args;

use crate::entropy;
use crate::failure::Failure;
use crate::output::write;

/// The binding of the registry in `wrangler.toml`.
pub const DEFAULT_BINDING: &str = "REGISTRY";

/// The flags that name a KV namespace.
#[derive(Debug, Clone, Args)]
pub struct Store {
    /// Workers: the gateway's wrangler.toml [default: the one that wrangler finds here]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Workers: the environment in wrangler.toml, such as `staging`
    #[arg(long, value_name = "NAME")]
    env: Option<String>,
    /// Workers: the KV binding in wrangler.toml [default: REGISTRY]
    #[arg(long)]
    binding: Option<String>,
    #[command(flatten)]
    place: Place,
    /// Workers: the folder of the local store [default: .wrangler/state]
    #[arg(long, value_name = "DIR", requires = "local")]
    persist_to: Option<PathBuf>,
}

/// The local or the deployed store; required, so that none is changed by mistake.
#[derive(Debug, Clone, Args)]
#[group(multiple = false)]
struct Place {
    /// Workers: the store of `wrangler dev` on this machine
    #[arg(long)]
    local: bool,
    /// Workers: the store of the deployed gateway
    #[arg(long)]
    remote: bool,
}

impl Store {
    /// The configuration file, if one is given; `None` for the file that wrangler finds.
    pub fn config(&self) -> Option<&Path> {
        self.config.as_deref()
    }

    /// The environment that is named.
    pub fn environment(&self) -> Option<&str> {
        self.env.as_deref()
    }

    /// The binding that is named.
    pub fn binding(&self) -> Option<&str> {
        self.binding.as_deref()
    }

    /// True for the store of `wrangler dev`.
    pub const fn is_local(&self) -> bool {
        self.place.local
    }

    /// True if `--local` or `--remote` is set.
    pub const fn has_place(&self) -> bool {
        self.place.local || self.place.remote
    }

    /// True if any of the flags is set.
    pub const fn is_named(&self) -> bool {
        self.has_place()
            || self.config.is_some()
            || self.env.is_some()
            || self.binding.is_some()
            || self.persist_to.is_some()
    }
}

/// The wrangler program and the namespace to work on.
pub struct Wrangler {
    program: OsString,
    /// The arguments before wrangler's own, for `npx`.
    first: Vec<&'static str>,
    store: Store,
}

impl Wrangler {
    /// The program in the variable WRANGLER, or installed by npm here or in a parent folder, or run by `npx`.
    pub fn find(store: Store) -> Self {
        let here = env::current_dir().unwrap_or_default();
        let installed = || here.ancestors().find_map(installed_under);
        match env::var_os("WRANGLER").filter(|named| !named.is_empty()) {
            Some(named) => Self { program: named, first: Vec::new(), store },
            None => match installed() {
                Some(path) => Self { program: path.into(), first: Vec::new(), store },
                None => Self { program: "npx".into(), first: vec!["--yes", "wrangler"], store },
            },
        }
    }

    /// Writes the pairs of a bulk file; `left` describes the store after a failure.
    pub fn put(&self, step: &str, bulk: &[u8], left: &'static str) -> Result<(), Failure> {
        let number = u64::from_le_bytes(entropy::bits_256()?.first_chunk().copied().unwrap_or_default());
        let file = env::temp_dir().join(format!("weir-bulk-{number:016x}.json"));
        write(&file, bulk)?;
        let result = self.run(["kv", "bulk", "put"], file.as_os_str());
        // A file that can't be removed holds signed records, no secrets.
        let _ = std::fs::remove_file(&file);
        let output = result?;
        if output.status.success() {
            return Ok(());
        }
        eprintln!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        Err(Failure::Wrangler { step: step.to_owned(), left })
    }

    /// The value of `key`; `None` if it is missing.
    pub fn value(&self, key: &str) -> Result<Option<Vec<u8>>, Failure> {
        let output = self.run(["kv", "key", "get"], key.as_ref())?;
        if output.status.success() {
            // For a missing key of a local store wrangler prints this text as the value and succeeds.
            return Ok((output.stdout.trim_ascii_end() != b"Value not found").then_some(output.stdout));
        }
        let printed = [output.stdout, output.stderr].concat();
        let printed = String::from_utf8_lossy(&printed);
        // For a missing key of a remote store wrangler prints the status of Cloudflare's API.
        if printed.contains(" - 404:") {
            return Ok(None);
        }
        eprintln!("{printed}");
        Err(Failure::WranglerRead(key.to_owned()))
    }

    fn run(&self, action: [&str; 3], subject: &OsStr) -> Result<Output, Failure> {
        let mut command = Command::new(&self.program);
        command.args(&self.first).args(self.arguments(action, subject)).stdin(Stdio::null());
        if let Some(path) = path_beside(Path::new(&self.program)) {
            command.env("PATH", path);
        }
        command.output().map_err(|cause| {
            let program = self.program.to_string_lossy().into_owned();
            Failure::WranglerMissing { program, cause }
        })
    }

    fn arguments(&self, action: [&str; 3], subject: &OsStr) -> Vec<OsString> {
        let mut arguments: Vec<OsString> = action.map(OsString::from).to_vec();
        arguments.push(subject.into());
        let binding = self.store.binding.as_deref().unwrap_or(DEFAULT_BINDING);
        arguments.extend(["--binding".into(), binding.into()]);
        // Wrangler requires the choice if a binding also has a preview namespace.
        arguments.extend(["--preview", "false"].map(OsString::from));
        arguments.push(if self.store.place.local { "--local".into() } else { "--remote".into() });
        if let Some(environment) = &self.store.env {
            arguments.extend(["--env".into(), environment.into()]);
        }
        let files = [("--config", &self.store.config), ("--persist-to", &self.store.persist_to)];
        for (name, value) in files {
            arguments.extend(value.iter().flat_map(|value| [name.into(), value.clone().into()]));
        }
        arguments
    }
}

fn installed_under(folder: &Path) -> Option<PathBuf> {
    let places = ["tests/node_modules/.bin/wrangler", "node_modules/.bin/wrangler"];
    places.iter().map(|place| folder.join(place)).find(|path| path.is_file())
}

/// PATH with the program's own folder first, as in npm's scripts: only the node beside wrangler may be new enough.
fn path_beside(program: &Path) -> Option<OsString> {
    let folder = program.parent().filter(|folder| folder.join("node").exists())?;
    let path = env::var_os("PATH").unwrap_or_default();
    env::join_paths(std::iter::once(folder.to_owned()).chain(env::split_paths(&path))).ok()
}
