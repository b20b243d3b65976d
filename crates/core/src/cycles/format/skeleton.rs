//! A skeleton of a cycle file.

/// A commented cycle file of this id and year that can be loaded; `cycle check` warns of everything that is to be filled in.
#[must_use]
pub fn skeleton(id: &str, year: u16) -> String {
    // The certificate's number has a placeholder of the same name, which stays.
    let text = include_str!("../../../../../cycles/skeleton.toml");
    let year = year.to_string();
    ["year = {year}\n", "[{year}]", "开展{year}年度", "\"{year}-"]
        .iter()
        .fold(text.replace("\"{id}\"", &format!("\"{id}\"")), |text, part| text.replace(part, &part.replace("{year}", &year)))
}
