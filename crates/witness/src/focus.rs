//! A counterexample with fewer rows.

use std::collections::BTreeMap;

use crate::counterexample::{MissingEdge, Witness};

impl Witness {
    /// The same counterexample without the rows of some source files: of what the model builds on and is not about. `files`
    /// are ends of paths: `"rcu.rs"`, `"table/raw.rs"`.
    ///
    /// What the verdict speaks of stays: the failing operation, and the one that it races with. The steps are numbered anew,
    /// and a detail says which files have been left out.
    ///
    /// ```
    /// let witness = witness::expect_bug(witness::Bug::Panic, || panic!("as it should"));
    /// assert_eq!(witness.clone().without_rows_of(&["rcu.rs"]), witness);
    /// ```
    pub fn without_rows_of(mut self, files: &[&str]) -> Witness {
        let edge = self.missing_edge.map_or([0, 0], |edge| [edge.from, edge.to]);
        let mut left_out: Vec<String> = Vec::new();
        self.events.retain(|event| {
            let Some(source) = &event.source else { return true };
            let hidden = files.iter().any(|file| ends_path(&source.file, file));
            if !hidden || event.failing || edge.contains(&event.step) {
                return true;
            }
            let name = source.file.rsplit('/').next().unwrap_or(&source.file);
            if !left_out.iter().any(|known| known == name) {
                left_out.push(name.to_owned());
            }
            false
        });
        let steps: BTreeMap<usize, usize> = (self.events.iter().map(|event| event.step)).zip(1..).collect();
        for event in &mut self.events {
            event.step = steps[&event.step];
            event.reads_from = event.reads_from.and_then(|step| steps.get(&step).copied());
        }
        self.missing_edge = self.missing_edge.map(|edge| MissingEdge { from: steps[&edge.from], to: steps[&edge.to] });
        let shown = |name: &str| {
            let mut words =
                self.events.iter().flat_map(|event| event.text.split([' ', '.'])).chain(self.summary.split(' '));
            words.any(|word| word.trim_end_matches(',') == name)
        };
        self.details.retain(|detail| match detail.split_once(": ") {
            Some((name, what)) if what.contains("made at") || what.contains("copied at") => shown(name),
            _ => true,
        });
        if !left_out.is_empty() {
            left_out.sort();
            self.details.push(format!("left out: the steps in {}", left_out.join(", ")));
        }
        self
    }
}

/// Whether `path` is `end`, or ends with it after a `/`.
fn ends_path(path: &str, end: &str) -> bool {
    path == end || path.strip_suffix(end).is_some_and(|start| start.ends_with('/'))
}

#[cfg(test)]
mod tests {
    use super::ends_path;
    use crate::sync::atomic::{AtomicUsize, Ordering::Relaxed};
    use crate::{Bug, thread};

    #[test]
    fn a_path_ends_with_whole_names() {
        assert!(ends_path("src/rcu.rs", "rcu.rs") && ends_path("rcu.rs", "rcu.rs"));
        assert!(ends_path("a/table/raw.rs", "table/raw.rs"));
        assert!(!ends_path("src/circu.rs", "rcu.rs") && !ends_path("table/raw.rs", "a/raw.rs"));
    }

    #[test]
    fn what_the_verdict_speaks_of_stays_and_the_rest_is_numbered_anew() {
        let witness = crate::expect_bug(Bug::Panic, || {
            let a = AtomicUsize::new(0);
            thread::scope(|scope| {
                scope.spawn(|| a.store(1, Relaxed));
            });
            assert_eq!(a.load(Relaxed), 0);
        });
        assert!(witness.events.len() > 1 && witness.to_string().contains("store"), "{witness}");
        let kept = witness.clone().without_rows_of(&["another.rs"]);
        assert_eq!(kept, witness);
        let focused = witness.without_rows_of(&["focus.rs"]);
        let steps: Vec<usize> = focused.events.iter().map(|event| event.step).collect();
        assert_eq!(steps, [1], "{focused}");
        assert!(focused.events[0].failing);
        assert_eq!(focused.details.last().map(String::as_str), Some("left out: the steps in focus.rs"));
    }
}
