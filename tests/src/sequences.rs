//! Sequences in which a store's calls may come.

/// All sequences of so many things, by their places: six of three, and 120 of five.
pub fn sequences(of: usize) -> Vec<Vec<usize>> {
    let Some(last) = of.checked_sub(1) else {
        return vec![Vec::new()];
    };
    let inserted = |shorter: Vec<usize>| {
        (0..of).map(move |place| {
            let mut sequence = shorter.clone();
            sequence.insert(place, last);
            sequence
        })
    };
    sequences(last).into_iter().flat_map(inserted).collect()
}
