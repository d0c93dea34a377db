//! Labels out of files that a person brings.

use std::{fs, path::PathBuf};

use anyhow::{Context as _, Result, bail};
use atlas::{BadRows, LABEL_FILE_BYTES_MAX, LabelFile, Labels, LabelsBuilder};

/// The labels in the binary and those of files.
///
/// # Errors
/// Names the file, and where it can the line, of the first mistake.
pub fn and(paths: &[PathBuf]) -> Result<Labels> {
    let mut builder = LabelsBuilder::embedded();
    for path in paths {
        let name = path.display().to_string();
        let size = fs::metadata(path).with_context(|| format!("cannot read `{name}`"))?.len();
        if size > LABEL_FILE_BYTES_MAX as u64 {
            bail!("`{name}` has {size} bytes: at most {LABEL_FILE_BYTES_MAX} are read");
        }
        let text = fs::read_to_string(path).with_context(|| format!("cannot read `{name}` as UTF-8 text"))?;
        // Published lists have rows that are no addresses of this kind of chain; our own form has to be right.
        let bad = if text.contains("address,chain,kinds,name,source,date") { BadRows::Refuse } else { BadRows::Skip };
        let source = path.file_name().map_or_else(|| name.clone(), |file| file.to_string_lossy().into_owned());
        let file = LabelFile { file: &name, text: &text, chain: None, kinds: None, source: &source, date: None };
        builder.read(&file, bad)?;
    }
    Ok(builder.build())
}
