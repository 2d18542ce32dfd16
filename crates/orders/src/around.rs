//! What lies around an order: all that it is decided from besides its own facts.

use serde::{Deserialize, Serialize};
use waymark_attribution::time::Duration;
use waymark_facts::Flag;
use waymark_program::settings::{Renewals, Settings};

use crate::Known;
use crate::assignment::Assignments;
use crate::case::Directory;
use crate::renewal::{Renewal, Renewed};

/// Of a program's settings those by which an order is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderSettings {
    /// How long after it was placed an order is approved by itself.
    pub hold: Duration,
    /// Which renewals earn.
    pub renewals: Renewals,
}

impl From<&Settings> for OrderSettings {
    fn from(settings: &Settings) -> Self {
        Self {
            hold: settings.hold,
            renewals: settings.renewals,
        }
    }
}

/// What lies around an order. An order that was not heard of itself has nothing around it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Around {
    /// Those in force when the order was placed; `None` before the program was first applied.
    pub settings: Option<OrderSettings>,
    /// What is known of the subscription that the order renews, if it renews one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub renewed: Option<Renewed>,
    /// The customer's. `None` where they do not matter: see [`Around::has_case`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignments: Option<Assignments>,
    /// All that the order names of it, and the affiliates of that.
    pub directory: Directory,
}

impl Around {
    /// What the order is, if it is a renewal.
    pub(crate) fn renewal(&self, known: &Known) -> Option<Renewal<'_>> {
        let order = known.folded.order.as_ref()?;
        // Before there were any settings, all renewals earn.
        let renewals = self.settings.map_or(Renewals::All, |it| it.renewals);
        let renewed = self.renewed.as_ref()?;
        Some(Renewal::new(
            renewed,
            order.snapshot.currency,
            order.is_free(),
            renewals,
        ))
    }

    /// Whether what the store says too little of could matter to this program.
    pub(crate) fn concerns(&self, flag: &Flag) -> bool {
        *flag != Flag::LinesLeftOut || self.directory.goes_by_lines()
    }

    /// Whether the order is decided by a case of another time: that of when its customer was
    /// forgotten, or of the first order of its subscription. Then neither customer nor directory
    /// matters.
    #[must_use]
    pub fn has_case(&self, known: &Known) -> bool {
        self.case_of_then(known).is_some()
    }

    pub(crate) fn case_of_then<'a>(&'a self, known: &'a Known) -> Option<&'a str> {
        if known.stored.erased
            && let Some(case) = &known.stored.frozen_case
        {
            return Some(case);
        }
        let first = self.renewal(known)?.first?;
        Some(&first.case)
    }
}
