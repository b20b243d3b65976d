//! Draws pages into a PDF.

use fast_qr::{ECL, QRBuilder};
use krilla::color::luma;
use krilla::geom::{PathBuilder, Point, Rect, Size, Transform};
use krilla::metadata::Metadata;
use krilla::num::NormalizedF32;
use krilla::page::PageSettings;
use krilla::paint::{Fill, FillRule, Stroke};
use krilla::surface::Surface;
use krilla::text::{GlyphId, KrillaGlyph};
use krilla::{Document, SerializeSettings};

use crate::Error;
use crate::fonts::{Fonts, Lookup};
use crate::layout::{Item, PAGE, Page, left_edge, width};
use crate::model::Paper;

/// Side of the QR code: 24 mm.
const CODE: f32 = 68.0;
const CODE_TOP: f32 = 34.0;
const BLACK: u8 = 0;
/// Light enough to read the text over it, dark enough to be copied.
const WATERMARK: u8 = 226;
const GREY: u8 = 90;

struct Pen<'a> {
    fonts: &'a Fonts,
    lookup: Lookup<'a>,
}

/// The file.
pub(crate) fn write(paper: &Paper, pages: &[Page], fonts: &Fonts) -> Result<Vec<u8>, Error> {
    let mut document = Document::new_with(SerializeSettings::default());
    // No date: the same paper has the same bytes.
    document
        .set_metadata(Metadata::new().title(paper.title.clone()).language("zh-CN".to_owned()).creator("title-review".to_owned()));
    let pen = Pen { fonts, lookup: fonts.lookup() };
    let size = Size::from_wh(PAGE.0, PAGE.1).ok_or_else(|| Error::Pdf("size".to_owned()))?;
    for copy in 1..=paper.copies.max(1) {
        for (number, page) in pages.iter().enumerate() {
            let mut sheet = document.start_page_with(PageSettings::new(size));
            let mut surface = sheet.surface();
            pen.page(&mut surface, paper, page, (number, pages.len()), copy)?;
            surface.finish();
            sheet.finish();
        }
    }
    document.finish().map_err(|error| Error::Pdf(format!("{error:?}")))
}

fn fill(grey: u8) -> Fill {
    Fill { paint: luma::Color::new(grey).into(), opacity: NormalizedF32::ONE, rule: FillRule::NonZero }
}

