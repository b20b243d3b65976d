//! Forms as files: the same bytes twice, their text by `pdftotext`, their pages by `pdfinfo`, their code by a reader.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::path::{Path, PathBuf};
use std::process::Command;

use title_review_papers::forms::{Certificate, Exemption, Letter, LetterTable, Period, ReviewForm};
use title_review_papers::{Block, Edge, Error, Fonts, Paper, Style, page_count, print};

const SENTENCE: &str = "本单位已对提供的申报材料逐一审核，真实、完整、有效，同意推荐";
const LINK: &str = "https://review.example.org/v1/prints/AEAZTV2Z4Z7XXKN2NQVQ5JKYV4GQEMS2Q3KQO5W7W2JQ4X3M6N5P7Q2R4S6T3U5V7W2X4Y6";

fn edged(paper: Paper) -> Paper {
    let edge = Edge {
        watermark: "某地区自然资源局 7F3A9C21".to_owned(),
        qr: LINK.to_owned(),
        qr_words: "扫码查验".to_owned(),
        foot: "校验码 7F3A 9C21 55D0 88E4".to_owned(),
    };
    Paper { edge, ..paper }
}

fn pairs(items: &[(&str, &str)]) -> Vec<(String, String)> {
    items.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
}

fn periods(items: &[&[&str]]) -> Vec<Period> {
    items
        .iter()
        .map(|row| Period { when: row[0].to_owned(), columns: row[1..].iter().map(|text| (*text).to_owned()).collect() })
        .collect()
}

fn review_form() -> ReviewForm {
    let long = "负责控制测量方案设计与数据处理，按CGCS2000坐标系完成全县1:500地形图测绘的质量检查，编写技术总结。".repeat(9);
    ReviewForm {
        title: "专业技术职务任职资格评审表".to_owned(),
        authority: "某地区自然资源局".to_owned(),
        cover: pairs(&[
            ("单位", "某测绘有限责任公司"),
            ("姓名", "申报人甲"),
            ("现任专业技术职务", "助理工程师"),
            ("申报系列", "工程"),
            ("申报专业", "测绘"),
            ("申报资格", "工程师（中级）"),
        ]),
        instructions: vec![
            "本表由系统根据网上申报内容生成，带水印，A4纸正反面打印，一式两份。".to_owned(),
            "打印后内容不得涂改；内容有变的，应在系统中修改后重新打印。".to_owned(),
        ],
        person: pairs(&[
            ("姓名", "申报人甲"),
            ("性别", "男"),
            ("族别", "汉族"),
            ("出生年月", "1990年5月"),
            ("政治面貌", "群众"),
            ("参加工作时间", "2012年7月"),
            ("身份证号", "652901199005170010"),
            ("普通话等级", "二级甲等"),
            ("最高学历", "本科"),
        ]),
        wide: pairs(&[("工作单位", "某测绘有限责任公司"), ("申报方式", "地区“定向评价”")]),
        education: periods(&[&["2008.09—2012.06", "某大学", "测绘工程", "本科"]]),
        work: periods(&[&["2012.07—至今", "某测绘有限责任公司", "测绘工程技术人员"]]),
        titles: periods(&[&["2016.12", "助理工程师", "测绘", "某地区人力资源和社会保障局"]]),
        technical_work: periods(&[&["2012.07—至今", "测绘", "地形测量、地籍调查"]]),
        achievements: periods(&[
            &["2023.08", "工程项目", "某县农村宅基地确权登记项目", &long],
            &["2022.05", "论文", "《无人机航测在地形图测绘中的应用》", "独立完成"],
        ]),
        study: periods(&[&["2021", "30", "60", ""], &["2022", "30", "60", ""]]),
        appraisals: periods(&[&["2021", "合格"], &["2022", "优秀"], &["2023", "合格"]]),
        commitment: "本人承诺以上填报的内容和提交的材料完全真实有效，且网上填报与送审报表内容完全一致。".to_owned(),
        opinions: pairs(&[("基层单位意见", SENTENCE), ("主管部门意见", "")]),
        committee: "某地区工程系列评审委员会".to_owned(),
        both_sides: true,
        copies: 2,
    }
}

