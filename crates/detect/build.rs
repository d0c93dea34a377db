//! Finds the folders of `data/rules`, so that every rule there is in the binary, with its page and its cases.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

fn main() -> io::Result<()> {
    let home = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let rules = home.join("../../data/rules").canonicalize()?;
    println!("cargo:rerun-if-changed={}", rules.display());
    let mut table = String::from("&[\n");
    for family in listed(&rules)?.into_iter().filter(|path| path.is_dir()) {
        for rule in listed(&family)?.into_iter().filter(|path| path.join("rule.toml").is_file()) {
            let text = |path: &Path| format!("include_str!({:?})", path.display().to_string());
            let folder = format!("data/rules/{}/{}", name(&family), name(&rule));
            table += &format!(
                "    Embedded {{ folder: {folder:?}, card: {}, page: {}, files: &[\n",
                text(&rule.join("rule.toml")),
                text(&rule.join("page.md"))
            );
            let is_beside = |path: &PathBuf| path.extension().is_some_and(|is| is == "txt" || is == "csv");
            for list in listed(&rule)?.into_iter().filter(is_beside) {
                table += &format!("        ({:?}, {}),\n", name(&list), text(&list));
            }
            table += "    ], cases: &[\n";
            let cases = rule.join("cases");
            let cases = if cases.is_dir() { listed(&cases)? } else { Vec::new() };
            for case in cases {
                table += &format!("        ({:?}, {}),\n", name(&case), text(&case));
            }
            table += "    ] },\n";
        }
    }
    table += "]\n";
    fs::write(PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("rules.rs"), table)
}

/// What is in a folder, in order.
fn listed(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
