//! The application for exemption from continuing education (A4), blank or filled.

use super::{BLANK_DATE, table};
use crate::model::{Block, Cell, Paper, Row, Style};

/// Its fields; what is empty is left to be written by hand.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Exemption {
    /// Its title.
    pub title: String,
    /// 姓名.
    pub name: String,
    /// 性别.
    pub sex: String,
    /// 出生年月.
    pub born: String,
    /// 身份证号.
    pub id_number: String,
    /// 学历.
    pub education: String,
    /// 学位.
    pub degree: String,
    /// 何时何学校何专业毕业.
    pub graduated: String,
    /// 现工作单位.
    pub employer: String,
    /// 参加工作时间.
    pub working_since: String,
    /// 现有专业技术职务.
    pub present_title: String,
    /// 拟申报专业技术职务.
    pub title_applied: String,
    /// 免学理由.
    pub reason: String,
    /// The notes below: who may approve.
    pub notes: Vec<String>,
}

impl Exemption {
    /// The paper.
    #[must_use]
    pub fn paper(&self) -> Paper {
        let label = |text: &str| Cell::label(text);
        let value = |text: &str| Cell::centred(text);
        let tall = |cells, height| Row { cells, height };
        let rows = vec![
            tall(
                vec![label("姓　名"), value(&self.name), label("性　别"), value(&self.sex), label("出生年月"), value(&self.born)],
                36.0,
            ),
            tall(
                vec![
                    label("身份证号"),
                    value(&self.id_number),
                    label("学　历"),
                    value(&self.education),
                    label("学　位"),
                    value(&self.degree),
                ],
                36.0,
            ),
            tall(vec![label("何时何学校\n何专业毕业"), Cell::value(&self.graduated).over(5)], 44.0),
            tall(
                vec![
                    label("现工作单位"),
                    Cell::value(&self.employer).over(2),
                    label("参加工作\n时　　间"),
                    value(&self.working_since).over(2),
                ],
                44.0,
            ),
            tall(
                vec![
                    label("现有专业\n技术职务"),
                    value(&self.present_title).over(2),
                    label("拟申报专业\n技术职务"),
                    value(&self.title_applied).over(2),
                ],
                44.0,
            ),
            tall(vec![label("免\n学\n理\n由"), Cell { top: true, ..Cell::value(&self.reason).over(5) }], 118.0),
            tall(vec![label("审\n核\n意\n见"), Cell::value("").over(5).sealed(&["公　章　　　　　", BLANK_DATE])], 118.0),
        ];
        let mut blocks = vec![Block::Text(self.title.clone(), Style::heading(17.0)), Block::Gap(14.0)];
        blocks.push(Block::Table(table(&[1.2, 2.05, 0.9, 1.2, 0.95, 1.1], rows)));
        blocks.push(Block::Gap(8.0));
        for (at, note) in self.notes.iter().enumerate() {
            let text = if at == 0 { format!("注：{note}") } else { note.clone() };
            blocks.push(Block::Text(text, Style::NOTE));
        }
        Paper::of(&self.title, blocks)
    }
}
