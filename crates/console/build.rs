//! Puts the web page where it can be embedded: the built one if there is one, else a plain page that says how to
//! build it. A plain `cargo build` therefore needs no npm.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

fn main() -> io::Result<()> {
    let home = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let built = home.join("../../ui/dist");
    let fallback = home.join("fallback");
    // As long as the first folder does not exist, cargo builds this crate anew each time.
    println!("cargo:rerun-if-changed={}", built.display());
    println!("cargo:rerun-if-changed={}", fallback.display());

    let page = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("page");
    if page.exists() {
        fs::remove_dir_all(&page)?;
    }
    copy(if built.join("index.html").is_file() { &built } else { &fallback }, &page)
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
