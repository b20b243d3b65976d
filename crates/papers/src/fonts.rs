//! The fonts of the forms: the one that comes with the program, and further ones for rare characters.

use std::collections::BTreeSet;

use krilla::Data;
use krilla::text::Font;
use skrifa::charmap::Charmap;
use skrifa::instance::{LocationRef, Size};
use skrifa::metrics::GlyphMetrics;
use skrifa::raw::TableProvider as _;
use skrifa::{FontRef, MetadataProvider as _};

const BUILT_IN: &[u8] = include_bytes!("../fonts/NotoSerifSC-GBK.otf");

/// Why a font cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0} is no font that can be read")]
pub struct FontError(pub String);

struct Face {
    font: Font,
    data: Data,
    index: u32,
}

/// A glyph of one of the fonts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Placed {
    /// Which font.
    pub face: usize,
    /// Its number in that font.
    pub glyph: u32,
    /// Its width, in ems.
    pub width: f32,
}

/// The fonts, in the order in which a character is looked for.
pub struct Fonts {
    faces: Vec<Face>,
}

impl std::fmt::Debug for Fonts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fonts").field("faces", &self.faces.len()).finish()
    }
}

impl Fonts {
    /// The font that comes with the program: the characters of GBK.
    pub fn built_in() -> Result<Self, FontError> {
        let mut fonts = Self { faces: Vec::new() };
        fonts.add("built-in", BUILT_IN.into())?;
        Ok(fonts)
    }

    /// The font that comes with the program, then these, each with its name for errors. Of a collection every font is taken.
    pub fn with(further: Vec<(String, Vec<u8>)>) -> Result<Self, FontError> {
        let mut fonts = Self::built_in()?;
        for (name, bytes) in further {
            fonts.add(&name, bytes.into())?;
        }
        Ok(fonts)
    }

    fn add(&mut self, name: &str, data: Data) -> Result<(), FontError> {
        let before = self.faces.len();
        let mut index = 0;
        while let Some(font) = Font::new(data.clone(), index) {
            self.faces.push(Face { font, data: data.clone(), index });
            index += 1;
        }
        if self.faces.len() == before { Err(FontError(name.to_owned())) } else { Ok(()) }
    }

    /// The characters of these texts that no font has, each once. Line breaks are no characters.
    pub fn missing<'a>(&self, texts: impl IntoIterator<Item = &'a str>) -> Vec<char> {
        let lookup = self.lookup();
        let mut missing = BTreeSet::new();
        for text in texts {
            missing.extend(text.chars().filter(|c| *c != '\n' && lookup.place(*c).is_none()));
        }
        missing.into_iter().collect()
    }

    pub(crate) fn font(&self, face: usize) -> Font {
        self.faces[face].font.clone()
    }

    pub(crate) fn lookup(&self) -> Lookup<'_> {
        let faces = self.faces.iter().filter_map(|face| {
            let font = FontRef::from_index(face.data.as_ref(), face.index).ok()?;
            let units = f32::from(font.head().ok()?.units_per_em());
            Some((font.charmap(), font.glyph_metrics(Size::unscaled(), LocationRef::default()), units))
        });
        Lookup { faces: faces.collect() }
    }
}

/// The fonts opened for looking up characters.
pub(crate) struct Lookup<'a> {
    faces: Vec<(Charmap<'a>, GlyphMetrics<'a>, f32)>,
}

impl Lookup<'_> {
    /// The glyph of a character in the first font that has it. A tab is a space.
    pub fn place(&self, c: char) -> Option<Placed> {
        let c = if c == '\t' { ' ' } else { c };
        self.faces.iter().enumerate().find_map(|(face, (charmap, metrics, units))| {
            let glyph = charmap.map(c)?;
            if glyph.to_u32() == 0 {
                return None;
            }
            let width = metrics.advance_width(glyph)? / units;
            Some(Placed { face, glyph: glyph.to_u32(), width })
        })
    }

    /// Width of a character in ems; 1 for one that no font has.
    pub fn width(&self, c: char) -> f32 {
        self.place(c).map_or(1.0, |placed| placed.width)
    }
}
