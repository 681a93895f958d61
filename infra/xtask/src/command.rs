//! Running other programs, from the root of the repository.

use std::{
    env, io,
    path::{Path, PathBuf},
    process::Command,
    thread::ScopedJoinHandle,
};

/// The reason for which a command of xtask stopped.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// A program could not be started.
    #[error("`{program}` can't be started: {source}")]
    NotStarted {
        /// The program's name.
        program: String,
        /// The system's error.
        source: io::Error,
    },
    /// A program ended with a failure; its own output says why.
    #[error("`{0}` failed")]
    Failed(String),
    /// A file or folder could not be read or written.
    #[error("`{path}`: {source}")]
    File {
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The command itself found something wrong.
    #[error("{0}")]
    Found(String),
}

impl From<String> for Fault {
    fn from(text: String) -> Self {
        Self::Found(text)
    }
}

/// The root of the repository, where every program that xtask starts runs.
pub fn root() -> PathBuf {
    // Read at run time: a moved checkout brings its compiled xtask along.
    root_above(env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from))
}

/// The root above the folder of the package that cargo runs. A second xtask is started in the root, without `package`.
fn root_above(package: Option<PathBuf>) -> PathBuf {
    // infra/xtask is two folders down.
    let above = package.as_deref().and_then(|package| package.ancestors().nth(2)).map(Path::to_path_buf);
    above.or_else(|| env::current_dir().ok()).unwrap_or_else(|| ".".into())
}

/// The folder of cargo's output.
pub fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// The cargo that runs this xtask, in the root.
pub fn cargo() -> Command {
    program(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// A cargo that lints the packages it is asked to build, while it builds them: `cargo clippy` would check all their
/// dependencies once more, which takes minutes for wasmtime.
pub fn linting_cargo() -> Command {
    let mut command = cargo();
    // As `cargo clippy` sets them; `--no-deps` leaves the code of all other packages as rustc makes it.
    command.env("RUSTC_WORKSPACE_WRAPPER", "clippy-driver");
    command.env("CLIPPY_ARGS", ["--no-deps", "-D", "warnings", ""].join("__CLIPPY_HACKERY__"));
    command
}

/// True for a variable that cargo sets for the package that it runs.
fn is_of_a_package(name: &str) -> bool {
    ["CARGO_MANIFEST_", "CARGO_PKG_"].iter().any(|prefix| name.starts_with(prefix))
}

/// A program that runs in the root.
pub fn program(name: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(name);
    command.current_dir(root());
    // These variables describe xtask. `ring`'s build script compares them, so `ring` and its dependants would be
    // compiled again after a move, or when a build by hand follows one by xtask or by a script that xtask starts.
    for (name, _) in env::vars_os().filter(|(name, _)| is_of_a_package(&name.to_string_lossy())) {
        command.env_remove(name);
    }
    command
}

/// Runs `command` to its end with xtask's own standard streams.
pub fn run(command: &mut Command) -> Result<(), Fault> {
    let status = command.status().map_err(|source| not_started(command, source))?;
    if status.success() { Ok(()) } else { Err(Fault::Failed(shown(command))) }
}

/// Runs `command` to its end and returns its standard output.
pub fn output(command: &mut Command) -> Result<String, Fault> {
    let output = command.output().map_err(|source| not_started(command, source))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        eprint!("{}", String::from_utf8_lossy(&output.stderr));
        Err(Fault::Failed(shown(command)))
    }
}

/// The result of a thread.
pub fn joined<T>(thread: ScopedJoinHandle<'_, Result<T, Fault>>) -> Result<T, Fault> {
    thread.join().unwrap_or_else(|_| Err(Fault::Found("a part of xtask panicked: see above".to_owned())))
}

/// The error for a program that did not start.
pub fn not_started(command: &Command, source: io::Error) -> Fault {
    Fault::NotStarted { program: command.get_program().to_string_lossy().into_owned(), source }
}

/// The command as a person would type it.
pub fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let mut text = program.to_string_lossy().into_owned();
    for argument in command.get_args() {
        text.push(' ');
        text.push_str(&argument.to_string_lossy());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_holds_the_workspace() {
        assert!(root().join("rust-toolchain.toml").is_file(), "the root should be the repository's");
    }

    #[test]
    fn xtask_started_by_xtask_works_where_it_was_started() {
        let here = env::current_dir().expect("the tests should run in a folder");
        assert_eq!(root_above(None), here, "programs can't be started in an empty path");
        assert_eq!(root_above(Some("/clone/infra/xtask".into())), Path::new("/clone"));
    }

    #[test]
    fn no_source_names_the_folder_of_the_build() {
        for fixed in ["MANIFEST_DIR", "BIN_EXE_"].map(|name| format!("env!(\"CARGO_{name}")) {
            let holders: Vec<String> = crate::tidy::source::walk(&root())
                .expect("the sources should be readable")
                .into_iter()
                .filter(|source| source.is_rust() && source.text.contains(&fixed))
                .map(|source| source.path)
                .collect();
            assert_eq!(holders, [""; 0], "`{fixed}…` would name the folder of the build in a moved checkout");
        }
    }

    #[test]
    fn program_gets_no_variable_of_xtask() {
        let removed: Vec<_> =
            program("node").get_envs().filter(|(_, value)| value.is_none()).map(|(name, _)| name.to_owned()).collect();
        assert!(
            removed.iter().any(|name| name == "CARGO_MANIFEST_DIR"),
            "`cargo test` sets it, so it is to go: {removed:?}"
        );
        assert!(!is_of_a_package("CARGO_TARGET_DIR"), "what the user sets stays");
    }

    #[test]
    fn shown_omits_folder_of_program() {
        let mut command = Command::new("/some/where/cargo");
        command.args(["test", "-p", "mcp"]);
        assert_eq!(shown(&command), "cargo test -p mcp");
    }

    #[test]
    fn failing_program_is_a_fault() {
        let fault = run(&mut program("false")).expect_err("`false` should fail");
        assert_eq!(fault.to_string(), "`false` failed");
    }
}
