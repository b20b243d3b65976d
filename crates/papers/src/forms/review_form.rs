//! The review form (评审表, 4.4a): a cover, what the applicant declares, and the opinions of those who review.

use super::{BLANK_DATE, row, table};
use crate::model::{Block, Cell, Paper, Row, Style, Table};

/// Something that lasted.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Period {
    /// From when to when, as printed.
    pub when: String,
    /// Further columns, in their order.
    pub columns: Vec<String>,
}

/// What the form holds, each text as it is printed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ReviewForm {
    /// Its title.
    pub title: String,
    /// Who made it: the authority, on the cover.
    pub authority: String,
    /// Names with values on the cover.
    pub cover: Vec<(String, String)>,
    /// What to know before filling it in.
    pub instructions: Vec<String>,
    /// Names with values of the person, two to a row.
    pub person: Vec<(String, String)>,
    /// Names with values that need the whole width.
    pub wide: Vec<(String, String)>,
    /// Education: when, school, specialty, qualification.
    pub education: Vec<Period>,
    /// Work: when, employer, post.
    pub work: Vec<Period>,
    /// Titles: obtained, name, specialty, authority.
    pub titles: Vec<Period>,
    /// Technical work: when, specialty, what was done.
    pub technical_work: Vec<Period>,
    /// Results: when, kind, title, contribution.
    pub achievements: Vec<Period>,
    /// Continuing education: year, general hours, specialty hours.
    pub study: Vec<Period>,
    /// Appraisals: year, result.
    pub appraisals: Vec<Period>,
    /// The applicant's commitment.
    pub commitment: String,
    /// Opinions of the chain: who, and the opinion if it is known.
    pub opinions: Vec<(String, String)>,
    /// Name of the committee.
    pub committee: String,
    /// Printed on both sides.
    pub both_sides: bool,
    /// Copies.
    pub copies: u8,
}

/// A list with its names above; where there is nothing, it says so.
fn list(blocks: &mut Vec<Block>, title: &str, names: &[(&str, f32)], periods: &[Period]) {
    let head = row(names.iter().map(|(name, _)| Cell::label(*name)).collect());
    let mut rows = vec![head];
    for period in periods {
        let mut cells = vec![Cell::centred(&period.when)];
        cells.extend(period.columns.iter().map(Cell::value));
        cells.resize(names.len(), Cell::value(""));
        rows.push(row(cells));
    }
    if periods.is_empty() {
        let mut cells = vec![Cell::centred("无")];
        cells.resize(names.len(), Cell::value(""));
        rows.push(row(cells));
    }
    let columns = names.iter().map(|(_, share)| *share).collect();
    blocks.push(Block::Table(Table { title: title.to_owned(), columns, head: 1, rows }));
}

/// Letters one below the other, for a narrow cell.
fn upright(text: &str) -> String {
    text.chars().map(String::from).collect::<Vec<_>>().join("\n")
}

fn opinion(name: &str, text: &str, seal: &[&str], height: f32) -> Row {
    let cell = Cell { style: Style { size: 12.0, leading: 1.7, indent: 2.0, ..Style::CELL }, ..Cell::value(text) };
    Row { cells: vec![Cell::label(upright(name)), cell.sealed(seal)], height }
}

impl ReviewForm {
    fn cover(&self) -> Vec<Block> {
        let mut blocks = vec![Block::Gap(70.0), Block::Text(self.title.clone(), Style::heading(25.0)), Block::Gap(90.0)];
        // Long titles break; the fields stay where they are.
        blocks.push(Block::Fields(self.cover.clone()));
        blocks.extend([Block::DownTo(60.0), Block::Text(self.authority.clone(), Style { strong: false, ..Style::heading(15.0) })]);
        blocks.push(Block::NewPage);
        blocks.extend([Block::Gap(10.0), Block::Text("填 表 说 明".to_owned(), Style::heading(18.0)), Block::Gap(14.0)]);
        for (at, text) in self.instructions.iter().enumerate() {
            blocks.push(Block::Text(format!("{}．{text}", at + 1), Style { size: 13.0, ..Style::LETTER }));
        }
        blocks.push(Block::NewPage);
        blocks
    }

