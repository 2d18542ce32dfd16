//! A stream of lines, handled on every core and taken in their order, in constant memory.

use std::io::{self, BufRead, BufReader};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread;

use crate::failure::Failure;
use crate::input::Input;

/// Bytes read at once. What is there by then is one block: so much work that handing it to
/// another core costs nothing beside it.
const BLOCK: usize = 1 << 18;

/// Bytes of a line beyond which it is no case but some other file; of such a line only so much
/// is kept, so that memory stays constant.
const MAX_LINE_BYTES: usize = 1 << 28;

/// Handles blocks of whole lines on every core, and takes what came of each in their order.
///
/// A block is handled as soon as it is there: whoever types a line gets its answer.
///
/// # Errors
/// If the input cannot be read, or what `take` gives; nothing is taken after that.
pub fn in_order<T: Send + 'static>(
    input: Input,
    handle: impl Fn(&[u8]) -> T + Send + Sync + 'static,
    mut take: impl FnMut(T) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let name = input.name().to_owned();
    let reader = BufReader::with_capacity(BLOCK, input.into_reader());
    let (queue, turns) = mpsc::sync_channel(in_flight());
    // The thread is not joined: it may wait for input that nobody wants any more.
    thread::spawn(move || read(reader, Arc::new(handle), &queue));
    for turn in turns {
        let handled = turn
            .map_err(|error| Failure::at(&name, error))?
            .recv()
            .map_err(|_| Failure::at(&name, "a thread ended before its work was done"))?;
        take(handled)?;
    }
    Ok(())
}

/// As many blocks as keep every core busy while the oldest is being taken.
fn in_flight() -> usize {
    rayon::current_num_threads().saturating_mul(4)
}

/// The lines of a block, without their ends.
pub fn of_block(block: &[u8]) -> impl Iterator<Item = &[u8]> {
    let block = block.strip_suffix(b"\n").unwrap_or(block);
    block.split(|byte| *byte == b'\n')
}

/// A line as text.
///
/// # Errors
/// If it is longer than any case, or no text.
pub fn text(line: &[u8]) -> Result<&str, String> {
    if line.len() > MAX_LINE_BYTES {
        return Err("case: the line is longer than 256 MiB; give one case to a line".to_owned());
    }
    std::str::from_utf8(line).map_err(|error| format!("case: not UTF-8: {error}"))
}

/// Where what came of a block will be, or why there is no further block.
type Turn<T> = io::Result<Receiver<T>>;

/// Hands out blocks until the input ends, or nobody takes their results any more.
fn read<T: Send + 'static>(
    mut input: impl BufRead,
    handle: Arc<impl Fn(&[u8]) -> T + Send + Sync + 'static>,
    queue: &SyncSender<Turn<T>>,
) {
    while let Some(block) = next_block(&mut input, MAX_LINE_BYTES).transpose() {
        let (answer, turn) = mpsc::sync_channel(1);
        let ended = block.is_err();
        let queued = queue.send(block.map(|block| {
            let handle = Arc::clone(&handle);
            rayon::spawn(move || {
                // Nobody may want it any more.
                let _ = answer.send(handle(&block));
            });
            turn
        }));
        if ended || queued.is_err() {
            return;
        }
    }
}

/// The next whole lines that are there already, at least one; `None` at the end of the input.
///
/// A line longer than `longest` loses what lies beyond, but stays longer.
fn next_block(input: &mut impl BufRead, longest: usize) -> io::Result<Option<Vec<u8>>> {
    let mut block = Vec::new();
    loop {
        let there = match input.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            there => there?,
        };
        if there.is_empty() {
            return Ok((!block.is_empty()).then_some(block));
        }
        let lines_end = there.iter().rposition(|byte| *byte == b'\n');
        let used = lines_end.map_or(there.len(), |last| last.saturating_add(1));
        if lines_end.is_some() || block.len() <= longest {
            block.extend_from_slice(there.get(..used).unwrap_or(there));
        }
        input.consume(used);
        if lines_end.is_some() {
            return Ok(Some(block));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use proptest::prelude::*;

    use super::*;

    /// Gives its bytes a few at a time, as a slow pipe does.
    struct Trickle<'a>(&'a [u8], usize);

    impl Read for Trickle<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = self.1.min(buffer.len());
            self.0.by_ref().take(count as u64).read(buffer)
        }
    }

    fn blocks(text: &[u8], step: usize, longest: usize) -> Vec<Vec<u8>> {
        let mut input = BufReader::with_capacity(7, Trickle(text, step));
        std::iter::from_fn(|| next_block(&mut input, longest).unwrap()).collect()
    }

    proptest! {
        #[test]
        fn blocks_are_the_input_cut_at_line_ends(
            text in proptest::collection::vec(prop_oneof![Just(b'\n'), any::<u8>()], 0..60),
            step in 1_usize..20,
        ) {
            let blocks = blocks(&text, step, usize::MAX);
            prop_assert_eq!(blocks.concat(), text);
            if let Some((_, all_but_last)) = blocks.split_last() {
                prop_assert!(all_but_last.iter().all(|block| block.ends_with(b"\n")));
            }
        }

        #[test]
        fn lines_of_blocks_are_the_lines_of_the_input(
            lines in proptest::collection::vec("[a-c]{0,9}", 1..20),
            step in 1_usize..20,
            ends in any::<bool>(),
        ) {
            let mut text = lines.join("\n");
            if ends {
                text.push('\n');
            }
            // Nothing after the last line end is no line, and neither is nothing at all.
            let expected: Vec<&str> = match text.as_str() {
                "" => Vec::new(),
                text => text.strip_suffix('\n').unwrap_or(text).split('\n').collect(),
            };
            let blocks = blocks(text.as_bytes(), step, usize::MAX);
            let found: Vec<_> = blocks.iter().flat_map(|block| of_block(block)).collect();
            prop_assert_eq!(found, expected.iter().map(|it| it.as_bytes()).collect::<Vec<_>>());
        }
    }

    #[test]
    #[allow(clippy::arithmetic_side_effects, reason = "an overflow fails the test")]
    fn reading_does_not_run_ahead_of_taking() {
        let ahead = in_flight() * BLOCK;
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "1234567\n".repeat(ahead)).unwrap();
        let input = Input::open(Some(file.path())).unwrap();
        let read = input.progress();
        let mut taken = 0;
        let all_taken = in_order(input, <[u8]>::len, |length| {
            // What is being read and what is being taken come on top.
            let most = taken + ahead + 3 * BLOCK;
            assert!(read.position() <= u64::try_from(most).unwrap());
            taken += length;
            Ok(())
        });
        assert!(all_taken.is_ok());
        assert_eq!(taken, 8 * ahead);
    }

    #[test]
    fn an_endless_line_is_cut_and_the_next_is_whole() {
        let text = [&[b'x'; 1000][..], b"\nnext\n"].concat();
        let lines: Vec<_> = blocks(&text, 7, 20)
            .iter()
            .flat_map(|block| of_block(block).map(<[u8]>::to_vec).collect::<Vec<_>>())
            .collect();
        assert_eq!(lines.len(), 2);
        assert!((21..50).contains(&lines[0].len()), "{}", lines[0].len());
        assert_eq!(lines[1], b"next");
    }
}
