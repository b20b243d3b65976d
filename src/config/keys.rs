//! Where the keys are.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Section `keys`.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeysConfig {
    /// The key file. Empty: `keys.toml` in the data folder, made by the first start.
    pub file: PathBuf,
    /// The text of a key file, for hosts that hand secrets over in the environment. Wins over `file`.
    #[serde(skip_serializing)]
    pub inline: String,
}

impl std::fmt::Debug for KeysConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeysConfig").field("file", &self.file).field("inline", &(!self.inline.is_empty())).finish()
    }
}