fn letters() -> Vec<(&'static str, Paper)> {
    let publicity = Letter {
        title: "推荐单位公示".to_owned(),
        paragraphs: vec![
            "根据自治区、地区职称评审工作要求，现对申报人甲同志申报工程系列测绘专业中级专业技术任职资格进行公示。".to_owned(),
            "基本信息：男，汉族，群众，身份证号652901********0010，现任助理工程师。".to_owned(),
            "公示时间从2024年8月5日起至2024年8月9日止（公示期不少于5个工作日）。".to_owned(),
        ],
        signatures: vec!["签字：".to_owned(), "（推荐单位公章）".to_owned(), "2024 年　　月　　日".to_owned()],
        ..Letter::default()
    };
    let returned = Letter {
        title: "退回修改通知".to_owned(),
        addressee: "申报人甲同志：".to_owned(),
        paragraphs: vec!["你的申报材料经审核需修改，请于2024年8月20日前改正后重新提交。".to_owned()],
        table: Some(LetterTable {
            columns: vec![
                ("序号".to_owned(), 0.6),
                ("项目".to_owned(), 1.6),
                ("修改意见".to_owned(), 3.6),
                ("依据条款".to_owned(), 1.0),
            ],
            rows: (1..=30)
                .map(|at| {
                    vec![
                        at.to_string(),
                        "学历证书".to_owned(),
                        "扫描件不清晰，请重新上传正向、清晰的原件扫描件。".to_owned(),
                        "4.2.1a".to_owned(),
                    ]
                })
                .collect(),
        }),
        signatures: vec!["某地区自然资源局".to_owned(), "2024年8月18日".to_owned()],
        ..Letter::default()
    };
    let exemption = Exemption {
        title: "自治区“访惠聚”驻村等专业技术人员职称评审\n免除继续教育学习申请表".to_owned(),
        name: "买买提·艾合买提".to_owned(),
        sex: "男".to_owned(),
        born: "1988年3月".to_owned(),
        id_number: "652901198803010018".to_owned(),
        notes: [
            "1. 由同级“访惠聚”办公室审核。",
            "2. 由原派驻单位所属的地州市审核。",
            "3. 各地各部门不得私自设置免除继续教育学习事项。",
        ]
        .map(String::from)
        .to_vec(),
        ..Exemption::default()
    };
    let blank = Exemption { title: exemption.title.clone(), notes: exemption.notes.clone(), ..Exemption::default() };
    let certificate = Certificate {
        title: "专业技术职务任职资格证书".to_owned(),
        paragraphs: vec!["经评审，申报人甲同志具备工程师任职资格。".to_owned()],
        fields: pairs(&[("证书编号", "202465290001300001"), ("系列专业", "工程系列 测绘专业"), ("取得时间", "2024年10月20日")]),
        scope: "本证书在阿克苏地区范围内有效。".to_owned(),
        signatures: vec!["某地区自然资源局".to_owned(), "2024年11月20日".to_owned()],
    };
    vec![
        ("review_form", edged(review_form().paper())),
        ("publicity", edged(publicity.paper())),
        ("return_notice", edged(returned.paper())),
        ("exemption", edged(exemption.paper())),
        ("exemption_blank", blank.paper()),
        ("certificate", edged(certificate.paper())),
    ]
}

fn fonts() -> Fonts {
    Fonts::built_in().unwrap()
}

