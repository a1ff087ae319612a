//! Text that a learner's code had a hand in, made fit to be shown.

use std::fmt::Write;

use anstream::adapter::strip_str;

/// The longest line that helps a reader, in characters.
const LINE: usize = 300;

/// Whether `letter` can do more than be seen: move a terminal's cursor, turn the direction of the
/// text, or make an XML file invalid. Line breaks and tabs are wanted.
pub fn is_hidden(letter: char) -> bool {
    match letter {
        '\n' | '\t' => false,
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        '\u{feff}' | '\u{fffe}' | '\u{ffff}' => true,
        _ => letter.is_control(),
    }
}

/// `text` with something to see in place of everything hidden: `␛` for an escape character.
pub fn printable(text: &str) -> String {
    let mut printable = String::with_capacity(text.len());
    for letter in text.replace("\r\n", "\n").chars() {
        match letter {
            _ if !is_hidden(letter) => printable.push(letter),
            // Unicode has a picture of each of them.
            '\0'..='\u{1f}' => printable.extend(char::from_u32(0x2400 + u32::from(letter))),
            '\u{7f}' => printable.push('␡'),
            _ => printable.extend(letter.escape_unicode()),
        }
    }
    printable
}

/// The printable `text` without its end, and without its middle where it has more than `head + tail`
/// lines.
pub fn excerpt(text: &str, head: usize, tail: usize) -> String {
    let text = printable(text.trim_end());
    let lines: Vec<&str> = text.lines().collect();
    if lines.len() <= head + tail {
        return lines.into_iter().map(shortened).collect::<Vec<_>>().join("\n");
    }
    let left_out = lines.len() - head - tail;
    let mut shown: Vec<String> = lines[..head].iter().copied().map(shortened).collect();
    shown.push(format!("… {left_out} more {}", plural(left_out, "line")));
    shown.extend(lines[lines.len() - tail..].iter().copied().map(shortened));
    shown.join("\n")
}

/// `text` behind `margin`, each line with its line break, so that it fits a terminal of this width: prose is broken
/// between words, and what stands beside each other and is too wide, under each other. Tensors, code and tables stay
/// as they are, and where there is no width every line is left whole.
pub fn laid_out(text: &str, margin: &str, width: Option<usize>) -> String {
    let Some(width) = width else { return indented(text, margin) };
    let room = width.saturating_sub(margin.chars().count()).max(20);
    let lines: Vec<&str> = text.lines().collect();
    let mut fitting = String::new();
    let mut at = 0;
    while at < lines.len() {
        let block = lines[at..].iter().take_while(|line| !line.is_empty()).count();
        match columns(&lines[at..at + block], room) {
            Some(stacked) => {
                fitting.push_str(&indented(&stacked, margin));
                at += block;
            }
            None => {
                match lines[at] {
                    "" => fitting.push('\n'),
                    line => fitting.push_str(&indented(&broken(line, room), margin)),
                }
                at += 1;
            }
        }
    }
    fitting
}

/// How wide `text` is, without what colours it.
fn seen_width(text: &str) -> usize {
    strip_str(text).to_string().chars().count()
}

/// `line` in several, at most `room` wide, if it is prose and wider. The later ones begin below the first word.
fn broken(line: &str, room: usize) -> String {
    let bare = strip_str(line).to_string();
    let words = bare.trim_start();
    let preformatted = words.contains("  ") || words.starts_with(['[', '│', '^']) || words.contains("= [");
    if bare.chars().count() <= room || preformatted {
        return line.to_owned();
    }
    let mut begin = bare.chars().count() - words.chars().count();
    if words.chars().nth(1) == Some(' ') && !words.starts_with(char::is_alphanumeric) {
        // A mark, as of a check.
        begin += 2;
    }
    let mut broken = String::new();
    let mut column = 0;
    for word in line.split(' ') {
        let width = seen_width(word);
        if column > begin && column + width > room {
            broken.truncate(broken.trim_end_matches(' ').len());
            broken.push('\n');
            broken.push_str(&" ".repeat(begin));
            column = begin;
        }
        broken.push_str(word);
        broken.push(' ');
        column += width + 1;
    }
    broken.truncate(broken.trim_end_matches(' ').len());
    broken
}

