//! Draws a witness as lanes, one a thread, for a terminal of 80 columns.
//!
//! A row has one event, so a lane needs no column of its own: each starts further to the right, and its texts run over
//! the lanes beyond it.

use std::fmt;

use crate::counterexample::{Event, Witness};

const WIDTH: usize = 80;
/// Where the first lane starts: after the step's number and the mark.
const MARGIN: usize = 8;
/// Rows that are shown of a longer timeline: the first few, and the last.
const FIRST_ROWS: usize = 6;
const LAST_ROWS: usize = 34;
/// A screen.
const MAX_LINES: usize = 60;
/// Lines that one sentence may take.
const MAX_WRAPPED: usize = 6;

pub(crate) fn draw(witness: &Witness, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut lines = headline(witness);
    lanes(witness, &mut lines);
    let room = MAX_LINES - lines.len();
    let mut details: Vec<String> = witness.details.iter().flat_map(|detail| wrap(detail, 2, 4)).collect();
    if details.len() > room {
        details.truncate(room - 1);
        details.push("  …".to_owned());
    }
    lines.extend(details);
    f.write_str(&lines.join("\n"))
}

fn headline(witness: &Witness) -> Vec<String> {
    let mut lines = wrap(&format!("{}: {}", witness.bug, witness.summary), 0, 2);
    let preemptions = match witness.preemptions {
        0 => "no preemption".to_owned(),
        1 => "1 preemption".to_owned(),
        n => format!("{n} preemptions"),
    };
    let effort = format!("execution {}, {preemptions}", witness.execution);
    let last = lines.last_mut().expect("wrap adds a line");
    if width(last) + 2 + width(&effort) <= WIDTH {
        let gap = WIDTH - width(last) - width(&effort);
        last.push_str(&" ".repeat(gap));
        last.push_str(&effort);
    } else {
        lines.push(format!("{effort:>WIDTH$}"));
    }
    lines
}

fn lanes(witness: &Witness, lines: &mut Vec<String>) {
    if witness.events.is_empty() {
        return;
    }
    let sources: Vec<String> = witness.events.iter().map(|event| clip(&source(event), WIDTH / 2)).collect();
    let source_width = sources.iter().map(|source| width(source)).max().unwrap_or(0);
    let source_column = WIDTH - source_width;
    let indent = indent(witness, source_column);

    let mut header = " ".repeat(MARGIN);
    for lane in used_lanes(witness) {
        let title = match &witness.threads.iter().find(|thread| thread.id == lane).and_then(|t| t.name.as_ref()) {
            Some(name) => format!("T{lane} {name}"),
            None => format!("T{lane}"),
        };
        let start = MARGIN + indent * lane;
        while width(&header) < start {
            header.push(' ');
        }
        if width(&header) > start {
            // The name before it was too long for its lane.
            header = header.chars().take(start - 1).chain([' ']).collect();
        }
        header.push_str(&title);
    }
    lines.push(clip(&header, WIDTH));

    let count = witness.events.len();
    for (index, (event, source)) in witness.events.iter().zip(&sources).enumerate() {
        if count > FIRST_ROWS + LAST_ROWS {
            if index == FIRST_ROWS {
                lines.push(format!("{:>5}   … {} steps …", "", count - FIRST_ROWS - LAST_ROWS));
            }
            if (FIRST_ROWS..count - LAST_ROWS).contains(&index) {
                continue;
            }
        }
        lines.push(row(event, source, indent, source_column));
    }
}

fn row(event: &Event, source: &str, indent: usize, source_column: usize) -> String {
    let mark = if event.failing { '✗' } else { ' ' };
    let start = MARGIN + indent * event.thread;
    let line = format!("{:>5} {mark} {}{}", event.step, " ".repeat(start - MARGIN), event.text);
    let mut line = clip(&line, if source.is_empty() { WIDTH } else { source_column - 2 });
    if !source.is_empty() {
        let gap = source_column - width(&line);
        line.push_str(&" ".repeat(gap));
        line.push_str(source);
    }
    line.trim_end().to_owned()
}

fn source(event: &Event) -> String {
    event.source.as_ref().map(ToString::to_string).unwrap_or_default()
}

/// How much further to the right each lane starts, so that the widest text of each still fits.
fn indent(witness: &Witness, source_column: usize) -> usize {
    let room = source_column.saturating_sub(MARGIN + 2);
    witness
        .events
        .iter()
        .filter(|event| event.thread > 0)
        .map(|event| room.saturating_sub(width(&event.text)) / event.thread)
        .min()
        .unwrap_or(0)
        .clamp(4, 32)
}

/// The threads that have rows, and all before them.
fn used_lanes(witness: &Witness) -> std::ops::RangeInclusive<usize> {
    0..=witness.events.iter().map(|event| event.thread).max().unwrap_or(0)
}

/// Breaks `text` into a few lines of at most 80 columns, and cuts off what does not fit.
fn wrap(text: &str, first: usize, rest: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = " ".repeat(first);
    let mut empty = true;
    for word in text.split_whitespace() {
        if !empty && width(&line) + 1 + width(word) > WIDTH {
            if lines.len() + 1 == MAX_WRAPPED {
                line = clip(&format!("{line} …"), WIDTH);
                break;
            }
            lines.push(std::mem::replace(&mut line, " ".repeat(rest)));
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        line.push_str(&clip(word, WIDTH - rest));
        empty = false;
    }
    lines.push(clip(&line, WIDTH));
    lines
}

/// `text`, cut off if it is wider than `width`, and without what a terminal would take for a command.
pub(crate) fn clip(text: &str, width: usize) -> String {
    let text = text.replace(char::is_control, " ");
    if self::width(&text) <= width {
        return text;
    }
    text.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}

fn width(text: &str) -> usize {
    text.chars().count()
}
