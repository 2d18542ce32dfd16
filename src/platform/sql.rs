//! SQLite storage of a Durable Object, bound so that nothing JavaScript throws is lost.
//!
//! `worker::SqlStorage` binds some calls without `catch`: an exception there would hang the
//! caller. It has no `transactionSync` either. These are the few calls that Waymark makes.

use std::cell::Cell;
use std::fmt;
use std::ops::Deref;

use js_sys::Array;
use wasm_bindgen::prelude::*;
use worker::{Error, Result};

#[wasm_bindgen]
extern "C" {
    #[derive(Clone)]
    type JsStorage;
    #[wasm_bindgen(method, getter, catch)]
    fn sql(this: &JsStorage) -> std::result::Result<JsSql, JsValue>;
    #[wasm_bindgen(method, catch, js_name = transactionSync)]
    fn transaction_sync(
        this: &JsStorage,
        body: &mut dyn FnMut() -> std::result::Result<JsValue, JsValue>,
    ) -> std::result::Result<JsValue, JsValue>;

    #[derive(Clone)]
    type JsSql;
    #[wasm_bindgen(method, catch, variadic)]
    fn exec(
        this: &JsSql,
        statement: &str,
        parameters: &Array,
    ) -> std::result::Result<JsCursor, JsValue>;

    type JsCursor;
    #[wasm_bindgen(method, catch)]
    fn raw(this: &JsCursor) -> std::result::Result<JsRows, JsValue>;
    #[wasm_bindgen(method, getter, catch, js_name = rowsWritten)]
    fn rows_written(this: &JsCursor) -> std::result::Result<f64, JsValue>;

    type JsRows;
    #[wasm_bindgen(method, catch, js_name = toArray)]
    fn to_array(this: &JsRows) -> std::result::Result<Array, JsValue>;
}

/// The database of one Durable Object.
pub struct Database {
    storage: JsStorage,
    sql: JsSql,
    spent: Cell<Spent>,
}

/// What statements have cost. Rows are what Cloudflare's bill names: those of indexes count, too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    pub statements: u32,
    pub rows_written: u32,
}

impl fmt::Display for Spent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            statements,
            rows_written,
        } = self;
        write!(f, "{statements} statements, {rows_written} rows written")
    }
}

impl Database {
    pub fn of(state: &worker::State) -> Result<Self> {
        let storage = state.storage();
        let storage: &JsStorage = storage.as_raw().unchecked_ref();
        let storage = storage.clone();
        let sql = storage.sql()?;
        Ok(Self {
            storage,
            sql,
            spent: Cell::default(),
        })
    }

    /// Runs one statement and reads all of its rows.
    pub fn query(&self, statement: &str, parameters: &[Value<'_>]) -> Result<Vec<Row>> {
        let bound = Array::new();
        for parameter in parameters {
            bound.push(&parameter.to_js()?);
        }
        let cursor = self.sql.exec(statement, &bound)?;
        let rows = cursor.raw()?.to_array()?;
        let Spent {
            statements,
            rows_written,
        } = self.spent.get();
        self.spent.set(Spent {
            statements: statements.saturating_add(1),
            rows_written: rows_written.saturating_add(cursor.rows_written()? as u32),
        });
        Ok(rows.iter().map(|row| Row(row.unchecked_into())).collect())
    }

    /// What statements have cost since this was last asked.
    pub fn take_spent(&self) -> Spent {
        self.spent.take()
    }

    /// Runs one statement and reads its first row, if any.
    pub fn first(&self, statement: &str, parameters: &[Value<'_>]) -> Result<Option<Row>> {
        Ok(self.query(statement, parameters)?.into_iter().next())
    }

    /// Runs `body` as one transaction: all of it is kept, or, on an error, none.
    pub fn transaction<T>(&self, body: impl FnOnce(&Tx<'_>) -> Result<T>) -> Result<T> {
        let mut body = Some(body);
        let mut outcome = None;
        let committed = self.storage.transaction_sync(&mut || {
            let Some(body) = body.take() else {
                return Err(JsValue::from_str("a transaction runs once"));
            };
            match body(&Tx { database: self }) {
                Ok(value) => {
                    outcome = Some(Ok(value));
                    Ok(JsValue::UNDEFINED)
                }
                Err(error) => {
                    outcome = Some(Err(error));
                    Err(JsValue::from_str("rolled back"))
                }
            }
        });
        match (committed, outcome) {
            (_, Some(Err(error))) => Err(error),
            (Ok(_), Some(Ok(value))) => Ok(value),
            (Err(thrown), _) => Err(thrown.into()),
            (Ok(_), None) => Err(Error::RustError("the transaction did not run".into())),
        }
    }
}

/// A transaction under way: whoever writes has one, and nothing else hands one out.
pub struct Tx<'d> {
    database: &'d Database,
}

impl Deref for Tx<'_> {
    type Target = Database;

    fn deref(&self) -> &Database {
        self.database
    }
}

impl Tx<'_> {
    /// Runs one statement that gives no rows.
    pub fn run(&self, statement: &str, parameters: &[Value<'_>]) -> Result<()> {
        self.database.query(statement, parameters).map(|_| ())
    }
}

/// A parameter of a statement. Integers cross into JavaScript as doubles, so only those whose
/// absolute value is below 2^53 may be given; ids of stores are text for that reason.
pub enum Value<'a> {
    Null,
    Integer(i64),
    Text(&'a str),
}

impl Value<'_> {
    fn to_js(&self) -> Result<JsValue> {
        match self {
            Value::Null => Ok(JsValue::NULL),
            Value::Text(text) => Ok(JsValue::from_str(text)),
            Value::Integer(integer) => {
                let number = JsValue::from_f64(*integer as f64);
                if js_sys::Number::is_safe_integer(&number) {
                    Ok(number)
                } else {
                    Err(Error::RustError(format!("{integer} is not below 2^53")))
                }
            }
        }
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Value::Text(text)
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        Value::Text(text)
    }
}

impl From<i64> for Value<'_> {
    fn from(integer: i64) -> Self {
        Value::Integer(integer)
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

/// One row, its columns in the order in which the statement names them.
pub struct Row(Array);

impl Row {
    pub fn text(&self, column: u32) -> Result<String> {
        self.optional_text(column)?
            .ok_or_else(|| Error::RustError(format!("column {column} holds no text")))
    }

    pub fn optional_text(&self, column: u32) -> Result<Option<String>> {
        let value = self.0.get(column);
        if value.is_null() {
            return Ok(None);
        }
        match value.as_string() {
            Some(text) => Ok(Some(text)),
            None => Err(Error::RustError(format!("column {column} is not text"))),
        }
    }

    pub fn integer(&self, column: u32) -> Result<i64> {
        self.optional_integer(column)?
            .ok_or_else(|| Error::RustError(format!("column {column} holds no integer")))
    }

    pub fn optional_integer(&self, column: u32) -> Result<Option<i64>> {
        let value = self.0.get(column);
        if value.is_null() {
            return Ok(None);
        }
        match value.as_f64() {
            Some(number) if js_sys::Number::is_safe_integer(&value) => Ok(Some(number as i64)),
            _ => Err(Error::RustError(format!(
                "column {column} is not an integer"
            ))),
        }
    }
}
