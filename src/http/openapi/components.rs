//! The components of the document: each name stands for one schema.

use serde_json::{Map, Value};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// Component schemas by name. Rust types of different modules may share a name; their schemas may not.
#[derive(Default)]
pub(super) struct Components {
    schemas: Map<String, Value>,
    clashes: Vec<String>,
}

impl Components {
    /// Adds the schema of a type.
    pub(super) fn add<T: ToSchema + PartialSchema>(&mut self) {
        self.insert(&T::name(), &T::schema(), "every operation");
    }

    /// Adds a schema that `user` refers to. The same schema may come again; another one of its name is a clash.
    pub(super) fn insert(&mut self, name: &str, schema: &RefOr<Schema>, user: &str) {
        let schema = serde_json::to_value(schema).unwrap_or(Value::Null);
        match self.schemas.get(name) {
            None => {
                self.schemas.insert(name.to_owned(), schema);
            }
            Some(known) if *known == schema => {}
            Some(_) => self.clashes.push(format!("{name} (in {user})")),
        }
    }

    /// The schemas, sorted by name; `Err` names those that two unequal types share.
    pub(super) fn finish(mut self) -> Result<Map<String, Value>, String> {
        if self.clashes.is_empty() {
            self.schemas.sort_keys();
            Ok(self.schemas)
        } else {
            Err(self.clashes.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::OperationDoc;

    mod one {
        /// A reason.
        #[derive(utoipa::ToSchema)]
        #[expect(dead_code, reason = "only its schema is used")]
        pub(super) struct Reason {
            text: String,
        }
    }

    mod other {
        #[derive(utoipa::ToSchema)]
        #[expect(dead_code, reason = "only its schema is used")]
        pub(super) struct Reason {
            code: u16,
        }

        #[derive(utoipa::ToSchema)]
        #[expect(dead_code, reason = "only its schema is used")]
        pub(super) struct Refusal {
            reasons: Vec<Reason>,
        }
    }

    #[test]
    fn two_schemas_of_one_name_are_a_clash_also_below_another() {
        let mut doc = OperationDoc::default();
        doc.component::<one::Reason>();
        doc.component::<one::Reason>();
        let mut same = Components::default();
        for (name, schema) in &doc.schemas {
            same.insert(name, schema, "read_one");
        }
        assert_eq!(same.finish().unwrap().len(), 1, "the same schema twice");
        doc.component::<other::Refusal>();
        let mut components = Components::default();
        for (name, schema) in &doc.schemas {
            components.insert(name, schema, "read_other");
        }
        assert_eq!(components.finish().unwrap_err(), "Reason (in read_other)");
    }
}