/// The two columns of `block` under each other, if it has two and is too wide. What they are is in their titles.
fn columns(block: &[&str], room: usize) -> Option<String> {
    let title = block.first()?;
    if block.iter().all(|line| line.chars().count() <= room) {
        return None;
    }
    let left = title.trim_start();
    let (_, title_of_right) = [("expected", "   got"), ("before the call", "   after it")]
        .into_iter()
        .find(|(one, other)| left.starts_with(one) && left.contains(other))?;
    let at = title[..title.rfind(title_of_right)?].chars().count() + 3;
    if block.iter().any(|line| line.chars().take(at).skip(at - 3).any(|letter| letter != ' ')) {
        return None;
    }
    let margin = " ".repeat(title.chars().count() - left.chars().count());
    let half = |line: &str, of_left: bool| -> String {
        match of_left {
            true => line.chars().take(at).collect::<String>().trim_end().to_owned(),
            false => format!("{margin}{}", line.chars().skip(at).collect::<String>()).trim_end().to_owned(),
        }
    };
    let column = |of_left| {
        let lines: Vec<_> =
            block.iter().map(|line| half(line, of_left)).filter(|half| !half.is_empty()).collect();
        lines.join("\n")
    };
    Some(format!("{}\n\n{}", column(true), column(false)))
}

/// `1 line`, `2 lines`: the word.
pub fn plural(count: usize, word: &str) -> String {
    if count == 1 { word.to_owned() } else { format!("{word}s") }
}

/// Every line of `text` behind `margin`, each with its line break.
pub fn indented(text: &str, margin: &str) -> String {
    text.lines().fold(String::new(), |mut indented, line| {
        writeln!(indented, "{}", format!("{margin}{line}").trim_end()).expect("a String takes all");
        indented
    })
}

fn shortened(line: &str) -> String {
    match line.char_indices().nth(LINE) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hidden_becomes_visible_and_the_rest_stays() {
        for (text, expected) in [
            ("π → ½\tä\n", "π → ½\tä\n"),
            ("two\r\nlines", "two\nlines"),
            ("0 %\r100 %", "0 %␍100 %"),
            ("\u{1b}[2J\u{1b}]0;title\u{7}", "␛[2J␛]0;title␇"),
            ("nul\0 del\u{7f}", "nul␀ del␡"),
            ("\u{9b}31m", r"\u{9b}31m"),
            ("\u{202e}dessap", r"\u{202e}dessap"),
            ("\u{ffff}", r"\u{ffff}"),
        ] {
            assert_eq!(printable(text), expected);
        }
    }

    #[test]
    fn an_excerpt_keeps_both_ends_and_counts_what_it_leaves_out() {
        assert_eq!(excerpt("a\nb\nc\n\n", 2, 1), "a\nb\nc");
        assert_eq!(excerpt("a\nb\nc\nd", 2, 1), "a\nb\n… 1 more line\nd");
        assert_eq!(excerpt("a\nb\nc\nd", 1, 0), "a\n… 3 more lines");
        assert_eq!(excerpt("", 3, 3), "");
    }

    const SIDES: &str = "\
with
  m = [[-6.25,  7.75],
       [ -9.5,   10.]]   (float32 [2, 2])

  expected, float32 [2, 2]     got, float32 [2, 2]
  [[-4.1666665,  5.1666665],   [[-4.1666665,       15.5],
                 ^^^^^^^^^                         ^^^^
   [      -19.,        20.]]    [-6.3333335,        20.]]

  2 of 4 elements differ, the marked one is off by 10, where 1.0e-5 is allowed";

    #[test]
    fn what_does_not_fit_is_broken_between_words_or_put_under_each_other() {
        insta::assert_snapshot!(laid_out(SIDES, "    ", Some(60)), @r"
            with
              m = [[-6.25,  7.75],
                   [ -9.5,   10.]]   (float32 [2, 2])

              expected, float32 [2, 2]
              [[-4.1666665,  5.1666665],
                             ^^^^^^^^^
               [      -19.,        20.]]

              got, float32 [2, 2]
              [[-4.1666665,       15.5],
                                  ^^^^
               [-6.3333335,        20.]]

              2 of 4 elements differ, the marked one is off by 10,
              where 1.0e-5 is allowed
        ");
    }

    #[test]
    fn without_a_width_and_with_enough_of_it_nothing_is_broken() {
        for width in [None, Some(120)] {
            assert_eq!(laid_out(SIDES, "", width), SIDES.to_owned() + "\n");
        }
    }

    #[test]
    fn a_broken_line_goes_on_below_its_first_word_whatever_its_colours() {
        let line = "\u{1b}[32m✗ the rows of the result sum to one (failed, 0 of 3 points)\u{1b}[0m";
        let broken = laid_out(line, "  ", Some(34));
        assert_eq!(
            strip_str(&broken).to_string(),
            "  ✗ the rows of the result sum to\n    one (failed, 0 of 3 points)\n"
        );
        assert_eq!(laid_out(&"x".repeat(50), "", Some(20)), "x".repeat(50) + "\n");
    }

    #[test]
    fn an_excerpt_shortens_long_lines_at_a_letter() {
        let line = "ä".repeat(LINE);
        assert_eq!(excerpt(&line, 1, 0), line);
        assert_eq!(excerpt(&format!("{line}!"), 1, 0), format!("{line}…"));
    }
}
