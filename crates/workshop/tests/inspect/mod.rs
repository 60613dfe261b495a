//! What can be wrong with built pages without mdBook saying so.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use percent_encoding::percent_decode_str;
use scraper::{ElementRef, Html, Node, Selector};
use walkdir::WalkDir;
use workshop::book::Sources;

/// A built page, as far as the checks need it.
pub struct Page {
    /// Relative to the folder of the pages, with `/`.
    name: String,
    html: Html,
    /// What a fragment may name.
    anchors: BTreeSet<String>,
}

/// Every page in the folder.
pub fn pages(folder: &Path) -> Vec<Page> {
    let mut pages = Vec::new();
    for entry in WalkDir::new(folder).sort_by_file_name() {
        let path = entry.expect("the built folder can be read").into_path();
        if path.extension().is_some_and(|extension| extension == "html") {
            let html = Html::parse_document(&fs::read_to_string(&path).expect("a page is UTF-8"));
            let name = path.strip_prefix(folder).expect("it was found in there").to_string_lossy().replace('\\', "/");
            let mut anchors: BTreeSet<String> = attributes(&html, "[id]", "id").collect();
            anchors.extend(attributes(&html, "a[name]", "name"));
            pages.push(Page { name, html, anchors });
        }
    }
    pages
}

fn attributes(html: &Html, selector: &str, attribute: &str) -> impl Iterator<Item = String> {
    let selector = Selector::parse(selector).expect("the selectors are constants");
    let values = html.select(&selector).filter_map(|element| element.attr(attribute)).map(str::to_owned);
    values.collect::<Vec<_>>().into_iter()
}

/// Links to files that were not built and to fragments that the page does not have, one sentence each.
pub fn dead_links(folder: &Path, pages: &[Page]) -> Vec<String> {
    let anchors: BTreeMap<&str, &BTreeSet<String>> =
        pages.iter().map(|page| (page.name.as_str(), &page.anchors)).collect();
    let mut dead = Vec::new();
    for page in pages {
        let mut links: BTreeSet<String> = BTreeSet::new();
        for (selector, attribute) in [
            ("a[href]", "href"),
            ("link[href]", "href"),
            ("img[src]", "src"),
            ("script[src]", "src"),
            ("iframe[src]", "src"),
            ("source[src]", "src"),
            ("object[data]", "data"),
        ] {
            links.extend(attributes(&page.html, selector, attribute));
        }
        for link in links {
            if has_scheme(&link) {
                continue;
            }
            let (file, fragment) = link.split_once('#').unwrap_or((&link, ""));
            let file = file.split('?').next().unwrap_or(file);
            let (file, fragment) = (decoded(file), decoded(fragment));
            let target = resolve(&page.name, &file);
            match anchors.get(target.as_str()) {
                None if fragment.is_empty() && folder.join(&target).is_file() => {}
                None => dead.push(format!("{}: dead link: {link}", page.name)),
                Some(anchors) if fragment.is_empty() || anchors.contains(&fragment) => {}
                Some(_) => dead.push(format!("{}: dead fragment: {link}", page.name)),
            }
        }
    }
    dead
}

/// Whether the link leaves the book: `https:`, `mailto:`, `data:`, `//host`.
fn has_scheme(link: &str) -> bool {
    let scheme = link.split(['/', '?', '#']).next().unwrap_or("");
    link.starts_with("//") || scheme.contains(':')
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// The page or file that `link` means on the page `from`.
fn resolve(from: &str, link: &str) -> String {
    if link.is_empty() {
        return from.to_owned();
    }
    // The 404 page has its links from the root on.
    let base = if link.starts_with('/') { Path::new("") } else { Path::new(from).parent().unwrap_or(Path::new("")) };
    let mut parts: Vec<String> = Vec::new();
    for component in base.join(link.trim_start_matches('/')).components() {
        match component {
            Component::ParentDir => {
                parts.pop();
            }
            Component::Normal(part) => parts.push(part.to_string_lossy().into_owned()),
            _ => {}
        }
    }
    if link.ends_with('/') || parts.is_empty() {
        parts.push("index.html".into());
    }
    parts.join("/")
}

/// Code blocks in which a reader sees no text, one sentence each.
pub fn empty_code_blocks(pages: &[Page]) -> Vec<String> {
    let blocks = Selector::parse("pre code").expect("the selector is a constant");
    let mut empty = Vec::new();
    for page in pages {
        for (index, block) in page.html.select(&blocks).enumerate() {
            if shown_text(block).trim().is_empty() {
                empty.push(format!("{}: code block {} is empty", page.name, index + 1));
            }
        }
    }
    empty
}

/// The element's text without the lines that mdBook hides at first.
fn shown_text(element: ElementRef<'_>) -> String {
    let mut text = String::new();
    for child in element.children() {
        match child.value() {
            Node::Text(piece) => text.push_str(piece),
            Node::Element(inner) if !inner.classes().any(|class| class == "boring") => {
                text.extend(ElementRef::wrap(child).map(shown_text));
            }
            _ => {}
        }
    }
    text
}

/// Markdown files that are in the folder `src` and neither chapters nor included anywhere, one sentence each.
pub fn pages_outside_the_summary(src: &Path, sources: &Sources) -> Vec<String> {
    let mut outside = Vec::new();
    for entry in WalkDir::new(src).sort_by_file_name() {
        let path = entry.expect("the book's folder can be read").into_path();
        let name = path.strip_prefix(src).expect("it was found in there");
        let is_known = name == Path::new("SUMMARY.md")
            || sources.chapters.iter().any(|chapter| chapter == name)
            || sources.included.contains(&path);
        if path.extension().is_some_and(|extension| extension == "md") && !is_known {
            outside.push(format!("{}: neither in SUMMARY.md nor included", name.display()));
        }
    }
    outside
}

/// Chapters that do not say once how many minutes they take, one sentence each.
pub fn chapters_without_minutes(pages: &[Page], sources: &Sources) -> Vec<String> {
    let mut without = Vec::new();
    for chapter in &sources.chapters {
        let name = page_of(chapter);
        let page = pages.iter().find(|page| page.name == name);
        let page = page.unwrap_or_else(|| panic!("{name} was not built"));
        let said: Vec<String> = attributes(&page.html, "main [data-minutes]", "data-minutes").collect();
        if !matches!(&said[..], [minutes] if minutes.parse().is_ok_and(|minutes: u32| minutes > 0)) {
            without.push(format!("{name}: does not say how many minutes it takes: {said:?}"));
        }
    }
    without
}

/// The page that mdBook makes of a chapter's file.
fn page_of(chapter: &Path) -> String {
    let is_readme = chapter.file_stem().is_some_and(|stem| stem.eq_ignore_ascii_case("readme"));
    let page: PathBuf = if is_readme { chapter.with_file_name("index.html") } else { chapter.with_extension("html") };
    page.to_string_lossy().replace('\\', "/")
}
