//! Which merchant a request is about, or an object is of.
//!
//! Nothing of a merchant can be named without this value: not the program object, nor a shard of
//! journeys, nor what is published in KV, nor what this isolate remembers of it, nor the keys.

use std::rc::Rc;

use waymark_click::{Keys, ProgramKeys};
use worker::{Env, Error, Result, State};

use crate::platform::secrets;

/// The one program that exists from the start.
const MAIN: &str = "main";

/// A merchant, with the environment in which its parts are found.
#[derive(Clone)]
pub struct Merchant {
    env: Env,
    program: Rc<str>,
}

impl Merchant {
    /// The merchant whom a request is about. A deployment serves one, whatever the host.
    pub fn of_request(env: Env) -> Self {
        Self {
            env,
            program: MAIN.into(),
        }
    }

    /// The merchant of a Durable Object, whose name begins with that of the merchant's program. Where the
    /// runtime does not say the name, as it did not in the alarms of older objects, it is the one program
    /// that there was then.
    pub fn of_object(state: &State, env: &Env) -> Self {
        let name = state.id().name();
        let program = name.as_deref().and_then(|name| name.split('/').next());
        Self {
            env: env.clone(),
            program: program.unwrap_or(MAIN).into(),
        }
    }

    /// Where its secrets, KV and objects are found.
    pub fn env(&self) -> &Env {
        &self.env
    }

    /// The name of its program: of the program object, and the beginning of all other names.
    pub fn program(&self) -> &str {
        &self.program
    }

    /// The name of its shard of journeys with that number.
    pub fn shard(&self, number: u16) -> String {
        format!("{}/{number}", self.program)
    }

    /// The keys that sign its visitors' tokens: `WAYMARK_TOKEN_KEYS`, and `WAYMARK_TOKEN_KEYS_2` if it is
    /// there. Nobody can read a secret again, so a new key has to have a place beside the old one.
    pub fn token_keys(&self) -> Result<ProgramKeys> {
        let mut keys = secrets::secret(&self.env, "WAYMARK_TOKEN_KEYS")?;
        if let Ok(second) = secrets::secret(&self.env, "WAYMARK_TOKEN_KEYS_2") {
            keys = format!("{keys},{second}");
        }
        let keys: Keys = keys
            .parse()
            .map_err(|error| Error::RustError(format!("WAYMARK_TOKEN_KEYS: {error}")))?;
        Ok(keys.for_program(&self.program))
    }
}

/// Two values are of one merchant if they name one program.
impl PartialEq for Merchant {
    fn eq(&self, other: &Self) -> bool {
        self.program == other.program
    }
}
