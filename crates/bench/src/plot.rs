//! The plots, as SVG that takes its colours from the page it stands on.

use anyhow::{Result, anyhow};
use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::statistics::{Quartiles, rough};

/// A stand-in for the page's own colour of text.
const TEXT: RGBColor = RGBColor(1, 1, 1);
/// Stand-ins for the colours of the series, which the book's style sheet defines for each theme.
const SERIES: [RGBColor; 8] = [
    RGBColor(2, 1, 1),
    RGBColor(2, 2, 1),
    RGBColor(2, 3, 1),
    RGBColor(2, 4, 1),
    RGBColor(2, 5, 1),
    RGBColor(2, 6, 1),
    RGBColor(2, 7, 1),
    RGBColor(2, 8, 1),
];

const FONT: &str = "sans-serif";
const WIDTH: u32 = 760;

/// A line of a ranking: who, what was measured of it in each series, and whether it is one of ours.
pub struct Ranked {
    pub name: String,
    pub values: Vec<Option<Quartiles>>,
    pub is_ours: bool,
}

/// A dot for each value with a line from quartile to quartile, on a logarithmic axis, one row for each contender. The
/// series of a row differ in their marks: a full dot, a ring, a square.
///
/// # Errors
///
/// When there is nothing to draw.
pub fn ranking(title: &str, axis: &str, series: &[&str], rows: &[Ranked]) -> Result<String> {
    const ROW: u32 = 20;
    const NAMES: i32 = 220;
    let all = || rows.iter().flat_map(|row| row.values.iter().flatten());
    let least = all().map(|value| value.lower).fold(f64::INFINITY, f64::min);
    let most = all().map(|value| value.upper).fold(0.0, f64::max);
    if !(least > 0.0 && most > 0.0) {
        return Err(anyhow!("nothing was measured for the plot «{title}»"));
    }
    let height = 74 + ROW * rows.len() as u32;
    let mut svg = String::new();
    let area = SVGBackend::with_string(&mut svg, (WIDTH, height)).into_drawing_area();
    let text = (FONT, 13).into_font().color(&TEXT);
    draw_key(&area, series, &text)?;
    let plot = area.margin(26, 0, NAMES, 14);
    let mut chart = ChartBuilder::on(&plot)
        .x_label_area_size(44)
        .build_cartesian_2d(Decades::around(least, most), 0f64..rows.len() as f64)
        .map_err(failed)?;
    chart
        .configure_mesh()
        .disable_y_mesh()
        .disable_y_axis()
        .x_desc(axis)
        .x_labels(12)
        .axis_style(TEXT.mix(0.6))
        .bold_line_style(TEXT.mix(0.25))
        .light_line_style(TEXT.mix(0.0))
        .label_style(text.clone())
        .axis_desc_style(text.clone())
        .draw()
        .map_err(failed)?;
    for (number, row) in rows.iter().enumerate() {
        let y = rows.len() as f64 - number as f64 - 0.5;
        let colour = if row.is_ours { SERIES[0] } else { TEXT };
        let (_, pixel) = chart.backend_coord(&(least, y));
        let font = if row.is_ours { (FONT, 13, FontStyle::Bold).into_font() } else { (FONT, 13).into_font() };
        let style = font.color(&colour).pos(Pos::new(HPos::Right, VPos::Center));
        area.draw(&Text::new(row.name.clone(), (NAMES - 10, pixel), style)).map_err(failed)?;
        for (series, value) in row.values.iter().enumerate() {
            let Some(value) = value else { continue };
            let line = [(value.lower, y), (value.upper, y)];
            chart.draw_series([PathElement::new(line, colour.stroke_width(2))]).map_err(failed)?;
            let centre = chart.backend_coord(&(value.median, y));
            draw_mark(&area, series, centre, colour)?;
        }
    }
    drop(chart);
    drop(plot);
    area.present().map_err(failed)?;
    drop(area);
    Ok(for_the_page(&svg, title))
}

/// A line of a chart: who, and its values, the first of each pair along the axis.
pub struct Series {
    pub name: String,
    pub points: Vec<(f64, f64)>,
}

/// One coordinate of a point.
type Coordinate = fn(&(f64, f64)) -> f64;

