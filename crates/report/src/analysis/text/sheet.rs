//! Lines that fit: text is broken at spaces where it can be, and goes on under where it began.

/// How it is to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Columns of the terminal. Less than 40 is taken for 40.
    pub width: usize,
    /// Whether colours can be shown.
    pub paint: Paint,
}

/// Whether colours can be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paint {
    /// Text alone.
    Plain,
    /// ANSI colours.
    Ansi,
}

/// What a piece of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Head,
    Strong,
    Dim,
    Name,
    Good,
    Warn,
    Bad,
}

/// A piece of text of one style.
pub(super) type Span = (Style, String);

pub(super) fn span(style: Style, text: &str) -> Span {
    (style, text.to_owned())
}

/// Columns for the names of fields.
const FIELD: usize = 12;

pub(super) struct Sheet {
    out: String,
    look: Look,
}

impl Sheet {
    pub(super) fn new(look: Look) -> Self {
        Self { out: String::new(), look: Look { width: look.width.max(40), ..look } }
    }

    pub(super) fn finish(self) -> String {
        self.out
    }

    pub(super) fn width(&self) -> usize {
        self.look.width
    }

    pub(super) fn gap(&mut self) {
        self.out.push('\n');
    }

    /// The title of a part.
    pub(super) fn title(&mut self, title: &str) {
        self.gap();
        self.line(0, vec![span(Style::Head, title)]);
    }

    /// A named field.
    pub(super) fn field(&mut self, name: &str, spans: Vec<Span>) {
        let style = if name == "BLIND" { Style::Bad } else { Style::Dim };
        let mut all = vec![(style, format!("{name:<FIELD$}"))];
        all.extend(spans);
        self.hanging(2, 2 + FIELD, all);
    }

    /// A line that goes on two columns further in.
    pub(super) fn line(&mut self, indent: usize, spans: Vec<Span>) {
        self.hanging(indent, indent + 2, spans);
    }

    /// A line that goes on under the column `hang`.
    pub(super) fn hanging(&mut self, indent: usize, hang: usize, spans: Vec<Span>) {
        let width = self.look.width;
        let hang = hang.min(width / 2);
        let mut column = indent.min(width / 2);
        self.out.push_str(&" ".repeat(column));
        let mut fresh = true;
        // What stands together without a space between stays together, whatever it is made of.
        let mut word: Vec<(Style, &str)> = Vec::new();
        let pieces = spans.iter().flat_map(|(style, text)| words(text).map(|piece| (*style, piece)));
        for piece in pieces.map(Some).chain([None]) {
            if let Some((_, text)) = piece
                && text != " "
            {
                word.extend(piece);
                continue;
            }
            let wide: usize = word.iter().map(|(_, text)| columns(text)).sum();
            if column + wide > width && !fresh {
                column = self.broken(hang);
            }
            for (style, text) in word.drain(..) {
                column = self.word(style, text, column, hang);
                fresh = false;
            }
            if let Some((style, space)) = piece {
                if column + 1 > width {
                    column = self.broken(hang);
                } else if !fresh || column != hang {
                    self.paint(style, space);
                    column += 1;
                }
            }
        }
        self.trim();
        self.out.push('\n');
    }

    /// Goes on in the next line, under the column `hang`.
    fn broken(&mut self, hang: usize) -> usize {
        self.trim();
        self.out.push('\n');
        self.out.push_str(&" ".repeat(hang));
        hang
    }

    /// Writes a word, in pieces if it is longer than a line; the column after it.
    fn word(&mut self, style: Style, word: &str, mut column: usize, hang: usize) -> usize {
        let mut piece = String::new();
        for char in word.chars() {
            let wide = wide(char);
            if column + wide > self.look.width {
                self.paint(style, &std::mem::take(&mut piece));
                self.out.push('\n');
                self.out.push_str(&" ".repeat(hang));
                column = hang;
            }
            piece.push(char);
            column += wide;
        }
        self.paint(style, &piece);
        column
    }

    fn paint(&mut self, style: Style, text: &str) {
        let code = match (self.look.paint, style) {
            (Paint::Plain, _) | (_, Style::Plain) => None,
            (_, Style::Head | Style::Strong) => Some("1"),
            (_, Style::Dim) => Some("2"),
            (_, Style::Name) => Some("36"),
            (_, Style::Good) => Some("32"),
            (_, Style::Warn) => Some("33"),
            (_, Style::Bad) => Some("1;31"),
        };
        match code.filter(|_| !text.trim().is_empty()) {
            Some(code) => self.out.push_str(&format!("\x1b[{code}m{text}\x1b[0m")),
            None => self.out.push_str(text),
        }
    }

    fn trim(&mut self) {
        let kept = self.out.trim_end_matches(' ').len();
        self.out.truncate(kept);
    }
}

/// Words and the spaces between them, one by one.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let end = match first {
            ' ' => 1,
            _ => rest.find(' ').unwrap_or(rest.len()),
        };
        let (word, after) = rest.split_at(end);
        rest = after;
        Some(word)
    })
}

/// Columns of a text on a terminal.
pub(super) fn columns(text: &str) -> usize {
    text.chars().map(wide).sum()
}

/// East Asian letters and pictures take two columns; this is near enough to keep a line within its width.
fn wide(char: char) -> usize {
    match u32::from(char) {
        0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xfe30..=0xfe6f => 2,
        0xff00..=0xff60 | 0xffe0..=0xffe6 | 0x1_f300..=0x1_faff | 0x2_0000..=0x3_fffd => 2,
        _ => 1,
    }
}
