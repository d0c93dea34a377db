//! `breakglass init`: an installation to fill in. Nothing that is there is written over.

use std::{fs::OpenOptions, io::Write as _, path::Path, process::ExitCode};

use anyhow::{Context as _, Result};

use crate::{args::InitArgs, output};

/// The files of a new installation.
const FILES: [(&str, &str); 2] = [
    ("breakglass.toml", include_str!("../../templates/breakglass.toml")),
    ("protocol.toml", include_str!("../../templates/protocol.toml")),
];

pub fn run(args: &InitArgs) -> Result<ExitCode> {
    std::fs::create_dir_all(&args.folder).with_context(|| format!("cannot make `{}`", args.folder.display()))?;
    // Look first, so that a half-written installation is never left behind because of the second file.
    if let Some((name, _)) = FILES.iter().find(|(name, _)| args.folder.join(name).exists()) {
        anyhow::bail!("`{}` is there already: nothing was written", args.folder.join(name).display());
    }
    for (name, text) in FILES {
        create(&args.folder.join(name), text)?;
    }
    let written: Vec<&str> = FILES.iter().map(|(name, _)| *name).collect();
    if args.json {
        output::json(&serde_json::json!({ "folder": args.folder, "written": written }))?;
    } else {
        output::line(format!("wrote {} in `{}`", written.join(" and "), args.folder.display()));
        output::line("fill in the node and the contracts, then: breakglass check");
    }
    Ok(ExitCode::SUCCESS)
}

fn create(path: &Path, text: &str) -> Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .with_context(|| format!("cannot write `{}`", path.display()))?;
    file.write_all(text.as_bytes()).with_context(|| format!("cannot write `{}`", path.display()))
}
