//! Where a conversion stands, and what may make it stand elsewhere.

use serde::{Deserialize, Serialize};

/// Where a conversion stands. Stored and shown as the name in lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Credited; approved when the hold period is over, unless something else becomes known.
    Pending,
    /// Credited, but a person has to look at it, or the store has to say more, before it is owed.
    Held,
    /// Owed. Who is credited stays; facts change the amount only.
    Approved,
    /// Paid out at least once. What is booked later is owed, or taken back, by the next payout.
    Paid,
    /// The rules credit it, a person does not.
    Denied,
    /// Recorded, nothing owed: the rules do not credit it.
    Unqualified,
    /// Nothing is owed any more: the order was refunded, or the decision does not name the
    /// conversion any more.
    Reversed,
}

/// What makes a conversion stand elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Facts, a person's rulings among them, of an order of which nothing is approved.
    Decision,
    /// Facts of an order that is approved: of which something is approved or paid.
    Amounts,
    /// The end of the hold period.
    Due,
    /// A person approves the order.
    Approval,
    /// A person takes the approval back.
    Unapproval,
    /// A payout was paid.
    Payout,
}

impl Status {
    /// Every status, in the sequence of the table in the crate's documentation.
    pub const ALL: [Status; 7] = [
        Status::Pending,
        Status::Held,
        Status::Approved,
        Status::Paid,
        Status::Denied,
        Status::Unqualified,
        Status::Reversed,
    ];

    /// The status as stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Status::Pending => "pending",
            Status::Held => "held",
            Status::Approved => "approved",
            Status::Paid => "paid",
            Status::Denied => "denied",
            Status::Unqualified => "unqualified",
            Status::Reversed => "reversed",
        }
    }

    /// The status of that name.
    pub fn named(name: &str) -> Option<Status> {
        Status::ALL
            .into_iter()
            .find(|status| status.as_str() == name)
    }

    /// Whether its affiliate is credited now, whatever a person or the store may still change.
    pub const fn is_credited(self) -> bool {
        matches!(
            self,
            Status::Pending | Status::Held | Status::Approved | Status::Paid
        )
    }

    /// Whether entries of such a conversion go into the next payout.
    pub const fn is_payable(self) -> bool {
        matches!(self, Status::Approved | Status::Paid)
    }

    /// Whether the step may bring a conversion of this status to another one: the table in the
    /// crate's documentation.
    pub const fn may_become(self, next: Status, step: Step) -> bool {
        use Status::{Approved, Denied, Held, Paid, Pending, Reversed, Unqualified};
        match step {
            // The book says what the decision says, whatever it said before.
            Step::Decision => {
                matches!(self, Pending | Held | Denied | Unqualified | Reversed)
                    && matches!(next, Pending | Held | Denied | Unqualified | Reversed)
                    && self as u8 != next as u8
            }
            Step::Amounts => matches!(
                (self, next),
                (Approved, Held | Reversed)
                    | (Held, Approved | Reversed)
                    | (Reversed, Approved | Held)
            ),
            Step::Due => matches!((self, next), (Pending, Approved)),
            Step::Approval => matches!((self, next), (Pending | Held, Approved)),
            Step::Unapproval => matches!((self, next), (Approved, Held)),
            // Money that left has left, whatever was heard while the payout was open.
            Step::Payout => matches!((self, next), (Approved | Held | Reversed, Paid)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of the crate's documentation: a letter for each step that may bring the status
    /// of the row to that of the column. `D`ecision, `A`mounts, d`U`e, a`P`proval, unapp`R`oval,
    /// pay`O`ut.
    const TABLE: [(&str, [&str; 7]); 7] = [
        ("pending", ["", "D", "UP", "", "D", "D", "D"]),
        ("held", ["D", "", "AP", "O", "D", "D", "DA"]),
        ("approved", ["", "AR", "", "O", "", "", "A"]),
        ("paid", ["", "", "", "", "", "", ""]),
        ("denied", ["D", "D", "", "", "", "D", "D"]),
        ("unqualified", ["D", "D", "", "", "D", "", "D"]),
        ("reversed", ["D", "DA", "A", "O", "D", "D", ""]),
    ];

    #[test]
    fn every_change_of_status_is_one_of_the_table() {
        for (row, (name, columns)) in TABLE.into_iter().enumerate() {
            let from = Status::ALL[row];
            assert_eq!(from.as_str(), name);
            for (column, letters) in columns.into_iter().enumerate() {
                let to = Status::ALL[column];
                for (step, letter) in [
                    (Step::Decision, 'D'),
                    (Step::Amounts, 'A'),
                    (Step::Due, 'U'),
                    (Step::Approval, 'P'),
                    (Step::Unapproval, 'R'),
                    (Step::Payout, 'O'),
                ] {
                    assert_eq!(
                        from.may_become(to, step),
                        letters.contains(letter),
                        "{from:?} to {to:?} by {step:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_status_has_one_name_wherever_it_is_stored() {
        for status in Status::ALL {
            assert_eq!(Status::named(status.as_str()), Some(status));
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
        }
        assert_eq!(Status::named("Pending"), None);
    }
}
