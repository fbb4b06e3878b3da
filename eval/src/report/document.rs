//! Text, tables and figures, written as Markdown and as one HTML page that needs no other file.

use std::fmt::Write as _;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::EvalError;
use crate::figures::Figure;

/// A picture of a report with the sentence below it.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// What the picture shows, one or two sentences.
    pub caption: String,
    /// The picture.
    pub data: PictureData,
}

/// The picture itself.
#[derive(Clone, Debug, PartialEq)]
pub enum PictureData {
    /// A drawing.
    Figure(Figure),
    /// A GIF file, to be written as `NAME.gif`.
    Animation {
        /// Name of the file without its ending.
        name: String,
        /// The file.
        gif: Vec<u8>,
    },
}

/// Folder of the pictures, beside the pages.
const FIGURES: &str = "figures";

impl Picture {
    /// A drawing with its caption.
    #[must_use]
    pub fn figure(figure: Figure, caption: impl Into<String>) -> Self {
        Self { caption: caption.into(), data: PictureData::Figure(figure) }
    }

    /// A GIF file with its caption.
    #[must_use]
    pub fn animation(name: impl Into<String>, gif: Vec<u8>, caption: impl Into<String>) -> Self {
        Self { caption: caption.into(), data: PictureData::Animation { name: name.into(), gif } }
    }

    fn file(&self) -> String {
        match &self.data {
            PictureData::Figure(figure) => format!("{}.png", figure.name),
            PictureData::Animation { name, .. } => format!("{name}.gif"),
        }
    }
}

pub(super) enum Block<'a> {
    Heading(&'a str),
    Table(Vec<&'a str>, Vec<Vec<String>>),
    List(Vec<String>),
    /// Long text that a page shows on demand, with its title.
    Code(&'a str, &'a str),
    Picture(&'a Picture),
}

pub(super) struct Document<'a> {
    /// The sentence that says it all; it comes first.
    pub(super) lead: String,
    pub(super) title: String,
    pub(super) blocks: Vec<Block<'a>>,
}

impl Document<'_> {
    /// Writes `report.md`, `report.html` and the pictures into `folder`, which is created.
    pub(super) fn write(&self, folder: &Path) -> Result<(), EvalError> {
        let figures = folder.join(FIGURES);
        std::fs::create_dir_all(&figures).map_err(EvalError::io("create", &figures))?;
        for block in &self.blocks {
            match block {
                Block::Picture(Picture { data: PictureData::Figure(figure), .. }) => figure.write(&figures)?,
                Block::Picture(picture @ Picture { data: PictureData::Animation { gif, .. }, .. }) => {
                    let path = figures.join(picture.file());
                    std::fs::write(&path, gif).map_err(EvalError::io("write", path))?;
                }
                _ => {}
            }
        }
        for (name, text) in [("report.md", self.markdown()), ("report.html", self.html())] {
            let path = folder.join(name);
            std::fs::write(&path, text).map_err(EvalError::io("write", path))?;
        }
        Ok(())
    }

    pub(super) fn markdown(&self) -> String {
        let mut out = format!("{}\n\n# {}\n", self.lead, self.title);
        let cell = |text: &str| text.replace('|', "\\|");
        let row = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        for block in &self.blocks {
            out.push('\n');
            match block {
                Block::Heading(text) => push(&mut out, format_args!("## {text}\n")),
                Block::Table(header, rows) => {
                    out.push_str(&row(header.iter().map(|text| cell(text)).collect()));
                    push(&mut out, format_args!("|{}\n", "---|".repeat(header.len())));
                    for cells in rows {
                        out.push_str(&row(cells.iter().map(|text| cell(text)).collect()));
                    }
                }
                Block::List(items) => items.iter().for_each(|item| push(&mut out, format_args!("- {item}\n"))),
                Block::Code(title, text) => {
                    push(&mut out, format_args!("{title}:\n\n```toml\n{}\n```\n", text.trim_end()));
                }
                Block::Picture(picture) => {
                    push(&mut out, format_args!("![{0}]({FIGURES}/{1})\n\n{0}\n", picture.caption, picture.file()));
                }
            }
        }
        out
    }

    pub(super) fn html(&self) -> String {
        let mut out = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
             <style>\n{style}</style>\n</head>\n<body>\n<p class=\"lead\">{lead}</p>\n<h1>{title}</h1>\n",
            title = escape(&self.title),
            lead = escape(&self.lead),
            style = include_str!("page.css"),
        );
        let cells = |tag: &str, cells: &mut dyn Iterator<Item = &str>| {
            let cells: String = cells.map(|text| format!("<{tag}>{}</{tag}>", escape(text))).collect();
            format!("<tr>{cells}</tr>\n")
        };
        for block in &self.blocks {
            match block {
                Block::Heading(text) => push(&mut out, format_args!("<h2>{}</h2>\n", escape(text))),
                Block::Table(header, rows) => {
                    let head = cells("th", &mut header.iter().copied());
                    let body: String =
                        rows.iter().map(|row| cells("td", &mut row.iter().map(String::as_str))).collect();
                    push(&mut out, format_args!("<div class=\"scroll\"><table>\n{head}{body}</table></div>\n"));
                }
                Block::List(items) => {
                    let items: String = items.iter().map(|item| format!("<li>{}</li>\n", escape(item))).collect();
                    push(&mut out, format_args!("<ul>\n{items}</ul>\n"));
                }
                Block::Code(title, text) => push(
                    &mut out,
                    format_args!(
                        "<details><summary>{}</summary>\n<pre>{}</pre></details>\n",
                        escape(title),
                        escape(text.trim_end())
                    ),
                ),
                Block::Picture(picture) => push_figure(&mut out, picture),
            }
        }
        out.push_str("</body>\n</html>\n");
        out
    }
}

