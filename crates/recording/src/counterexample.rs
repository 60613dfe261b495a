//! A counterexample as a chapter includes it.
//!
//! The page holds the JSON for the book's widget, and the same in words and as lanes: that is what print, a narrow
//! screen and a browser without JavaScript show.

use std::fmt::Write as _;

use witness::{Event, Witness};

/// The Markdown of `witness`: one HTML block, which mdBook passes through.
pub(crate) fn page(name: &str, witness: &Witness) -> String {
    let mut page = String::new();
    let _ = writeln!(page, "<figure class=\"counterexample\" id=\"{name}\" data-counterexample=\"{name}\">");
    let _ = writeln!(page, "<figcaption>{}: {}</figcaption>", escape(witness.bug.name()), escape(&witness.summary));
    page.push_str("<ol class=\"counterexample-steps\">\n");
    for event in &witness.events {
        let _ = writeln!(page, "{}", item(witness, event));
    }
    page.push_str("</ol>\n");
    // A blank line would end the HTML block: the lanes have none.
    let lanes: Vec<String> = witness.to_string().lines().map(escape).collect();
    let _ = writeln!(
        page,
        "<pre class=\"counterexample-lanes\"><code class=\"language-text\">{}</code></pre>",
        lanes.join("\n")
    );
    let _ = writeln!(page, "<script type=\"application/json\">{}</script>", json(witness));
    page.push_str("</figure>\n");
    page
}

fn item(witness: &Witness, event: &Event) -> String {
    let thread = match witness.threads.iter().find(|lane| lane.id == event.thread).and_then(|lane| lane.name.as_ref()) {
        Some(name) => format!("T{} {name}", event.thread),
        None => format!("T{}", event.thread),
    };
    let class = if event.failing { " class=\"failing\"" } else { "" };
    let source = event.source.as_ref().map_or_else(String::new, |line| {
        format!(" <span class=\"source\">{}:{}</span>", escape(&line.file), line.line)
    });
    let mark = if event.failing { "✗ " } else { "" };
    format!("<li{class}>{mark}<b>{}</b> {}{source}</li>", escape(&thread), escape(&event.sentence))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The JSON on one line, with nothing in it that could end the script element.
fn json(witness: &Witness) -> String {
    let lines: Vec<String> = witness.to_json().lines().map(|line| line.trim().to_owned()).collect();
    lines.join(" ").replace('<', "\\u003c")
}

#[cfg(test)]
mod tests {
    use super::page;
    use witness::{Bug, Probe};

    #[test]
    fn a_page_has_the_steps_in_words_the_lanes_and_the_json() {
        let witness = witness::expect_bug(Bug::Leak, || std::mem::forget(witness::sync::Arc::new(Probe::new(1))));
        let page = page("a-leak", &witness);
        assert!(page.contains("<li class=\"failing\">✗ <b>T0 main</b> allocates block #1 (Arc::new)"), "{page}");
        assert!(page.contains("Arc::new → #1"), "{page}");
        let json = page.split("<script type=\"application/json\">").nth(1).unwrap().split("</script>").next().unwrap();
        assert_eq!(witness::Witness::from_json(json).unwrap(), witness);
        assert!(!page.contains("\n\n"), "a blank line ends an HTML block of Markdown:\n{page}");
    }

    #[test]
    fn markup_in_a_message_is_text() {
        let witness = witness::expect_bug(Bug::Panic, || panic!("</script><b>\"&"));
        let page = page("a-panic", &witness);
        assert_eq!(page.matches("</script>").count(), 1, "{page}");
        assert!(page.contains("&lt;/script&gt;&lt;b&gt;&quot;&amp;"), "{page}");
    }
}