/// Lines on two logarithmic axes, each with its name at its end.
///
/// # Errors
///
/// When there is nothing to draw.
pub fn lines(title: &str, axes: [&str; 2], series: &[Series]) -> Result<String> {
    const NAMES: i32 = 170;
    let points = || series.iter().flat_map(|series| &series.points);
    let least = |of: Coordinate| points().map(of).fold(f64::INFINITY, f64::min);
    let most = |of: Coordinate| points().map(of).fold(0.0, f64::max);
    let (x, y): (Coordinate, Coordinate) = (|point| point.0, |point| point.1);
    if !(least(x) > 0.0 && least(y) > 0.0 && most(x) > least(x)) {
        return Err(anyhow!("nothing was measured for the plot «{title}»"));
    }
    let mut svg = String::new();
    let area = SVGBackend::with_string(&mut svg, (WIDTH, 420)).into_drawing_area();
    let text = (FONT, 13).into_font().color(&TEXT);
    let plot = area.margin(12, 0, 4, NAMES);
    let mut chart = ChartBuilder::on(&plot)
        .x_label_area_size(44)
        .y_label_area_size(58)
        .build_cartesian_2d(Decades::from(least(x), most(x)), Decades::around(least(y), most(y)))
        .map_err(failed)?;
    chart
        .configure_mesh()
        .x_desc(axes[0])
        .y_desc(axes[1])
        .x_labels(10)
        .y_labels(10)
        .axis_style(TEXT.mix(0.6))
        .bold_line_style(TEXT.mix(0.25))
        .light_line_style(TEXT.mix(0.0))
        .label_style(text.clone())
        .axis_desc_style(text.clone())
        .draw()
        .map_err(failed)?;
    let mut ends = Vec::new();
    for (number, series) in series.iter().enumerate() {
        let colour = SERIES[number % SERIES.len()];
        chart.draw_series([PathElement::new(series.points.clone(), colour.stroke_width(2))]).map_err(failed)?;
        for point in &series.points {
            draw_mark(&area, number, chart.backend_coord(point), colour)?;
        }
        if let Some(last) = series.points.last() {
            ends.push((chart.backend_coord(last), number));
        }
    }
    // The names, pushed apart where the lines end close to each other.
    ends.sort_by_key(|((_, y), _)| *y);
    let mut lowest = 0;
    for ((_, y), number) in ends {
        let y = y.max(lowest + 16);
        lowest = y;
        let colour = SERIES[number % SERIES.len()];
        let right = WIDTH as i32 - NAMES;
        draw_mark(&area, number, (right + 12, y), colour)?;
        let style = (FONT, 13).into_font().color(&colour).pos(Pos::new(HPos::Left, VPos::Center));
        area.draw(&Text::new(series[number].name.clone(), (right + 22, y), style)).map_err(failed)?;
    }
    drop(chart);
    drop(plot);
    area.present().map_err(failed)?;
    drop(area);
    Ok(for_the_page(&svg, title))
}

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;

fn draw_key(area: &Area<'_>, series: &[&str], text: &TextStyle<'_>) -> Result<()> {
    let mut x = 226;
    for (number, name) in series.iter().enumerate() {
        draw_mark(area, number, (x, 14), TEXT)?;
        let style = text.pos(Pos::new(HPos::Left, VPos::Center));
        area.draw(&Text::new((*name).to_owned(), (x + 10, 14), style)).map_err(failed)?;
        x += 34 + 7 * name.chars().count() as i32;
    }
    Ok(())
}

/// The mark of a series. They differ without colour.
fn draw_mark(area: &Area<'_>, series: usize, (x, y): (i32, i32), colour: RGBColor) -> Result<()> {
    let full = colour.filled();
    let line = colour.stroke_width(2);
    match series % 8 {
        0 => area.draw(&Circle::new((x, y), 4, full)),
        1 => area.draw(&Circle::new((x, y), 4, line)),
        2 => area.draw(&Rectangle::new([(x - 4, y - 4), (x + 4, y + 4)], full)),
        3 => area.draw(&Rectangle::new([(x - 4, y - 4), (x + 4, y + 4)], line)),
        4 => area.draw(&Polygon::new(vec![(x, y - 5), (x - 5, y + 4), (x + 5, y + 4)], full)),
        5 => area.draw(&PathElement::new(vec![(x, y - 5), (x - 5, y + 4), (x + 5, y + 4), (x, y - 5)], line)),
        6 => area.draw(&Polygon::new(vec![(x, y - 5), (x - 5, y), (x, y + 5), (x + 5, y)], full)),
        _ => area.draw(&PathElement::new(vec![(x, y - 5), (x - 5, y), (x, y + 5), (x + 5, y), (x, y - 5)], line)),
    }
    .map_err(failed)
}

fn failed(error: impl std::fmt::Display) -> anyhow::Error {
    anyhow!("the plot cannot be drawn: {error}")
}

/// A logarithmic axis with marks at 1, 2 and 5 times the powers of ten.
struct Decades {
    least: f64,
    most: f64,
}

impl Decades {
    /// With some room at both ends.
    fn around(least: f64, most: f64) -> Decades {
        Decades { least: least * 0.88, most: most * 1.14 }
    }

    fn from(least: f64, most: f64) -> Decades {
        Decades { least: least * 0.94, most: most * 1.06 }
    }