fn push_figure(out: &mut String, picture: &Picture) {
    let caption = escape(&picture.caption);
    let shown = match &picture.data {
        // A drawing with many lines is smaller as pixels than as text.
        PictureData::Figure(figure) if figure.svg.len() > figure.png.len() => {
            let data = STANDARD.encode(&figure.png);
            format!("<img width=\"{}\" alt=\"{caption}\" src=\"data:image/png;base64,{data}\">", figure.width)
        }
        PictureData::Figure(figure) => figure.svg.clone(),
        PictureData::Animation { gif, .. } => {
            format!("<img alt=\"{caption}\" src=\"data:image/gif;base64,{}\">", STANDARD.encode(gif))
        }
    };
    push(out, format_args!("<figure>\n{shown}\n<figcaption>{caption}</figcaption>\n</figure>\n"));
}

fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("writing to a string cannot fail");
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_show_the_same_and_escape_their_own_signs() {
        let picture = Picture::animation("skills", vec![1, 2, 3], "skills \"from above\"");
        let document = Document {
            lead: "A < B.".into(),
            title: "Run & report".into(),
            blocks: vec![
                Block::Heading("Numbers"),
                Block::Table(vec!["a", "b"], vec![vec!["1|2".into(), "<3>".into()]]),
                Block::List(vec!["x & y".into()]),
                Block::Code("settings", "a = \"b\"\n"),
                Block::Picture(&picture),
            ],
        };
        let markdown = document.markdown();
        assert!(
            markdown.starts_with("A < B.\n\n# Run & report\n\n## Numbers\n\n| a | b |\n|---|---|\n| 1\\|2 | <3> |\n")
        );
        assert!(markdown.contains("![skills \"from above\"](figures/skills.gif)"));
        let html = document.html();
        for part in ["A &lt; B.", "<h1>Run &amp; report</h1>", "<td>&lt;3&gt;</td>", "data:image/gif;base64,AQID"] {
            assert!(html.contains(part), "{part} is missing in {html}");
        }
        assert!(!html.contains("http"), "the page needs nothing from elsewhere");
    }
}
