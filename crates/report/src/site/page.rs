//! A rule's page, from Markdown to HTML that can do nothing.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd, html::push_html};

/// The page without its title, which the site shows itself. HTML in it is shown as text, images as their words, and a link
/// leads to `https://` or nowhere. A paragraph that begins with a bold phrase begins a section of that name.
pub(super) fn html(markdown: &str) -> String {
    let sections = sections(markdown);
    let (mut out, mut in_title, mut dead_links) = (String::new(), false, 0_usize);
    let events = Parser::new_ext(&sections, Options::ENABLE_TABLES).filter_map(|event| match event {
        Event::Start(Tag::Heading { level, .. }) if level as u8 == 1 => {
            in_title = true;
            None
        }
        Event::End(TagEnd::Heading(level)) if level as u8 == 1 => {
            in_title = false;
            None
        }
        _ if in_title => None,
        Event::Html(text) | Event::InlineHtml(text) => Some(Event::Text(text)),
        Event::Start(Tag::HtmlBlock | Tag::Image { .. }) | Event::End(TagEnd::HtmlBlock | TagEnd::Image) => None,
        Event::Start(Tag::Link { ref dest_url, .. }) if !dest_url.starts_with("https://") => {
            dead_links += 1;
            None
        }
        Event::End(TagEnd::Link) if dead_links > 0 => {
            dead_links -= 1;
            None
        }
        event => Some(event),
    });
    push_html(&mut out, events);
    out
}

/// `**What it sees.** It sees …` as a heading and a paragraph.
fn sections(markdown: &str) -> String {
    let mut out = String::with_capacity(markdown.len());
    let mut after_blank = true;
    for line in markdown.lines() {
        let parts = line.strip_prefix("**").and_then(|rest| rest.split_once("**"));
        match parts.filter(|(name, _)| after_blank && !name.is_empty() && name.len() <= 40) {
            Some((name, rest)) => {
                out.push_str(&format!("## {}\n\n{}\n", name.trim_end_matches('.'), rest.trim_start()));
            }
            None => {
                out.push_str(line);
                out.push('\n');
            }
        }
        after_blank = line.trim().is_empty();
    }
    out
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::html;

    #[test]
    fn a_page_becomes_sections_and_nothing_in_it_runs() {
        let page = "# Title\n\n**What it sees.** A *thing*, `x < y`.\n\n**First three checks**\n\n1. [one](https://e.org/)\n2. \
                    [two](javascript:alert(1))\n\n<script>alert(1)</script>\n\ntext <b onclick=x>b</b> ![i](https://e.org/i)\n";
        expect![[r#"
            <h2>What it sees</h2>
            <p>A <em>thing</em>, <code>x &lt; y</code>.</p>
            <h2>First three checks</h2>
            <ol>
            <li><a href="https://e.org/">one</a></li>
            <li>two</li>
            </ol>
            &lt;script&gt;alert(1)&lt;/script&gt;
            <p>text &lt;b onclick=x&gt;b&lt;/b&gt; i</p>
        "#]]
        .assert_eq(&html(page));
    }
}
