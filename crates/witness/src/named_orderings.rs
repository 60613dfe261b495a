//! The orderings that a source file names, and the calls that it names them in.
//!
//! An audit finds orderings when a model uses them. This finds them in the text, so that one that no model reaches is
//! not passed over in silence.

use std::str::FromStr;
use std::sync::atomic::Ordering::{self, AcqRel, Acquire, Release, SeqCst};

use proc_macro2::{Delimiter, Ident, LineColumn, TokenStream, TokenTree};

/// An ordering stronger than `Relaxed`, as a source file names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NamedOrdering {
    pub(crate) ordering: Ordering,
    /// The line that it is on, counted from 1.
    pub(crate) line: u32,
    /// The call that it is an argument of.
    pub(crate) call: Option<Call>,
}

/// A call in a source file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    /// What is called: `store`.
    pub(crate) name: String,
    /// Whether it is called as a method.
    is_method: bool,
    /// Where `#[track_caller]` says that the call is: line and column of the method's name, or of the function's path.
    pub(crate) position: (u32, u32),
    /// The line on which its arguments end.
    pub(crate) last_line: u32,
}

impl Call {
    /// Whether its name is that of an operation with orderings: then an ordering in its arguments is that operation's.
    pub(crate) fn is_atomic_operation(&self) -> bool {
        let name = self.name.as_str();
        let accesses = matches!(name, "load" | "store" | "swap") || name.starts_with("compare_exchange");
        let modifies = name.starts_with("fetch_");
        matches!(name, "fence" | "compiler_fence") || self.is_method && (accesses || modifies)
    }
}

/// Every ordering in `source`, in order, but for those in `use` items.
///
/// # Errors
///
/// If `source` is no Rust.
pub(crate) fn named_orderings(source: &str) -> Result<Vec<NamedOrdering>, proc_macro2::LexError> {
    let mut found = Vec::new();
    walk(TokenStream::from_str(source)?, None, &mut found);
    Ok(found)
}

/// Looks through `tokens`, which are in the arguments of `call`.
fn walk(tokens: TokenStream, call: Option<&Call>, found: &mut Vec<NamedOrdering>) {
    // The path that ends at the last token, and where it begins: `atomic::fence`, or `store`.
    let mut path: Option<(Ident, LineColumn)> = None;
    let mut colons = 0;
    let mut after_dot = false;
    let mut is_method = false;
    // Where a path begins that begins with colons.
    let mut leading: Option<LineColumn> = None;
    let mut in_use = false;
    for token in tokens {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == ':' && path.is_some() => colons += 1,
            TokenTree::Punct(punct) => {
                path = None;
                after_dot = punct.as_char() == '.';
                leading = (punct.as_char() == ':').then(|| leading.unwrap_or(punct.span().start()));
                in_use &= punct.as_char() != ';';
            }
            TokenTree::Ident(ident) if ident == "use" => in_use = true,
            TokenTree::Ident(ident) => {
                let here = ident.span().start();
                if let (Some(ordering), false) = (strong(&ident), in_use) {
                    found.push(NamedOrdering { ordering, line: here.line as u32, call: call.cloned() });
                }
                let before = path.take().filter(|_| colons == 2).map(|(_, start)| start);
                let start = before.or(leading.take()).unwrap_or(here);
                (path, colons) = (Some((ident, start)), 0);
                (is_method, after_dot) = (after_dot, false);
            }
            TokenTree::Group(group) if in_use => drop(group),
            TokenTree::Group(group) => {
                let called = path.take().filter(|_| colons == 0 && group.delimiter() == Delimiter::Parenthesis);
                let inner = called.map(|(ident, start)| Call {
                    name: ident.to_string(),
                    is_method,
                    // Columns are counted from 0 here, and from 1 by the compiler.
                    position: (start.line as u32, start.column as u32 + 1),
                    last_line: group.span_close().start().line as u32,
                });
                walk(group.stream(), inner.as_ref().or(call), found);
            }
            TokenTree::Literal(_) => path = None,
        }
    }
}

fn strong(ident: &Ident) -> Option<Ordering> {
    [Acquire, Release, AcqRel, SeqCst].into_iter().find(|ordering| *ident == format!("{ordering:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The name of a call, its line and its column.
    type Place = Option<(String, u32, u32)>;

    /// Each ordering with its line and its call.
    fn found(source: &str) -> Vec<(Ordering, u32, Place)> {
        let named = named_orderings(source).expect("it is Rust");
        let place = |call: Call| (call.name, call.position.0, call.position.1);
        named.into_iter().map(|named| (named.ordering, named.line, named.call.map(place))).collect()
    }

    fn call(name: &str, line: u32, column: u32) -> Place {
        Some((name.to_owned(), line, column))
    }

    #[test]
    fn an_ordering_belongs_to_the_innermost_call() {
        let source = "fn f() {\n    self.a.store(b.load(Acquire), Release);\n}";
        assert_eq!(found(source), [(Acquire, 2, call("load", 2, 20)), (Release, 2, call("store", 2, 12))]);
    }

    #[test]
    fn a_call_is_where_its_path_or_its_methods_name_begins() {
        assert_eq!(found("atomic::fence(SeqCst)"), [(SeqCst, 1, call("fence", 1, 1))]);
        assert_eq!(found("::std::sync::atomic::fence(Ordering::SeqCst)"), [(SeqCst, 1, call("fence", 1, 1))]);
        let source = "head\n    .compare_exchange(\n        a,\n        b,\n        AcqRel,\n        Acquire,\n    )";
        let place = call("compare_exchange", 2, 6);
        assert_eq!(found(source), [(AcqRel, 5, place.clone()), (Acquire, 6, place)]);
        assert_eq!(named_orderings(source).unwrap()[0].call.as_ref().unwrap().last_line, 7);
    }

    #[test]
    fn braces_and_parentheses_that_are_no_calls_change_nothing() {
        let source = "x.load(if strong { Acquire } else { (SeqCst) })";
        assert_eq!(found(source), [(Acquire, 1, call("load", 1, 3)), (SeqCst, 1, call("load", 1, 3))]);
        assert_eq!(found("let order = (Acquire, 1);"), [(Acquire, 1, None)]);
        assert_eq!(found("const ORDER: Ordering = Ordering::Release;"), [(Release, 1, None)]);
    }

    #[test]
    fn a_function_may_have_the_name_of_an_operation() {
        let is_operation = |source: &str| {
            let named = named_orderings(source).unwrap().remove(0);
            named.call.is_some_and(|call| call.is_atomic_operation())
        };
        assert!(is_operation("self.word.load(Acquire)") && is_operation("word.fetch_or(1, Acquire)"));
        assert!(is_operation("fence(Acquire)") && is_operation("atomic::fence(Acquire)"));
        assert!(!is_operation("load(&word, Acquire)") && !is_operation("word.publish(Acquire)"));
    }

    #[test]
    fn what_is_no_ordering_is_passed_over() {
        assert_eq!(found("use std::sync::atomic::Ordering::{Acquire, Release};\nx.load(Acquire)").len(), 1);
        assert_eq!(found("pub use crate::sync::atomic::Ordering::Acquire;"), []);
        let comments =
            "// Acquire\n/* Release /* SeqCst */ */\n/// AcqRel\nfn f() { g(\"Acquire\", 'a', r#\"SeqCst\"#) }";
        assert_eq!(found(comments), []);
        assert_eq!(found("x.load(Relaxed); fn release() {}"), []);
    }
}
