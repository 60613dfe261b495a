//! TODOs: the regions of a file that are the learner's, and all the rest, which is not.
//!
//! ```text
//! // TODO 1 begins: what is to be done.
//! …
//! // TODO 1 ends.
//! ```
//!
//! The two lines themselves are not the learner's. So a file as it is given, the learner's and the solution's can be
//! compared: what is not a TODO is the same text.

use std::fmt;

/// A region that is the learner's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region<'a> {
    /// Its number.
    pub number: u32,
    /// What is to be done, as the line that opens it says.
    pub task: &'a str,
    /// The lines between the two that mark it.
    pub lines: Vec<&'a str>,
}

/// A text in two: its regions, and the lines outside of them, those that mark them included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts<'a> {
    /// The learner's.
    pub regions: Vec<Region<'a>>,
    /// The rest, each line with its number.
    pub outside: Vec<(usize, &'a str)>,
}

/// Takes a text apart.
///
/// # Errors
///
/// When the marks do not pair up; the message starts with the line's number.
pub fn parts(text: &str) -> Result<Parts<'_>, String> {
    let mut parts = Parts { regions: Vec::new(), outside: Vec::new() };
    let mut open: Option<Region<'_>> = None;
    for (index, line) in text.lines().enumerate() {
        let line = line.trim_end();
        match (mark(line), &mut open) {
            (Some(Mark::Begins(number, task)), None) => {
                parts.outside.push((index + 1, line));
                open = Some(Region { number, task, lines: Vec::new() });
            }
            (Some(Mark::Ends(number)), Some(region)) if region.number == number => {
                parts.outside.push((index + 1, line));
                parts.regions.extend(open.take());
            }
            (None, Some(region)) => region.lines.push(line),
            (None, None) => parts.outside.push((index + 1, line)),
            (Some(_), _) => return Err(format!(":{}: this mark has no partner: {}", index + 1, line.trim())),
        }
    }
    match open {
        Some(region) => Err(format!(": TODO {} begins and does not end", region.number)),
        None => Ok(parts),
    }
}

enum Mark<'a> {
    Begins(u32, &'a str),
    Ends(u32),
}

fn mark(line: &str) -> Option<Mark<'_>> {
    let (number, rest) = line.trim_start().strip_prefix("// TODO ")?.split_once(' ')?;
    let number = number.parse().ok()?;
    match rest.strip_prefix("begins: ") {
        Some(task) => Some(Mark::Begins(number, task)),
        None => (rest == "ends.").then_some(Mark::Ends(number)),
    }
}

/// The number of the first line of a region whose code, and not a comment in it, has `words` in it.
pub fn line_that_has(text: &str, words: &str) -> Option<usize> {
    let outside: Vec<usize> = parts(text).ok()?.outside.into_iter().map(|(number, _)| number).collect();
    let has_words = |line: &str| line.split("//").next().is_some_and(|code| code.contains(words));
    let mut inside = text.lines().zip(1..).filter(|(_, number)| !outside.contains(number));
    inside.find(|(line, _)| has_words(line)).map(|(_, number)| number)
}

/// Where a text differs from the given one outside of the TODOs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change(String);

impl fmt::Display for Change {
    /// To be read after the name of the file: `:12: …`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The first difference between the two texts outside of the TODOs. Blank lines do not count, and neither does what the
/// file says of itself (`//!`).
pub fn first_change(given: &str, now: &str) -> Option<Change> {
    let advice = "Only what stands between `TODO … begins` and `TODO … ends` is yours.";
    let change = |what: String| Some(Change(format!("{what}\n{advice}")));
    let given = match parts(given) {
        Ok(parts) => parts.outside,
        Err(error) => return change(format!(" as given{error}")),
    };
    let now = match parts(now) {
        Ok(parts) => parts.outside,
        Err(error) => return change(error),
    };
    let is_text = |line: &&(usize, &str)| !line.1.is_empty() && !line.1.starts_with("//!");
    let (mut given, mut now) = (given.iter().filter(is_text), now.iter().filter(is_text));
    loop {
        match (given.next(), now.next()) {
            (None, None) => return None,
            (Some((_, given)), Some((_, now))) if given == now => {}
            (Some((_, given)), Some((line, now))) => {
                return change(format!(
                    ":{line}: this line was changed\n  given: {}\n  now:   {}",
                    given.trim(),
                    now.trim()
                ));
            }
            (Some((_, given)), None) => return change(format!(": a line is gone\n  given: {}", given.trim())),
            (None, Some((line, now))) => return change(format!(":{line}: this line is new\n  now:   {}", now.trim())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "a\n  // TODO 1 begins: do this.\n  b\n\n  // TODO 1 ends.\nc\n// TODO 2 begins: do that.\n// TODO 2 ends.\n";

    #[test]
    fn a_text_is_taken_apart() {
        let parts = parts(TEXT).unwrap();
        assert_eq!(parts.regions.len(), 2);
        assert_eq!(parts.regions[0], Region { number: 1, task: "do this.", lines: vec!["  b", ""] });
        assert_eq!(parts.outside.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [1, 2, 5, 6, 7, 8]);
    }

    #[test]
    fn words_are_found_in_the_code_of_a_region() {
        assert_eq!(line_that_has(TEXT, "b"), Some(3));
        assert_eq!(line_that_has(TEXT, "a"), None, "outside");
        assert_eq!(line_that_has(&TEXT.replace("  b", "  x // b"), "b"), None, "a comment");
    }

    #[test]
    fn what_is_in_a_region_may_change_and_nothing_else() {
        assert_eq!(first_change(TEXT, &TEXT.replace("  b", "  x\n  y\n  // any TODO at all\n")), None);
        assert_eq!(first_change(TEXT, &TEXT.replace('\n', "  \n")), None, "blanks at the end");
        assert_eq!(first_change(TEXT, &format!("//! New.\n\n{TEXT}")), None, "what it says of itself");
        for (from, to, said) in [
            ("a\n", "A\n", ":1: this line was changed"),
            ("c\n", "", "this line was changed"),
            ("// TODO 1 ends.\n", "", ":6: this mark has no partner"),
            ("// TODO 2 ends.\n", "", ": TODO 2 begins and does not end"),
            ("// TODO 2 ends.\n", "// TODO 2 ends.\nd\n", ":9: this line is new"),
            ("TODO 1 begins: do this.", "TODO 1 begins: do less.", "this line was changed"),
        ] {
            let change = first_change(TEXT, &TEXT.replace(from, to)).expect(said).to_string();
            assert!(change.contains(said) && change.contains("is yours"), "{change}");
        }
        let gone = first_change(TEXT, TEXT.split("// TODO 2").next().unwrap()).unwrap().to_string();
        assert!(gone.contains(": a line is gone\n  given: // TODO 2 begins: do that."), "{gone}");
    }
}
