//! `docs/limits.md`: every bound, what a client gets at it, and the test that reaches it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use title_review::problem::Code;

use crate::generated::{assert_generated, root};

/// A setting of `[limits]`; what it bounds, zh and en; what a client gets at it; the test that reaches it.
type Row = (&'static str, &'static str, &'static str, Gets, &'static str);

enum Gets {
    /// A problem with this code.
    Code(&'static str),
    /// Something else, said in words.
    Words(&'static str, &'static str),
}

use Gets::{Code as Problem, Words};

const CLOSED: Gets = Words("断开连接", "the connection is closed");

/// Every setting.
const SETTINGS: &[Row] = &[
    ("json_bytes", "JSON 请求体字节数", "bytes of a JSON body", Problem("payload_too_large"), "malformed_body_is_rejected"),
    (
        "upload_bytes",
        "单个上传文件字节数",
        "bytes of one uploaded file",
        Problem("payload_too_large"),
        "refused_upload_leaves_no_row_and_no_file",
    ),
    (
        "application_bytes",
        "一份申报保存的文件字节数",
        "bytes of files kept of one application",
        Problem("storage_quota"),
        "bytes_of_an_application_and_of_a_person_are_bounded",
    ),
    (
        "account_bytes",
        "一人全部申报保存的文件字节数",
        "bytes of files kept of one person",
        Problem("storage_quota"),
        "bytes_of_an_application_and_of_a_person_are_bounded",
    ),
    ("body_seconds", "请求体到达的秒数", "seconds that a body may take", Problem("request_timeout"), "stalled_body_times_out"),
    ("body_rate", "请求体每秒字节数", "bytes a second that a body must bring", Problem("request_timeout"), "slow_body_times_out"),
    ("unread_seconds", "答复未读取的秒数", "seconds that an answer may stay unread", CLOSED, "clients_that_do_not_read_are_closed"),
    (
        "connections_per_address",
        "同一地址的连接数",
        "connections of one address",
        Problem("unavailable"),
        "connections_of_one_address_are_bounded",
    ),
    ("url_bytes", "路径和查询参数字节数", "bytes of path and query", Problem("uri_too_long"), "oversized_request_head_is_rejected"),
    ("header_bytes", "请求头字节数", "bytes of all headers", Problem("headers_too_large"), "oversized_request_head_is_rejected"),
    ("headers", "请求头个数", "number of headers", Problem("headers_too_large"), "oversized_request_head_is_rejected"),
    (
        "json_depth",
        "JSON 嵌套层数",
        "objects and lists inside each other",
        Problem("malformed_json"),
        "json_is_not_read_deeper_than_the_limit",
    ),
    (
        "rate_anonymous",
        "未登录时同一地址每分钟请求数",
        "requests a minute from one address",
        Problem("too_many_requests"),
        "quota_is_reported_consumed_and_renewed",
    ),
    (
        "rate_signed_in",
        "同一账户每分钟请求数",
        "requests a minute of one account",
        Problem("too_many_requests"),
        "quota_is_counted_per_account",
    ),
    (
        "rate_sign_in",
        "同一地址每分钟登录、注册次数",
        "attempts a minute to sign in or register",
        Problem("too_many_requests"),
        "sign_in_attempts_are_rate_limited",
    ),
    (
        "rate_objections",
        "同一地址每分钟异议数",
        "objections a minute from one address",
        Problem("too_many_requests"),
        "objections_from_one_address_are_rate_limited",
    ),
    (
        "open_objections",
        "一项公示待处理的异议数",
        "objections to one notice that wait",
        Problem("too_many_objections"),
        "objections_that_wait_are_bounded_and_decided_together",
    ),
    (
        "open_objections_of_address",
        "同一地址待处理的异议数",
        "objections of one address that wait",
        Problem("too_many_objections"),
        "objections_that_wait_are_bounded_and_decided_together",
    ),
    ("image_pixels", "图像像素数", "pixels of an image", Problem("image_too_large"), "refused_upload_leaves_no_row_and_no_file"),
    (
        "password_hashes",
        "同时计算的口令摘要数",
        "password hashes computed at once",
        Words("排队", "waits"),
        "full_password_hash_queue_is_answered_503",
    ),
    (
        "password_queue",
        "等待计算的口令摘要数",
        "password hashes that wait",
        Problem("unavailable"),
        "full_password_hash_queue_is_answered_503",
    ),
    (
        "list_rows",
        "一页列表查看的行数",
        "rows looked at for one page",
        Words("下一页继续", "the next page goes on"),
        "rare_matches_are_found_across_pages",
    ),
];

/// Bounds that no setting changes.
const FIXED: &[(&str, &str, Gets, &str)] = &[
    (
        "压缩的请求体",
        "a compressed body",
        Problem("unsupported_media_type"),
        "request_with_content_encoding_is_rejected_on_every_route",
    ),
    (
        "同一幂等键的答复保存 7 天",
        "answers kept for repeats: 7 days",
        Words("之后视为新请求", "then it is a new request"),
        "answers_and_sessions_go_after_seven_days",
    ),
    (
        "会话结束后保存 7 天",
        "sessions kept after their end: 7 days",
        Words("不影响使用", "nothing"),
        "answers_and_sessions_go_after_seven_days",
    ),
    (
        "中断的上传保存 24 小时",
        "what an upload that broke off leaves: 24 hours",
        Words("不影响使用", "nothing"),
        "file_that_no_dossier_has_is_removed_after_a_day",
    ),
];

fn sources(folder: &Path, into: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|end| end == "rs") {
            into.push_str(&std::fs::read_to_string(path).unwrap());
        }
    }
}

impl Gets {
    fn text(&self) -> String {
        match self {
            Self::Code(code) => {
                let row = Code::find(code).unwrap_or_else(|| panic!("no code {code}"));
                format!("{} `{code}`", row.status())
            }
            Self::Words(zh, en) => format!("{zh}<br>{en}"),
        }
    }
}

#[test]
fn the_page_of_limits_is_up_to_date() {
    let settings: toml::Table = include_str!("../../../src/config/default.toml").parse().unwrap();
    let limits = settings["limits"].as_table().unwrap();
    let known: BTreeSet<&str> = limits.keys().map(String::as_str).collect();
    let told: BTreeSet<&str> = SETTINGS.iter().map(|row| row.0).collect();
    assert_eq!(told, known, "each setting of [limits] has a row");
    let mut tests = String::new();
    sources(&root().join("tests/it"), &mut tests);
    let mut page = String::from(
        "# Limits\n\nWhat is bounded, what a client gets at each bound, and the test that reaches it. The settings are described in\n\
         [configuration.md](configuration.md). Written by `tests/it/safety/page.rs`; `just generate` writes it anew.\n\n\
         | `limits.` | default | what | a client gets | reached by |\n|---|---|---|---|---|\n",
    );
    let proof = |test: &str| {
        let name = test.rsplit("::").next().unwrap();
        assert!(tests.contains(&format!("fn {name}(")), "there is no test {name}");
        name.to_owned()
    };
    for (name, zh, en, gets, test) in SETTINGS {
        writeln!(page, "| `{name}` | {} | {zh}<br>{en} | {} | `{}` |", limits[*name], gets.text(), proof(test)).unwrap();
    }
    page.push_str("\n| what | a client gets | reached by |\n|---|---|---|\n");
    for (zh, en, gets, test) in FIXED {
        writeln!(page, "| {zh}<br>{en} | {} | `{}` |", gets.text(), proof(test)).unwrap();
    }
    assert_generated("docs/limits.md", &page);
}
