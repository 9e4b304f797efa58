//! `cargo xtask tidy`: what style says about files, as a test.
//!
//! Every module says what it is, no file grows past what one can hold in the head, and no
//! document points at something that is not there.

mod crates;
mod links;
mod seed;
mod sources;

use anyhow::Result;

use crate::workspace;

/// Checks the workspace as it is.
pub(crate) fn run() -> Result<()> {
    workspace::report("tidy", &findings()?)
}

fn findings() -> Result<Vec<String>> {
    let mut findings = sources::findings()?;
    findings.extend(links::findings()?);
    findings.extend(crates::findings()?);
    findings.extend(seed::findings()?);
    Ok(findings)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_workspace_is_tidy() {
        let findings = super::findings().unwrap();
        assert!(findings.is_empty(), "{}", findings.join("\n"));
    }
}
