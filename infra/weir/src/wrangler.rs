//! Wrangler: Cloudflare's own command, which knows the account, the namespaces and the local store.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use clap::Args;

use crate::entropy;
use crate::failure::Failure;
use crate::output::write;

/// Which KV namespace.
#[derive(Debug, Args)]
pub struct Store {
    /// Workers: the gateway's wrangler.toml; wrangler looks for one here otherwise
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Workers: the KV binding in it [default: REGISTRY]
    #[arg(long)]
    binding: Option<String>,
    #[command(flatten)]
    place: Place,
    /// Workers: the folder of the local store; wrangler's own is .wrangler/state
    #[arg(long, value_name = "DIR", requires = "local")]
    persist_to: Option<PathBuf>,
}

/// Here or there; said each time, because the wrong one is a bad surprise.
#[derive(Debug, Args)]
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
    /// The namespace behind `binding` of `config`: the local one, or the deployed gateway's.
    pub const fn new(
        config: Option<PathBuf>,
        binding: Option<String>,
        (local, remote): (bool, bool),
        persist_to: Option<PathBuf>,
    ) -> Self {
        Self { config, binding, place: Place { local, remote }, persist_to }
    }

    /// Whether it was said which of the two.
    pub const fn has_place(&self) -> bool {
        self.place.local || self.place.remote
    }

    /// Whether any of the flags is there.
    pub const fn is_named(&self) -> bool {
        self.has_place() || self.config.is_some() || self.binding.is_some() || self.persist_to.is_some()
    }
}

/// A wrangler and the namespace it works on.
pub struct Wrangler {
    program: OsString,
    first: Vec<&'static str>,
    store: Store,
}

impl Wrangler {
    /// The wrangler that the environment names, or that npm installed here or above, or that `npx` gets.
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

    /// Puts the pairs of a bulk file; `left` says what is in the store when it fails.
    pub fn put(&self, step: &str, bulk: &[u8], left: &'static str) -> Result<(), Failure> {
        let number = u64::from_le_bytes(entropy::bits_256()?.first_chunk().copied().unwrap_or_default());
        let file = env::temp_dir().join(format!("weir-bulk-{number:016x}.json"));
        write(&file, bulk)?;
        let done = self.run(["kv", "bulk", "put"], file.as_os_str());
        // What is left behind is signed, not secret.
        let _ = std::fs::remove_file(&file);
        let output = done?;
        if output.status.success() {
            return Ok(());
        }
        eprintln!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        Err(Failure::Wrangler { step: step.to_owned(), left })
    }

    /// The bytes under `key`; `None` when nothing is there.
    pub fn value(&self, key: &str) -> Result<Option<Vec<u8>>, Failure> {
        let output = self.run(["kv", "key", "get"], key.as_ref())?;
        if output.status.success() {
            // For a local store wrangler says so in the value's place, and succeeds.
            return Ok((output.stdout.trim_ascii_end() != b"Value not found").then_some(output.stdout));
        }
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        // For a remote one it shows the answer of Cloudflare's interface.
        if said.contains(" - 404:") {
            return Ok(None);
        }
        eprintln!("{said}");
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
        let binding = self.store.binding.as_deref().unwrap_or("REGISTRY");
        arguments.extend(["--binding".into(), binding.into()]);
        // Where a binding has a preview namespace too, wrangler wants to be told which.
        arguments.extend(["--preview", "false"].map(OsString::from));
        arguments.push(if self.store.place.local { "--local".into() } else { "--remote".into() });
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

/// PATH with the program's own folder first, as npm's scripts have it: the node beside wrangler may be the only one that
/// is new enough for it.
fn path_beside(program: &Path) -> Option<OsString> {
    let folder = program.parent().filter(|folder| folder.join("node").exists())?;
    let path = env::var_os("PATH").unwrap_or_default();
    env::join_paths(std::iter::once(folder.to_owned()).chain(env::split_paths(&path))).ok()
}