    fn marks(&self, steps: &[f64]) -> Vec<f64> {
        let first = self.least.log10().floor() as i32;
        let last = self.most.log10().ceil() as i32;
        let marks = (first..=last).flat_map(|power| steps.iter().map(move |step| step * 10f64.powi(power)));
        marks.filter(|mark| (self.least..=self.most).contains(mark)).collect()
    }
}

impl Ranged for Decades {
    type ValueType = f64;
    type FormatOption = NoDefaultFormatting;

    fn map(&self, value: &f64, (from, to): (i32, i32)) -> i32 {
        let part = (value / self.least).ln() / (self.most / self.least).ln();
        from + (part * f64::from(to - from)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        let fine = self.marks(&[1.0, 2.0, 5.0]);
        if fine.len() <= hint.bold_points() { fine } else { self.marks(&[1.0]) }
    }

    fn range(&self) -> std::ops::Range<f64> {
        self.least..self.most
    }
}

impl ValueFormatter<f64> for Decades {
    fn format_ext(&self, value: &f64) -> String {
        if *value >= 1000.0 { crate::results::count(value.round() as usize) } else { rough(*value) }
    }
}

/// Puts the page's colours in the place of the stand-ins, lets the picture shrink with the page, and gives it a name.
fn for_the_page(svg: &str, title: &str) -> String {
    let mut svg = svg.replace(&format!("\"{}\"", hex(TEXT)), "\"currentColor\"");
    for (number, colour) in SERIES.iter().enumerate() {
        svg = svg.replace(&format!("\"{}\"", hex(*colour)), &format!("\"var(--plot-{}, currentColor)\"", number + 1));
    }
    let escaped = title.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
    let mut page = String::new();
    for line in svg.lines().filter(|line| !line.trim().is_empty()) {
        // Fixed sizes would not shrink; the view box says the same.
        let line = match line.strip_prefix("<svg ") {
            Some(attributes) => {
                let view = attributes.find("viewBox").map_or(attributes, |at| &attributes[at..]);
                format!("<svg class=\"plot\" role=\"img\" aria-label=\"{escaped}\" {view}")
            }
            None => line.to_owned(),
        };
        page += line.trim_end();
        page.push('\n');
    }
    page
}

fn hex(colour: RGBColor) -> String {
    format!("#{:02X}{:02X}{:02X}", colour.0, colour.1, colour.2)
}

#[cfg(test)]
mod tests {
    use super::{Ranked, Series, lines, ranking};
    use crate::statistics::quartiles;

    fn is_for_a_page(svg: &str) {
        assert!(
            svg.starts_with("<svg class=\"plot\" role=\"img\" aria-label=\"a &lt;title>\" viewBox=\"0 0 "),
            "{svg}"
        );
        assert!(svg.ends_with("</svg>\n"), "{svg}");
        assert!(!svg.contains("\n\n"), "a blank line ends an HTML block of Markdown");
        // Every colour is the page's.
        for attribute in ["fill=\"#", "stroke=\"#"] {
            assert!(!svg.contains(attribute), "{svg}");
        }
    }

    #[test]
    fn a_ranking_has_a_name_and_marks_for_each_row() {
        let row = |name: &str, value: f64, is_ours| Ranked {
            name: name.to_owned(),
            values: vec![quartiles(&[value, value * 1.2]), quartiles(&[value * 3.0]), None],
            is_ours,
        };
        let rows = [row("mine", 1.2, true), row("theirs <T>", 30.0, false)];
        let svg = ranking("a <title>", "× raw", &["1 reader", "2 readers"], &rows).unwrap();
        is_for_a_page(&svg);
        for name in ["mine", "theirs &lt;T&gt;", "1 reader", "2 readers", "× raw"] {
            assert!(svg.contains(name), "{name}: {svg}");
        }
        assert!(svg.matches("<circle").count() == 6, "{svg}");
        assert!(ranking("nothing", "", &[], &[]).is_err());
    }

    #[test]
    fn a_chart_has_a_line_for_each_series() {
        let series = |name: &str, factor: f64| Series {
            name: name.to_owned(),
            points: vec![(1000.0, factor), (10_000.0, 2.0 * factor), (1e6, 30.0 * factor)],
        };
        let all = [series("one", 1.0), series("another", 1.01)];
        let svg = lines("a <title>", ["entries", "ns"], &all).unwrap();
        is_for_a_page(&svg);
        for name in ["one", "another", "entries", "1k", "1M"] {
            assert!(svg.contains(name), "{name}: {svg}");
        }
        assert!(svg.contains("var(--plot-1") && svg.contains("var(--plot-2"), "{svg}");
        assert!(lines("nothing", ["", ""], &[]).is_err());
    }
}
