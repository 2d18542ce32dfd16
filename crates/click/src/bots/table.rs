//! Many names, found in one pass by tables that the compiler makes of the lists.

/// What it means that a user agent has a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// It is a bot's.
    Program,
    /// It is a bot's, unless a phone is called so.
    Word,
    /// `bot`, which is a bot's at the end of a word, as in `Googlebot/2.1`; not in `fuboTV`.
    Bot,
    /// It is a bot's where it is a word of its own, unless apps of phones are called so.
    Tool,
    /// `http`: of an address, of a library, or of what a phone's browser can.
    Http,
    /// `compatible`, before what this really is.
    Compatible,
    /// It may be a browser's.
    System,
    /// It may be the browser of a phone or tablet.
    Phone,
    /// A phone or tablet that apps name alone, with its model: `iPhone15Pro`.
    Apple,
    /// It may be a browser's, even where it says nothing else.
    Device,
    /// This part of it is no bot's name, and it is a browser's.
    Person,
    /// An address follows that is not its own.
    Referrer,
}

/// A name in lower case, and what it means.
pub(super) type Entry = (&'static str, Kind);

/// Names, to be found at the beginning of a text.
pub(super) struct Table<const N: usize> {
    /// Those that begin with the same two letters stand together.
    pub(super) names: [Entry; N],
    /// What follows from the first two letters of a text, five bits of each, so that upper and
    /// lower case are one.
    groups: [Group; GROUPS],
}

const GROUPS: usize = 1024;

#[derive(Clone, Copy)]
struct Group {
    /// A bit of each third letter. Nearly every place in a user agent is ruled out by this one look.
    thirds: u32,
    /// Where the group begins and ends among the names.
    start: u16,
    end: u16,
}

impl<const N: usize> Table<N> {
    /// Puts the names of lists, `N` together, into their groups.
    #[expect(
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        reason = "it runs at compile time, where a panic is an error of the compiler"
    )]
    pub(super) const fn new<const L: usize>(lists: &[(&[&'static str], Kind); L]) -> Self {
        let mut names = [("", Kind::Program); N];
        let mut groups = [Group {
            thirds: 0,
            start: 0,
            end: 0,
        }; GROUPS];
        // Once to count, once to place: `end` is how many names there are, and then where they end.
        let mut placing = false;
        loop {
            let mut list = 0;
            while list < L {
                let (mut rest, kind) = lists[list];
                while let [name, others @ ..] = rest {
                    if let [first, second, third, ..] = name.as_bytes() {
                        let group = &mut groups[group_of(*first, *second)];
                        if placing {
                            group.thirds |= bit(*third);
                            names[group.end as usize] = (*name, kind);
                        }
                        group.end += 1;
                    }
                    rest = others;
                }
                list += 1;
            }
            if placing {
                return Self { names, groups };
            }
            placing = true;
            let mut start = 0;
            let mut at = 0;
            while at < GROUPS {
                let group = &mut groups[at];
                group.start = start;
                start += group.end;
                group.end = group.start;
                at += 1;
            }
        }
    }

    /// The longest name at the beginning of `text`, if one is there: its length, and what it means.
    #[inline]
    pub(super) fn find(&self, text: &[u8]) -> Option<(usize, Kind)> {
        let [first, second, third, ..] = text else {
            return None;
        };
        let group = self.groups.get(group_of(*first, *second))?;
        if group.thirds & bit(*third) == 0 {
            return None;
        }
        let mut longest = None;
        let mut len = 0;
        for (name, kind) in self.names.get(group.start.into()..group.end.into())? {
            if name.len() > len && starts_with(text, name) {
                len = name.len();
                longest = Some((len, *kind));
            }
        }
        longest
    }
}

/// Whether a text begins with a name, in any case.
pub(super) fn starts_with(text: &[u8], name: &str) -> bool {
    text.get(..name.len())
        .is_some_and(|head| head.eq_ignore_ascii_case(name.as_bytes()))
}

/// How many names there are in all lists.
#[expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "it runs at compile time, where a panic is an error of the compiler"
)]
pub(super) const fn count<const L: usize>(lists: &[(&[&'static str], Kind); L]) -> usize {
    let mut sum = 0;
    let mut list = 0;
    while list < L {
        sum += lists[list].0.len();
        list += 1;
    }
    sum
}

const fn group_of(first: u8, second: u8) -> usize {
    ((first & 31) as usize) << 5 | (second & 31) as usize
}

const fn bit(third: u8) -> u32 {
    1_u32.wrapping_shl((third & 31) as u32)
}
