//! The templates in the binary, and the one way in which they print a value.

use minijinja::{
    AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value, syntax::SyntaxConfig,
    value::ValueKind,
};

use crate::code;

/// A document that could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A template does not fit what it is given.
    #[error("the document cannot be made: {0}")]
    Template(#[from] Error),
}

const TEMPLATES: &[(&str, &str)] = &[
    ("brief.md.j2", include_str!("../../../data/templates/brief.md.j2")),
    ("public-note.md.j2", include_str!("../../../data/templates/public-note.md.j2")),
];

/// Fills a template.
pub(crate) fn fill(template: &str, with: Value) -> Result<String, ReportError> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build()?;
    environment.set_syntax(syntax);
    environment.set_auto_escape_callback(|_| AutoEscape::Custom("markdown".into()));
    environment.set_formatter(print);
    for (name, text) in TEMPLATES {
        environment.add_template(name, text)?;
    }
    Ok(environment.get_template(template)?.render(with)?)
}

/// Text of our own, which a template may print as it is.
pub(crate) fn own(text: impl Into<String>) -> Value {
    Value::from_safe_string(text.into())
}

/// Prints a value: what nobody has vouched for is code.
fn print(out: &mut Output<'_>, _: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    let printed = match (value.as_str(), value.kind()) {
        (Some(text), _) if value.is_safe() => out.write_str(text),
        (Some(text), _) => out.write_str(&code(text)),
        (None, ValueKind::Number) => out.write_str(&value.to_string()),
        (None, kind) => {
            return Err(Error::new(ErrorKind::BadEscape, format!("a document prints text and numbers, not {kind}")));
        }
    };
    printed.map_err(Error::from)
}
