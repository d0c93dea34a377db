//! Labels out of files that a person brings.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, Result, bail};
use atlas::{BadRows, LABEL_FILE_BYTES_MAX, LabelFile, Labels, LabelsBuilder};
use case::{DataFile, Digest};

use crate::{args::LabelArgs, output};

/// What others call accounts, and where that stands.
pub struct Known {
    /// The labels in the binary and those of files.
    pub labels: Arc<Labels>,
    /// The files, for the book.
    pub files: Vec<DataFile>,
    /// What of them could not be used.
    pub warnings: Vec<String>,
}

/// Reads files beside what is in the binary.
///
/// # Errors
/// Names the file, and where it can the line, of the first mistake.
pub fn and(paths: &[PathBuf]) -> Result<Known> {
    let (mut builder, mut files, mut warnings) = (LabelsBuilder::embedded(), Vec::new(), Vec::new());
    for path in paths {
        let name = path.display().to_string();
        let text = text(path, &name)?;
        // Published lists have rows that are no addresses of this kind of chain; our own form has to be right.
        let bad = if text.contains("address,chain,kinds,name,source,date") { BadRows::Refuse } else { BadRows::Skip };
        let source = path.file_name().map_or_else(|| name.clone(), |file| file.to_string_lossy().into_owned());
        let file = LabelFile { file: &name, text: &text, chain: None, kinds: None, source: &source, date: None };
        let read = builder.read(&file, bad)?;
        if let Some(first) = read.told.first() {
            warnings
                .push(format!("{} of {} rows of `{name}` are left out; the first: {first}", read.skipped, read.rows));
        }
        files.push(DataFile { id: format!("labels/{source}"), hash: Digest::of_bytes(text.as_bytes()) });
    }
    Ok(Known { labels: Arc::new(builder.build()), files, warnings })
}

/// The same, with what could not be used told to whoever asked.
///
/// # Errors
/// As [`and`].
pub fn told(args: &LabelArgs) -> Result<Arc<Labels>> {
    let known = and(&args.labels)?;
    known.warnings.iter().for_each(output::note);
    Ok(known.labels)
}

fn text(path: &Path, name: &str) -> Result<String> {
    let size = fs::metadata(path).with_context(|| format!("cannot read `{name}`"))?.len();
    if size > LABEL_FILE_BYTES_MAX as u64 {
        bail!("`{name}` has {size} bytes: at most {LABEL_FILE_BYTES_MAX} are read");
    }
    fs::read_to_string(path).with_context(|| format!("cannot read `{name}` as UTF-8 text"))
}
