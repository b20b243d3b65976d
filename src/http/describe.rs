//! How arguments and answers of handlers describe themselves in the OpenAPI document.

use crate::authz::Permission;
use crate::problem::Code;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use utoipa::openapi::{RefOr, Schema};

/// An operation while its document is put together.
#[derive(Default)]
pub struct OperationDoc {
    /// Problem codes this operation can answer with.
    pub problems: BTreeSet<Code>,
    /// Parameters, OpenAPI parameter objects.
    pub parameters: Vec<Value>,
    /// OpenAPI request body object.
    pub request_body: Option<Value>,
    /// Success status and OpenAPI response object.
    pub success: Option<(u16, Value)>,
    /// Further answers that are no problems: part of a file, nothing new.
    pub further: Vec<(u16, Value)>,
    /// Component schemas that the operation refers to.
    pub schemas: Vec<(String, RefOr<Schema>)>,
    /// Needs a token.
    pub signed_in: bool,
    /// Needs a client that proves itself: the operation speaks OAuth.
    pub client: bool,
    /// Needs a person's session: a token for programs does not do.
    pub in_person: bool,
    /// Needs this permission.
    pub permission: Option<Permission>,
}

impl OperationDoc {
    /// Adds a component and its dependencies; returns the reference to it.
    pub fn component<T: utoipa::ToSchema>(&mut self) -> Value {
        let name = T::name().into_owned();
        self.schemas.push((name.clone(), T::schema()));
        T::schemas(&mut self.schemas);
        json!({ "$ref": format!("#/components/schemas/{name}") })
    }

    /// Adds a header parameter.
    pub fn header(&mut self, name: &str, required: bool, description: &str, schema: &Value) {
        self.parameters
            .push(json!({ "name": name, "in": "header", "required": required, "description": description, "schema": schema }));
    }

    /// The success response with a JSON body.
    pub fn json_response(&mut self, status: u16, description: &str, schema: Option<&Value>, headers: Map<String, Value>) {
        let mut response = json!({ "description": description });
        if let Some(schema) = schema {
            response["content"] = json!({ "application/json": { "schema": schema } });
        }
        if !headers.is_empty() {
            response["headers"] = Value::Object(headers);
        }
        self.success = Some((status, response));
    }

    /// Problem responses by status, each naming its codes.
    pub(super) fn problem_responses(&self) -> BTreeMap<u16, Value> {
        let mut by_status: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
        for code in &self.problems {
            by_status.entry(code.status()).or_default().push(*code);
        }
        by_status
            .into_iter()
            .map(|(status, codes)| {
                let text: Vec<String> =
                    codes.iter().map(|code| format!("`{}`: {} / {}", code.as_str(), code.zh(), code.en())).collect();
                let ids: Vec<&str> = codes.iter().map(|code| code.as_str()).collect();
                let (kind, schema) =
                    if self.client { ("application/json", "OAuthError") } else { ("application/problem+json", "Problem") };
                let response = json!({
                    "description": text.join("\n\n"),
                    "content": { kind: { "schema": { "$ref": format!("#/components/schemas/{schema}") } } },
                    "x-problem-codes": ids,
                });
                (status, response)
            })
            .collect()
    }
}

/// An argument of a handler that can describe itself.
pub trait Describe {
    /// Adds what the argument asks of the request.
    fn describe(doc: &mut OperationDoc);
}

/// A handler's answer that can describe itself.
pub trait DescribeAnswer {
    /// Adds the success response.
    fn describe_answer(doc: &mut OperationDoc);
}

impl<T: DescribeAnswer, E> DescribeAnswer for Result<T, E> {
    fn describe_answer(doc: &mut OperationDoc) {
        T::describe_answer(doc);
    }
}

/// The first argument of a handler: decides who gets in.
pub trait AccessGuard: Describe {}

/// The arguments of a handler, an access guard first.
pub trait Arguments {
    /// Adds what all arguments ask of the request.
    fn describe(doc: &mut OperationDoc);
}

macro_rules! arguments {
    ($first:ident $($rest:ident)*) => {
        impl<$first: AccessGuard, $($rest: Describe),*> Arguments for ($first, $($rest,)*) {
            fn describe(doc: &mut OperationDoc) {
                $first::describe(doc);
                $($rest::describe(doc);)*
            }
        }
    };
}
arguments!(A);
arguments!(A B);
arguments!(A B C);
arguments!(A B C D);
arguments!(A B C D E);
arguments!(A B C D E F);
