//! A JSON Schema of the format, for editors.

use serde_json::{Map, Value, json};

use super::terms::term;
use super::types::{ROOT, types};

/// The text of `cycles/cycle.schema.json` (draft 2020-12).
#[must_use]
pub fn json_schema() -> String {
    let types = types();
    let mut definitions = Map::new();
    for (name, known) in &types {
        let schema = if known.fields.is_empty() {
            json!({ "type": "string", "description": known.description, "enum": known.values })
        } else {
            let mut properties = Map::new();
            for field in &known.fields {
                let mut schema = field.schema.clone();
                if let Value::Object(schema) = &mut schema {
                    let description = format!("{}。{}", term(name, &field.name).unwrap_or(&field.name), field.description);
                    schema.insert("description".to_owned(), description.into());
                    // Formats of numbers are those of the program, not of the file.
                    if schema.get("type").is_some_and(|kind| kind == "integer") {
                        schema.remove("format");
                    }
                }
                properties.insert(field.name.clone(), schema);
            }
            let required: Vec<&str> = known.fields.iter().filter(|field| field.required).map(|field| field.name.as_str()).collect();
            json!({
                "type": "object",
                "description": known.description,
                "properties": properties,
                "required": required,
                "additionalProperties": false,
            })
        };
        definitions.insert(name.clone(), schema);
    }
    let whole = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "title-review cycle definition",
        "$ref": format!("#/$defs/{ROOT}"),
        "$defs": definitions,
    });
    serde_json::to_string_pretty(&whole).unwrap_or_default() + "\n"
}
