//! `cargo xtask size`: the sizes of the functions, against the budget.

use std::{fs, io::Write};

use flate2::{Compression, write::GzEncoder};

use crate::{
    build::{Function, Host},
    command::Fault,
};

/// The largest artefact after gzip, in bytes: 1 MiB. Cloudflare takes 3 MB on its free plan and 10 MB on others; a
/// smaller artefact starts sooner.
const BUDGET: usize = 1 << 20;

/// Prints the sizes of the last builds, for one host or all; a size above the budget is a failure.
pub fn run(host: Option<Host>) -> Result<(), Fault> {
    let mut over = Vec::new();
    for host in host.map_or_else(|| vec![Host::Workers, Host::Spin], |one| vec![one]) {
        for function in Function::DEPLOYED {
            let (raw, gzip) = artefact(function, host)?;
            let name = format!("{function:?} on {host:?}").to_lowercase();
            println!(
                "size: {name:18} {raw:>9} bytes, gzip {gzip:>8} bytes, {:>3} % of the budget",
                gzip * 100 / BUDGET
            );
            if gzip > BUDGET {
                over.push(name);
            }
        }
    }
    if over.is_empty() {
        Ok(())
    } else {
        Err(Fault::Found(format!("over the budget of {BUDGET} bytes after gzip: {}", over.join(", "))))
    }
}

/// Raw and gzip size of the uploaded files, each file compressed alone as in the upload.
fn artefact(function: Function, host: Host) -> Result<(usize, usize), Fault> {
    let mut sizes = (0, 0);
    for path in function.files(host) {
        let bytes = fs::read(&path).map_err(|source| match source.kind() {
            std::io::ErrorKind::NotFound => Fault::Found(format!(
                "nothing is built yet for {host:?}: `cargo xtask build --host {}` comes first",
                format!("{host:?}").to_lowercase()
            )),
            _ => Fault::File { path: path.clone(), source },
        })?;
        sizes.0 += bytes.len();
        sizes.1 += packed(&bytes).map_err(|source| Fault::File { path, source })?;
    }
    Ok(sizes)
}

fn packed(bytes: &[u8]) -> std::io::Result<usize> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repetitive_bytes_pack_smaller() {
        let size = packed(&[7; 100_000]).expect("memory should take it");
        assert!(size < 1_000, "a hundred thousand equal bytes should pack well, not into {size}");
    }
}
