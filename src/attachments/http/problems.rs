//! Refusals of attachments as problems.

use crate::attachments::error::Error;
use crate::problem::{Code, Problem};
use std::io::ErrorKind;

fn no_store(error: &dyn std::error::Error) -> Problem {
    tracing::error!(error = %error, "object store not available");
    let mut problem = Problem::new(Code::Unavailable);
    problem.retry_after = Some(5);
    problem
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let at_file = |code: Code, zh: String, en: String| Self::field(code, "/file", zh, en);
        match error {
            Error::NotFound => Code::NotFound.into(),
            Error::Ended(status) => Self::new(Code::AttachmentEnded).state(status),
            Error::TooMany { most } => Self::field(
                Code::TooManyFiles,
                "/category",
                format!("该类别最多 {most} 个文件，请替换已有文件"),
                format!("the category takes {most} files; replace one of them"),
            ),
            Error::TooLarge { most } => at_file(
                Code::PayloadTooLarge,
                format!("该类别每个文件最大 {most} 字节"),
                format!("a file of the category has at most {most} bytes"),
            ),
            Error::Quota { kept, most } => at_file(
                Code::StorageQuota,
                format!("已保存 {} MB，含已替换、删除的文件，最多 {} MB", kept >> 20, most >> 20),
                format!("{} MB are kept, with what was replaced or deleted; {} MB at most", kept >> 20, most >> 20),
            ),
            Error::Empty => at_file(Code::EmptyFile, Code::EmptyFile.zh().to_owned(), Code::EmptyFile.en().to_owned()),
            Error::Disguised(text) => at_file(Code::DisguisedFile, text.zh, text.en),
            Error::TooManyPixels { width, height, most } => at_file(
                Code::ImageTooLarge,
                format!("图像为 {width}×{height} 像素，最多 {most} 像素"),
                format!("the image has {width} x {height} pixels, {most} at most"),
            ),
            Error::Fields(findings) => {
                let single = findings.first().and_then(|first| Code::find(&first.code)).filter(|_| findings.len() == 1);
                Self::new(single.unwrap_or(Code::InvalidBody)).findings(findings)
            }
            Error::BeingRemoved => {
                let mut problem = Self::new(Code::Unavailable);
                problem.retry_after = Some(1);
                problem
            }
            Error::Anonymous => Code::Unauthenticated.into(),
            Error::Version(mismatch) => mismatch.into(),
            Error::Changed => Code::StaleVersion.into(),
            Error::OtherSide => Code::Forbidden.into(),
            Error::Application(error) => error.into(),
            // No room is no error of the program: it can be sent again when there is some.
            Error::Io(error) if matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded) => no_store(&error),
            Error::Io(error) => Self::internal(&error),
            Error::Storage(error) => no_store(&error),
            Error::Db(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::attachments::rules::code;
    use crate::problem::Code;

    #[test]
    fn codes_of_the_rules_are_rows_of_the_problem_table() {
        for code in [code::UNKNOWN_CATEGORY, code::NOT_DECLASSIFIED, code::VERIFICATION_CODE_INVALID] {
            assert!(Code::find(code).is_some(), "{code}");
        }
    }
}