/// What a program of the system says of a file; none where it is not installed.
fn said(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn written(name: &str, bytes: &[u8]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let path = folder.join(format!("{name}.pdf"));
    std::fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn form_has_the_same_bytes_twice() {
    for (name, paper) in letters() {
        let (first, second) = (print(&paper, &fonts()).unwrap(), print(&paper, &fonts()).unwrap());
        assert_eq!(first, second, "{name}");
        assert!(first.starts_with(b"%PDF-") && first.trim_ascii_end().ends_with(b"%%EOF"), "{name}");
        assert!(!first.windows(13).any(|part| part == b"/CreationDate"), "{name}");
    }
}

#[test]
fn review_form_has_its_copies_on_both_sides_with_sentence_and_page_numbers() {
    let form = edged(review_form().paper());
    let count = page_count(&form, &fonts());
    assert_eq!(count % 2, 0);
    let path = written("told", &print(&form, &fonts()).unwrap());
    let path = path.to_str().unwrap();
    let Some(info) = said("pdfinfo", &[path]) else { return };
    let pages = info.lines().find_map(|line| line.strip_prefix("Pages:")).unwrap().trim().to_owned();
    assert_eq!(pages, (2 * count).to_string());
    assert!(info.contains("A4"), "{info}");
    let text = said("pdftotext", &["-raw", path, "-"]).unwrap();
    let run: String = text.split_whitespace().collect();
    assert_eq!(run.matches(SENTENCE).count(), 2);
    for number in 1..=count {
        assert_eq!(run.matches(&format!("第{number}页共{count}页")).count(), 2, "{number}");
    }
    for words in [
        "申报人甲",
        "652901199005170010",
        "CGCS2000",
        "一式2份·第1份",
        "一式2份·第2份",
        "某地区自然资源局7F3A9C21",
        "校验码7F3A9C2155D088E4",
    ] {
        assert!(run.contains(words), "{words}");
    }
}

#[test]
fn every_form_holds_its_data() {
    for (name, paper) in letters() {
        let path = written(name, &print(&paper, &fonts()).unwrap());
        let Some(text) = said("pdftotext", &["-raw", path.to_str().unwrap(), "-"]) else { return };
        let run: String = text.split_whitespace().collect();
        for block in &paper.blocks {
            if let Block::Text(words, _) = block {
                let words: String = words.split_whitespace().collect();
                assert!(run.contains(&words), "{name}: {words}");
            }
        }
    }
}

#[test]
fn code_is_read_by_a_reader() {
    let path = written("code", &print(&letters()[1].1, &fonts()).unwrap());
    let picture = path.with_extension("");
    if said("pdftoppm", &["-r", "150", "-png", "-singlefile", path.to_str().unwrap(), picture.to_str().unwrap()]).is_none() {
        return;
    }
    let picture = picture.with_extension("png");
    let Some(read) = said("zbarimg", &["-q", "--raw", picture.to_str().unwrap()]) else { return };
    assert_eq!(read.trim(), LINK);
}

#[test]
fn character_without_a_glyph_is_named_and_not_printed() {
    let paper = |text: &str| Paper::of("", vec![Block::Text(text.to_owned(), Style::LETTER)]);
    let error = print(&paper("𠮷田\u{200b}好"), &fonts()).unwrap_err();
    assert!(matches!(error, Error::Unprintable(ref found) if *found == ['\u{200b}', '𠮷']), "{error:?}");
    print(&paper("龍䶮㛃"), &fonts()).unwrap();
    assert_eq!(fonts().missing(["买买提·艾合买提，ABC①\n"]), Vec::<char>::new());
}

#[test]
fn further_font_lends_its_characters() {
    let system = Path::new("/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc");
    let Ok(bytes) = std::fs::read(system) else { return };
    let fonts = Fonts::with(vec![("NotoSerifCJK".to_owned(), bytes)]).unwrap();
    let paper = Paper::of("", vec![Block::Text("𠮷田好".to_owned(), Style::LETTER)]);
    let path = written("rare", &print(&paper, &fonts).unwrap());
    let Some(text) = said("pdftotext", &[path.to_str().unwrap(), "-"]) else { return };
    assert!(text.contains("𠮷田好"), "{text}");
}

#[test]
fn file_that_is_no_font_is_refused_with_its_name() {
    let error = Fonts::with(vec![("notes.ttf".to_owned(), b"hello".to_vec())]).unwrap_err();
    assert!(error.to_string().contains("notes.ttf"));
}

#[test]
fn text_of_any_length_ends() {
    let mut form = review_form();
    form.achievements = (0..100)
        .map(|_| Period { when: "2023.08".into(), columns: vec!["论文".into(), "题".repeat(200), "贡献。".repeat(660)] })
        .collect();
    form.opinions = vec![("意见".to_owned(), "同意。".repeat(3000))];
    form.copies = 1;
    let count = page_count(&form.paper(), &fonts());
    assert!((60..400).contains(&count), "{count}");
}

#[test]
fn exemption_with_the_notes_of_the_notice_and_a_code_is_one_page() {
    let notes = [90, 70, 50].map(|length| "由同级主管部门审核。".chars().cycle().take(length).collect::<String>());
    let form = Exemption {
        title: "自治区“访惠聚”驻村等专业技术人员职称评审\n免除继续教育学习申请表".to_owned(),
        graduated: "2010年12月　某大学　测绘工程".to_owned(),
        reason: "“访惠聚”驻村：2022年度、2023年度".to_owned(),
        notes: notes.to_vec(),
        ..Exemption::default()
    };
    assert_eq!(page_count(&edged(form.paper()), &fonts()), 1);
}
