//! Values as PHP writes them: lists with gaps as objects, numbers as text and text as numbers, `false` for
//! what is not there.

use super::{MAX_QUANTITY, Members, Object, Path, Unusable, Value, decimal, present};

use std::borrow::Cow;
use waymark_attribution::money::{Amount, AmountError, Currency};

impl<'a> Value<'_, 'a> {
    /// The items of a list as PHP writes it: one with a gap in its keys is an object.
    pub(crate) fn php_items(&self) -> Result<Vec<Value<'_, 'a>>, Unusable> {
        if !self.raw.is_some_and(|raw| raw.starts_with('{')) {
            return self.items();
        }
        let members: Option<Members<'a>> = self.parse("must be a list")?;
        let members = members.map_or_else(Vec::new, |members| members.0);
        let values = members.into_iter().enumerate();
        Ok(values
            .map(|(index, (_, raw))| Value {
                path: Path::Item(&self.path, index),
                raw: present(raw),
            })
            .collect())
    }

    /// The objects of such a list, at most so many.
    pub(crate) fn php_objects_at_most(&self, most: usize) -> Result<Vec<Object<'_, 'a>>, Unusable> {
        if !self.raw.is_some_and(|raw| raw.starts_with('{')) {
            return self.objects_at_most(most);
        }
        let items = self.php_items()?;
        if items.len() > most {
            return Err(self.error(format!("more than {most} items")));
        }
        let objects = items.into_iter().enumerate();
        objects
            .map(|(index, item)| {
                let Object { members, .. } = item.required_object()?;
                let path = Path::Item(&self.path, index);
                Ok(Object { path, members })
            })
            .collect()
    }

    /// Text as PHP writes it: a number where it looks like one, `false` where there is none.
    pub(crate) fn php_text(&self) -> Result<Option<String>, Unusable> {
        match self.raw {
            Some("false") => Ok(None),
            Some(raw) if raw.starts_with(|c: char| c == '-' || c.is_ascii_digit()) => {
                Ok(Some(raw.to_owned()))
            }
            _ => self.text(),
        }
    }

    /// An amount as PHP writes it, which may be negative, of any number of decimals: those beyond the
    /// currency's are rounded half up. Empty text and `false` are absent.
    pub(crate) fn rounded(&self, currency: Currency) -> Result<Option<Amount>, Unusable> {
        let Some(literal) = self.php_number()? else {
            return Ok(None);
        };
        let malformed = || self.error(AmountError::Malformed.to_string());
        let (negative, whole, fraction) = decimal::plain(&literal).ok_or_else(malformed)?;
        let digits = currency.digits() as usize;
        let (kept, spare) = fraction
            .split_at_checked(digits)
            .unwrap_or((fraction.as_str(), ""));
        let written = match kept {
            "" => whole,
            kept => format!("{whole}.{kept}"),
        };
        let amount = currency.parse(&written);
        let amount = amount.map_err(|error| self.error(error.to_string()))?;
        let up = i64::from(spare.bytes().next().is_some_and(|digit| digit >= b'5'));
        let minor = amount.minor().saturating_add(up);
        Ok(Some(Amount::from_minor(if negative {
            minor.saturating_neg()
        } else {
            minor
        })))
    }

    /// A number of pieces as PHP writes it, at most a million: a part of one counts as one, and those that
    /// were taken back as many. Empty text and `false` are absent.
    pub(crate) fn php_pieces(&self) -> Result<Option<u32>, Unusable> {
        let Some(literal) = self.php_number()? else {
            return Ok(None);
        };
        let pieces = decimal::plain(&literal).and_then(|(_, whole, part)| {
            let more = u32::from(part.bytes().any(|digit| digit != b'0'));
            whole.parse::<u32>().ok()?.checked_add(more)
        });
        match pieces.filter(|it| *it <= MAX_QUANTITY) {
            None => Err(self.error(format!("must be a number up to {MAX_QUANTITY}"))),
            pieces => Ok(pieces),
        }
    }

    fn php_number(&self) -> Result<Option<Cow<'a, str>>, Unusable> {
        if self.raw == Some("false") {
            return Ok(None);
        }
        let literal = self.number_literal()?;
        Ok(literal.filter(|literal| !literal.trim().is_empty()))
    }
}
