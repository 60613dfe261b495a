//! Text for a terminal: colours, which the writer drops where there are none, and lines of at most 80 columns.

use std::io::{self, Write};

use clap::builder::styling::{AnsiColor, Style};

/// No line is wider.
pub(crate) const WIDTH: usize = 80;

pub(crate) const BOLD: Style = Style::new().bold();
pub(crate) const DIM: Style = Style::new().dimmed();
pub(crate) const GOOD: Style = Style::new().fg_color(Some(clap::builder::styling::Color::Ansi(AnsiColor::Green)));
pub(crate) const BAD: Style = Style::new().fg_color(Some(clap::builder::styling::Color::Ansi(AnsiColor::Red)));

/// Writes a paragraph: `first` before its first line, as many blanks before the others.
///
/// # Errors
///
/// What the writer fails with.
pub(crate) fn paragraph(out: &mut dyn Write, first: &str, style: Style, text: &str) -> io::Result<()> {
    let indent = first.chars().count();
    for (index, line) in textwrap::wrap(text, WIDTH - indent).iter().enumerate() {
        let before = if index == 0 { first.to_owned() } else { " ".repeat(indent) };
        writeln!(out, "{style}{before}{line}{style:#}")?;
    }
    Ok(())
}

/// A bar that is full up to `done` of `all`: `[████░░░░]`.
pub(crate) fn bar(done: u32, all: u32, width: u32) -> String {
    let full = (width * done).checked_div(all).unwrap_or(0) as usize;
    format!("[{}{}]", "█".repeat(full), "░".repeat(width as usize - full))
}

/// Writes a page of Markdown: headings are bold, paragraphs are filled, code stays as it is, HTML is left out.
///
/// # Errors
///
/// What the writer fails with.
pub(crate) fn markdown(out: &mut dyn Write, page: &str) -> io::Result<()> {
    let mut paragraph_so_far = String::new();
    let mut in_code = false;
    let mut blank = true;
    for line in page.lines().chain([""]) {
        let text = line.trim();
        let is_item = text.starts_with("- ") || text.split_once(". ").is_some_and(|(n, _)| n.parse::<u32>().is_ok());
        let ends =
            in_code || text.is_empty() || text.starts_with(['#', '<', '|']) || text.starts_with("```") || is_item;
        if ends && !paragraph_so_far.is_empty() {
            fill(out, &std::mem::take(&mut paragraph_so_far))?;
            blank = false;
        }
        if text.starts_with("```") {
            in_code = !in_code;
        } else if in_code {
            writeln!(out, "{}", format!("    {line}").trim_end())?;
            blank = false;
        } else if text.is_empty() {
            if !blank {
                writeln!(out)?;
            }
            blank = true;
        } else if let Some(heading) = text.strip_prefix('#') {
            paragraph(out, "", BOLD, &heading.trim_start_matches('#').trim().replace("**", ""))?;
            blank = false;
        } else if !text.starts_with('<') {
            if !paragraph_so_far.is_empty() {
                paragraph_so_far.push(' ');
            }
            paragraph_so_far.push_str(text);
        }
    }
    Ok(())
}

fn fill(out: &mut dyn Write, text: &str) -> io::Result<()> {
    let plain = text.replace("**", "");
    let (mark, rest) = match plain.split_once(' ') {
        Some(("-", rest)) => ("  - ".to_owned(), rest),
        Some((number, rest)) if number.strip_suffix('.').is_some_and(|n| n.parse::<u32>().is_ok()) => {
            (format!("  {number} "), rest)
        }
        _ => (String::new(), plain.as_str()),
    };
    paragraph(out, &mark, Style::new(), rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(page: &str) -> String {
        let mut out = anstream::StripStream::new(Vec::new());
        markdown(&mut out, page).unwrap();
        String::from_utf8(out.into_inner()).unwrap()
    }

    #[test]
    fn a_page_is_filled_and_its_code_is_not() {
        let words = "word ".repeat(40);
        let page = format!(
            "# A **title**\n\n<div data-minutes=\"5\"></div>\n\n{words}\n{words}\n\n- one\n  {words}\n- two\n1. three\n\n\
             ```rust\nlet x = 1;\n\n    y();\n```\nend\n"
        );
        let shown = shown(&page);
        assert!(shown.lines().all(|line| line.chars().count() <= WIDTH), "{shown}");
        for expected in
            ["  - one word", "\n    word", "  - two\n", "  1. three\n", "    let x = 1;\n\n        y();\n", "end\n"]
        {
            assert!(shown.contains(expected), "{shown} lacks {expected:?}");
        }
        assert!(!shown.contains("div") && !shown.contains("```") && !shown.contains("**"), "{shown}");
    }

    #[test]
    fn a_bar_is_as_full_as_it_should_be() {
        assert_eq!(bar(0, 4, 8), "[░░░░░░░░]");
        assert_eq!(bar(1, 4, 8), "[██░░░░░░]");
        assert_eq!(bar(4, 4, 8), "[████████]");
        assert_eq!(bar(0, 0, 2), "[░░]");
    }
}
