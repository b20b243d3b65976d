//! The types of a definition, read from their published schemas.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::cycles::definition::CycleDefinition;

/// The name of the whole.
pub(super) const ROOT: &str = "CycleDefinition";

/// A field of a table.
pub(super) struct Field {
    pub(super) name: String,
    /// What it is, in English.
    pub(super) description: String,
    /// Has to be in a file.
    pub(super) required: bool,
    /// Its schema, without null: TOML has none.
    pub(super) schema: Value,
}

impl Field {
    /// Name of the type that the value, or each item of it, has; `None` for plain values.
    pub(super) fn type_name(&self) -> Option<&str> {
        let schema = if self.is_list() { &self.schema["items"] } else { &self.schema };
        schema["$ref"].as_str().and_then(|place| place.rsplit('/').next())
    }

    pub(super) fn is_list(&self) -> bool {
        self.schema["type"] == "array"
    }
}

/// A table, or the values of a closed list.
pub(super) struct Type {
    /// What it is, in English.
    pub(super) description: String,
    /// Fields in the order of the type; none for a list of values.
    pub(super) fields: Vec<Field>,
    /// The values; none for a table.
    pub(super) values: Vec<String>,
}

/// Every type of a definition, by name.
pub(super) fn types() -> BTreeMap<String, Type> {
    let mut schemas = Vec::new();
    CycleDefinition::schemas(&mut schemas);
    schemas.push((ROOT.to_owned(), CycleDefinition::schema()));
    let mut types: BTreeMap<String, Type> =
        schemas.iter().filter_map(|(name, schema)| Some((name.clone(), type_of(schema)?))).collect();
    let optional = optional_fields(&types);
    for (name, known) in &mut types {
        for field in &mut known.fields {
            field.required = !optional.contains(&(name.clone(), field.name.clone()));
        }
    }
    types
}

fn type_of(schema: &RefOr<Schema>) -> Option<Type> {
    let RefOr::T(Schema::Object(object)) = schema else { return None };
    let description = object.description.clone().unwrap_or_default();
    let values = object.enum_values.iter().flatten().filter_map(|value| value.as_str().map(str::to_owned)).collect();
    let fields = object.properties.iter().map(|(name, property)| {
        let schema = plain(serde_json::to_value(property).unwrap_or_default());
        let description = schema["description"]
            .as_str()
            .unwrap_or_default()
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .replace("[`", "`")
            .replace("`]", "`");
        Field { name: name.clone(), description, required: true, schema }
    });
    Some(Type { description, fields: fields.collect(), values })
}

/// The schema without null, and with places of a schema of its own.
fn plain(schema: Value) -> Value {
    let Value::Object(mut schema) = schema else { return schema };
    if let Some(Value::Array(choices)) = schema.remove("oneOf") {
        let one = choices.into_iter().find(|choice| choice["type"] != "null").unwrap_or_default();
        let mut one = plain(one);
        if let (Some(description), Value::Object(inner)) = (schema.remove("description"), &mut one) {
            inner.insert("description".to_owned(), description);
        }
        return one;
    }
    if let Some(Value::Array(kinds)) = schema.get("type").cloned() {
        let kind = kinds.into_iter().find(|kind| kind != "null").unwrap_or_default();
        schema.insert("type".to_owned(), kind);
    }
    if let Some(items) = schema.remove("items") {
        schema.insert("items".to_owned(), plain(items));
    }
    if let Some(place) = schema.get("$ref").and_then(Value::as_str) {
        let name = place.rsplit('/').next().unwrap_or_default();
        let place = format!("#/$defs/{name}");
        schema.insert("$ref".to_owned(), place.into());
    }
    Value::Object(schema)
}

/// The fields that serde reads a definition without, as type and name. Each is left out of a sample once, and the sample is read.
fn optional_fields(types: &BTreeMap<String, Type>) -> BTreeSet<(String, String)> {
    let sample = sample(types, &json!({ "$ref": format!("#/$defs/{ROOT}") }), 0);
    let mut optional = BTreeSet::new();
    let mut tried = BTreeSet::new();
    let mut places = vec![(String::new(), ROOT.to_owned())];
    while let Some((pointer, name)) = places.pop() {
        let Some(known) = types.get(&name).filter(|_| tried.insert(name.clone())) else { continue };
        for field in &known.fields {
            let mut without = sample.clone();
            if let Some(Value::Object(table)) = without.pointer_mut(&pointer) {
                table.remove(&field.name);
            }
            if serde_json::from_value::<CycleDefinition>(without).is_ok() {
                optional.insert((name.clone(), field.name.clone()));
            }
            if let Some(inner) = field.type_name() {
                let item = if field.is_list() { "/0" } else { "" };
                places.push((format!("{pointer}/{}{item}", field.name), inner.to_owned()));
            }
        }
    }
    optional
}

/// A value of the schema: every field there, one item in each list.
fn sample(types: &BTreeMap<String, Type>, schema: &Value, depth: usize) -> Value {
    if depth > 12 {
        return Value::Null;
    }
    if let Some(known) = schema["$ref"].as_str().and_then(|place| types.get(place.rsplit('/').next().unwrap_or_default())) {
        if let Some(value) = known.values.first() {
            return value.clone().into();
        }
        if known.fields.is_empty() {
            return json!("x");
        }
        let fields = known.fields.iter().map(|field| (field.name.clone(), sample(types, &field.schema, depth + 1)));
        return Value::Object(fields.collect());
    }
    match (schema["type"].as_str(), schema["format"].as_str()) {
        (Some("array"), _) => json!([sample(types, &schema["items"], depth + 1)]),
        (Some("boolean"), _) => json!(false),
        (Some("integer"), _) => json!(1),
        (_, Some("date")) => json!("2024-01-01"),
        (_, Some("date-time")) => json!("2024-01-01T00:00:00+08:00"),
        _ => json!("x"),
    }
}