    fn person(&self) -> Table {
        let mut rows = Vec::new();
        for pair in self.person.chunks(2) {
            let mut cells: Vec<Cell> = pair.iter().flat_map(|(name, value)| [Cell::label(name), Cell::centred(value)]).collect();
            if cells.len() == 2 {
                cells[1].span = 3;
            }
            rows.push(row(cells));
        }
        for (name, value) in &self.wide {
            rows.push(row(vec![Cell::label(name), Cell::value(value).over(3)]));
        }
        table(&[1.3, 2.2, 1.3, 2.2], rows)
    }

    fn opinions(&self) -> Vec<Block> {
        let sign = ["负责人（签字）：　　　　　　　　　　公　章　　　", BLANK_DATE];
        let rows: Vec<Row> = self.opinions.iter().map(|(name, text)| opinion(name, text, &sign, 168.0)).collect();
        let narrow = [0.42, 5.6];
        let mut blocks = vec![Block::NewPage, Block::Text("审核、评审意见".to_owned(), Style::heading(14.0)), Block::Gap(6.0)];
        if !rows.is_empty() {
            blocks.push(Block::Table(table(&narrow, rows)));
        }
        let count = |name: &str| Cell::label(name);
        let votes = vec![Row {
            cells: vec![
                count("应到人数"),
                count(""),
                count("实到人数"),
                count(""),
                count("同意"),
                count(""),
                count("反对"),
                count(""),
                count("弃权"),
                count(""),
            ],
            height: 34.0,
        }];
        let votes = table(&[1.3, 0.8, 1.3, 0.8, 0.9, 0.8, 0.9, 0.8, 0.9, 0.8], votes);
        blocks.push(Block::Table(Table { title: format!("{}评审意见", self.committee), ..votes }));
        blocks.push(Block::Table(table(
            &narrow,
            vec![opinion("评审结果", "", &["主任委员（签字）：　　　　　　　　　　公　章　　　", BLANK_DATE], 150.0)],
        )));
        blocks.push(Block::Table(table(&narrow, vec![opinion("审批确认", "", &["公　章　　　", BLANK_DATE], 120.0)])));
        blocks
    }

    /// The paper.
    #[must_use]
    pub fn paper(&self) -> Paper {
        let mut blocks = self.cover();
        blocks.push(Block::Table(Table { title: "一、基本情况".to_owned(), ..self.person() }));
        list(
            &mut blocks,
            "二、学习经历",
            &[("起止时间", 1.6), ("毕业院校", 2.2), ("所学专业", 1.8), ("学历（学位）", 1.4)],
            &self.education,
        );
        list(&mut blocks, "三、工作经历", &[("起止时间", 1.6), ("工作单位", 3.2), ("岗位（职务）", 2.2)], &self.work);
        list(
            &mut blocks,
            "四、专业技术职务任职资格",
            &[("取得时间", 1.4), ("名称", 1.7), ("专业", 1.6), ("批准机关", 2.3)],
            &self.titles,
        );
        list(&mut blocks, "五、专业技术工作经历", &[("起止时间", 1.6), ("专业", 1.2), ("工作内容", 4.2)], &self.technical_work);
        list(
            &mut blocks,
            "六、业绩成果",
            &[("时间", 1.1), ("类别", 1.0), ("名称", 2.1), ("本人实际贡献", 2.8)],
            &self.achievements,
        );
        list(&mut blocks, "七、继续教育（学时）", &[("年度", 1.0), ("公需课", 1.0), ("专业课", 1.0), ("备注", 2.0)], &self.study);
        list(&mut blocks, "八、年度考核", &[("年度", 1.0), ("考核结果", 3.0)], &self.appraisals);
        let text = Cell { style: Style { indent: 2.0, size: 12.0, leading: 1.7, ..Style::CELL }, ..Cell::value(&self.commitment) };
        let signed = text.sealed(&["承诺人（手写签名）：　　　　　　　　　　", BLANK_DATE]);
        let commitment = table(&[1.0], vec![Row { cells: vec![signed], height: 130.0 }]);
        blocks.push(Block::Table(Table { title: "九、个人承诺".to_owned(), ..commitment }));
        blocks.extend(self.opinions());
        Paper { numbered: true, both_sides: self.both_sides, copies: self.copies, ..Paper::of(&self.title, blocks) }
    }
}