impl Pen<'_> {
    fn page(
        &self,
        surface: &mut Surface<'_>,
        paper: &Paper,
        page: &Page,
        (number, count): (usize, usize),
        copy: u8,
    ) -> Result<(), Error> {
        let left = left_edge(paper, number);
        self.watermark(surface, &paper.edge.watermark);
        for item in &page.items {
            match item {
                Item::Text { x, y, text, size, strong, spread } => {
                    self.text(surface, (left + x, *y), text, *size, (BLACK, *strong, *spread));
                }
                Item::Rule { from, to } => rule(surface, (left + from.0, from.1), (left + to.0, to.1)),
            }
        }
        if page.items.is_empty() {
            self.centred(surface, PAGE.1 / 2.0, "（此页空白）", 10.5);
        }
        if number == 0 && !paper.edge.qr.is_empty() {
            let right = left + width(paper);
            code(surface, &paper.edge.qr, (right - CODE, CODE_TOP))?;
            let words = self.width(&paper.edge.qr_words, 7.0);
            let x = (right - CODE / 2.0 - words / 2.0).min(right - words);
            self.text(surface, (x, CODE_TOP + CODE + 9.0), &paper.edge.qr_words, 7.0, (GREY, false, 0.0));
        }
        let y = PAGE.1 - 36.0;
        self.text(surface, (left, y), &paper.edge.foot, 7.5, (GREY, false, 0.0));
        if paper.numbered {
            self.centred(surface, y, &format!("第 {} 页 共 {count} 页", number + 1), 9.0);
        }
        if paper.copies > 1 {
            let words = format!("一式 {} 份 · 第 {copy} 份", paper.copies);
            let x = left + width(paper) - self.width(&words, 7.5);
            self.text(surface, (x, y), &words, 7.5, (GREY, false, 0.0));
        }
        Ok(())
    }

    fn width(&self, text: &str, size: f32) -> f32 {
        text.chars().map(|c| self.lookup.width(c)).sum::<f32>() * size
    }

    fn centred(&self, surface: &mut Surface<'_>, y: f32, text: &str, size: f32) {
        self.text(surface, ((PAGE.0 - self.width(text, size)) / 2.0, y), text, size, (GREY, false, 0.0));
    }

    /// The words slanted over the whole page.
    fn watermark(&self, surface: &mut Surface<'_>, words: &str) {
        if words.is_empty() {
            return;
        }
        let size = 20.0;
        for row in 0..6_u8 {
            let y = 130.0 + f32::from(row) * 130.0;
            let mut x = if row % 2 == 0 { 10.0 } else { -70.0 };
            while x < PAGE.0 - 30.0 {
                surface.push_transform(&Transform::from_rotate_at(-28.0, x, y));
                self.text(surface, (x, y), words, size, (WATERMARK, false, 0.0));
                surface.pop();
                x += self.width(words, size) + 40.0;
            }
        }
    }

    /// A line of text, in as many runs as it needs fonts.
    fn text(&self, surface: &mut Surface<'_>, (x, y): (f32, f32), text: &str, size: f32, (grey, strong, spread): (u8, bool, f32)) {
        surface.set_fill(Some(fill(grey)));
        surface.set_stroke(strong.then(|| Stroke {
            paint: luma::Color::new(grey).into(),
            width: size * 0.03,
            ..Stroke::default()
        }));
        let placed: Vec<_> = text.char_indices().filter_map(|(at, c)| Some((at, c, self.lookup.place(c)?))).collect();
        let mut left = x;
        for run in placed.chunk_by(|a, b| a.2.face == b.2.face) {
            let glyphs: Vec<KrillaGlyph> = run
                .iter()
                .map(|(at, c, placed)| {
                    let advance = placed.width + spread;
                    KrillaGlyph::new(GlyphId::new(placed.glyph), advance, 0.0, 0.0, 0.0, *at..at + c.len_utf8(), None)
                })
                .collect();
            let advance: f32 = run.iter().map(|(_, _, placed)| placed.width + spread).sum();
            if let Some((_, _, first)) = run.first() {
                surface.draw_glyphs(Point::from_xy(left, y), &glyphs, self.fonts.font(first.face), text, size, false);
            }
            left += advance * size;
        }
        surface.set_stroke(None);
    }
}

fn rule(surface: &mut Surface<'_>, from: (f32, f32), to: (f32, f32)) {
    let mut path = PathBuilder::new();
    path.move_to(from.0, from.1);
    path.line_to(to.0, to.1);
    let Some(path) = path.finish() else { return };
    surface.set_fill(None);
    surface.set_stroke(Some(Stroke { width: 0.6, ..Stroke::default() }));
    surface.draw_path(&path);
    surface.set_stroke(None);
}

/// The QR code of a text, with its quiet zone inside the square.
fn code(surface: &mut Surface<'_>, text: &str, (x, y): (f32, f32)) -> Result<(), Error> {
    let code = QRBuilder::new(text).ecl(ECL::M).build().map_err(|_| Error::Code)?;
    #[expect(clippy::cast_precision_loss, reason = "at most 177 modules")]
    let module = CODE / (code.size + 4) as f32;
    let mut path = PathBuilder::new();
    for row in 0..code.size {
        for column in 0..code.size {
            if code[row][column].value() {
                #[expect(clippy::cast_precision_loss, reason = "at most 177 modules")]
                let (left, top) = (x + (column + 2) as f32 * module, y + (row + 2) as f32 * module);
                if let Some(square) = Rect::from_xywh(left, top, module, module) {
                    path.push_rect(square);
                }
            }
        }
    }
    let Some(path) = path.finish() else { return Err(Error::Code) };
    if let Some(white) = Rect::from_xywh(x, y, CODE, CODE) {
        let mut ground = PathBuilder::new();
        ground.push_rect(white);
        if let Some(ground) = ground.finish() {
            surface.set_fill(Some(fill(255)));
            surface.set_stroke(None);
            surface.draw_path(&ground);
        }
    }
    surface.set_fill(Some(fill(BLACK)));
    surface.draw_path(&path);
    Ok(())
}
